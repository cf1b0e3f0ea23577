"""Prices are exact, know their traps, and are never zero by ignorance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.economics import Rates, cost, leaving_out_pays, rates
from headroom.outcome import Usage


def test_a_request_is_priced_with_its_cache_reads_and_writes() -> None:
    usage = Usage(
        input_tokens=50_000,
        cache_read_tokens=48_000,
        cache_write_5m_tokens=1_500,
        output_tokens=301,
    )

    dollars = cost("claude-sonnet-5-5", usage, provider="anthropic")

    assert dollars == Decimal("0.01256")


def test_an_hour_in_the_cache_costs_more_than_five_minutes() -> None:
    short = Usage(input_tokens=1_000, cache_write_5m_tokens=1_000)
    long = Usage(input_tokens=1_000, cache_write_1h_tokens=1_000)

    short_cost = cost("claude-sonnet-5-5", short, provider="anthropic")
    long_cost = cost("claude-sonnet-5-5", long, provider="anthropic")

    assert short_cost is not None
    assert long_cost is not None
    assert long_cost == short_cost * Decimal("1.6")


def test_the_long_prompt_tier_is_applied() -> None:
    below = cost("gpt-6.1-sol", Usage(input_tokens=270_000), provider="openai")
    above = cost("gpt-6.1-sol", Usage(input_tokens=280_000), provider="openai")

    assert (below, above) == (Decimal("0.54"), Decimal("1.12"))


@pytest.mark.parametrize("model", ["", "a-model-of-our-own"])
def test_an_unknown_model_has_no_price_instead_of_zero(model: str) -> None:
    assert cost(model, Usage(input_tokens=1_000)) is None
    assert rates(model, provider="openai") is None


def test_a_model_of_another_provider_is_still_found() -> None:
    assert cost("gemini-2.5-pro", Usage(input_tokens=1_000), provider="openai") is not None


def test_the_rates_of_a_model_are_dollars_per_token() -> None:
    assert rates("claude-opus-4-7", provider="anthropic") == Rates(
        input=Decimal("0.000005"),
        output=Decimal("0.000025"),
        cache_read=Decimal("0.0000005"),
        cache_write=Decimal("0.00000625"),
    )


def test_writing_costs_no_extra_where_the_provider_charges_none() -> None:
    found = rates("gpt-5.4", provider="openai")

    assert found is not None
    assert found.cache_write == found.input


def test_leaving_out_pays_by_what_is_saved_later_against_a_likely_retrieval() -> None:
    # Saved: 1 000 x (1.25 + 14 x 0.1) = 2 650.  A retrieval: 0.1 x 20 000 + 5 x 60 + 1.25 x 2 000
    # = 4 800.
    def pays(asked_back: float) -> bool:
        return leaving_out_pays(
            1_000, prompt_tokens=20_000, original_tokens=2_000, asked_back=asked_back
        )

    assert pays(0.55)
    assert not pays(0.56)


def test_a_retrieval_fetches_only_so_much() -> None:
    # Saved: 106.  A retrieval: 300 + 1.25 x 4 000 = 5 300, however long the original is.
    assert leaving_out_pays(40, prompt_tokens=0, original_tokens=90_000, asked_back=0.0199)
    assert not leaving_out_pays(40, prompt_tokens=0, original_tokens=90_000, asked_back=0.0201)
