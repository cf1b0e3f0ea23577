"""Prices are exact, know their traps, and are never zero by ignorance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.economics import Rates, cost, rates
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
        cache_write_1h=Decimal("0.00001"),
    )


def test_writing_costs_no_extra_where_the_provider_charges_none() -> None:
    found = rates("gpt-5.4", provider="openai")

    assert found is not None
    assert found.cache_write == found.input
