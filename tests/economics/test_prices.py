"""Prices are exact, know their traps, and are never zero by ignorance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from headroom.economics import USUAL, Rates, Tier, Weights, cost, dearest, rates
from headroom.economics.price_table import models_of
from headroom.outcome import Terms, Usage
from headroom.own_models import read_models


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


COUNTS = st.integers(0, 150_000)


@given(
    model=st.sampled_from(
        ["claude-haiku-5-5", "claude-opus-4-7", "claude-sonnet-4-5", "gpt-6.1-sol", "gpt-5.4"]
    ),
    parts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
)
def test_each_request_costs_what_the_table_itself_says(
    model: str, parts: tuple[int, int, int, int, int]
) -> None:
    plain, read, short, hour, output = parts
    prompt = plain + read + short + hour
    usage = Usage(prompt, output, read, short, hour)
    theirs = PricedUsage(
        input_tokens=prompt,
        cache_read_tokens=read,
        cache_write_tokens=short + hour,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=hour,
        output_tokens=output,
    )

    assert cost(model, usage) == calc_price(theirs, model_ref=model).total_price


def tier(model: str, provider: str = "") -> Tier | None:
    known = rates(model, provider=provider)
    return None if known is None else known.tier


def test_getting_below_the_long_prompt_tier_saves_on_all_that_stays() -> None:
    assert tier("gpt-6.1-sol", provider="openai") == Tier(272_000, 2.0)
    assert tier("claude-haiku-5-5", provider="anthropic") == Tier(100_000, 5.0)
    assert tier("claude-opus-4-7", provider="anthropic") is None
    assert tier("a-model-of-our-own") is None


def test_decisions_are_made_in_prices_relative_to_input() -> None:
    sonnet = rates("claude-sonnet-5-5", provider="anthropic")
    gpt = rates("gpt-5.4", provider="openai")

    assert sonnet is not None
    assert gpt is not None
    assert sonnet.weights == Weights(read=0.05, write=1.25, write_1h=2.0, output=5.0)
    # Writing to the cache costs nothing extra.
    assert gpt.weights == Weights(read=0.1, write=1.0, write_1h=1.0, output=6.0)


def test_units_are_uncached_tokens_of_input() -> None:
    usage = Usage(
        1_000,
        output_tokens=10,
        cache_read_tokens=500,
        cache_write_5m_tokens=100,
        cache_write_1h_tokens=100,
        cache_write_other_tokens=100,
    )
    opus = rates("claude-opus-4-7", provider="anthropic")

    # 200 + 50 + 125 + 200 + 125 + 50
    assert USUAL.units(usage) == pytest.approx(750)
    assert opus is not None
    assert opus.units(usage) == pytest.approx(750)


def test_a_price_of_nothing_has_no_units() -> None:
    nothing = Decimal(0)
    free = Rates(nothing, nothing, nothing, nothing, nothing)

    assert (free.units(Usage(10)), free.weights, free.tier) == (0.0, USUAL, None)


def test_what_was_served_on_other_terms_costs_as_they_say() -> None:
    def price(model: str, **terms: str) -> Decimal:
        found = rates(model, terms=Terms.of(terms))
        assert found is not None
        return found.input * 1_000_000

    assert price("claude-opus-4-8", speed="fast") == 2 * price("claude-opus-4-8")
    assert price("claude-opus-4-8", inference_geo="us") == Decimal("5.5")
    assert price("gpt-6.1-sol", service_tier="flex") == Decimal(1)
    assert price("gpt-6.1-sol", service_tier="priority") == Decimal(4)
    assert price("gpt-6.1-sol", service_tier="default", speed="standard", geo="global") == 2


def test_a_price_says_which_it_is() -> None:
    found = rates(
        "anthropic/claude-opus-4.8", terms=Terms.of({"speed": "fast", "inference_geo": "us"})
    )

    assert found is not None
    assert found.source.startswith("claude-opus-4-8, genai-prices ")
    assert found.source.endswith(" fast us")


def test_the_operators_price_counts_first() -> None:
    own = read_models('{"gpt-5.4": {"price": {"input": 1, "output": 3, "cache_read": 0}}}', "x")

    found = rates("gpt-5.4", own=own)

    assert found == Rates(
        input=Decimal("0.000001"),
        output=Decimal("0.000003"),
        cache_read=Decimal(0),
        cache_write=Decimal("0.00000125"),
        cache_write_1h=Decimal("0.000002"),
    )
    assert found.source == "x"


def test_a_model_of_the_operators_own_has_a_price_where_it_is_said() -> None:
    own = read_models('{"house": {"price": {"input": 2, "output": 2}}, "other": 1000}', "x")

    assert cost("house", Usage(500_000), own=own) == 1
    assert cost("other", Usage(500_000), own=own) is None


@pytest.mark.parametrize("model", ["whisper-1", "tts-1", "gpt-live-1"])
def test_what_is_not_sold_by_the_token_has_no_price(model: str) -> None:
    assert rates(model, provider="openai") is None


def test_a_batch_costs_half() -> None:
    usage = Usage(1_000, 100)
    batch = rates("gpt-5", provider="openai", terms=Terms(processing="batch"))
    usual = rates("gpt-5", provider="openai")

    assert batch is not None
    assert usual is not None
    assert batch.cost(usage) * 2 == usual.cost(usage)
    assert batch.source.endswith("batch")


@pytest.mark.parametrize(
    ("provider", "model"),
    [("anthropic", "claude-3-opus"), ("openai", "o1-pro"), ("gemini", "gemini-")],
)
def test_M8_the_dearest_model_of_a_provider_is_one_that_it_has_made(
    provider: str, model: str
) -> None:
    found = dearest(provider)

    assert found is not None
    assert found.source.startswith(model)
    assert found.source.endswith(f"the dearest known model of {provider}")
    for name in models_of(provider):
        known = rates(name, provider=provider)
        assert known is None or known.cost(Usage(9_000, 900)) <= found.cost(Usage(9_000, 900))


def test_M8_of_a_provider_that_nobody_knows_nothing_is_dearest() -> None:
    assert dearest("nobody") is None


@pytest.mark.parametrize(
    "spelling",
    ["claude-opus-4-7", "Claude-Opus-4-7-20260101", 'x"}\n/claude-opus-4-7', "claude-opus-4-7@tag"],
)
def test_S4_however_it_is_spelled_a_model_has_the_name_that_its_price_stands_under(
    spelling: str,
) -> None:
    found = rates(spelling, provider="anthropic")

    assert found is not None
    assert found.model == "claude-opus-4-7"


def test_a_model_of_the_operators_own_has_the_name_that_the_operator_gave_it() -> None:
    own = read_models('{"house": {"price": {"input": 2, "output": 2}}}', "x")

    found = rates("house-large", own=own)

    assert found is not None
    assert found.model == "house"


def test_many_requests_added_up_are_not_long_for_that() -> None:
    tiered = rates("gpt-6.1-sol", provider="openai")
    flat = rates("gpt-5", provider="openai")
    assert tiered is not None
    assert flat is not None

    short, sums = Usage(input_tokens=1_000), Usage(input_tokens=1_000_000)

    assert tiered.cost(sums) > 1_000 * tiered.cost(short)
    assert tiered.of_many.cost(sums) == 1_000 * tiered.cost(short)
    assert flat.of_many == flat
