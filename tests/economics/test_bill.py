"""What one request came to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.economics import (
    NO_LEG,
    Account,
    Bill,
    Caching,
    Leg,
    Request,
    Sizes,
    bill,
    entry,
    rates,
)
from headroom.outcome import Usage

SIZES = Sizes(fixed=1_000, seen_before=3_000, seen_after=2_000, before=5_000, after=3_500)
USED = Usage(7_000, 40, cache_read_tokens=6_000, cache_write_5m_tokens=1_000)


def test_dollars_and_units_are_told_both_ways() -> None:
    opus = rates("claude-opus-4-7", provider="anthropic")
    request = Request(SIZES, Caching(marked=True))

    billed = bill([Leg.of(USED, opus)], request.direct([USED]))

    # Sent: 600 + 1 250 + 200; directly: 800 + 2 500 + 200; at 5 dollars per million.
    assert (billed.units, billed.direct_units) == (2_050, 3_500)
    assert (billed.cost, billed.direct_cost) == (Decimal("0.01025"), Decimal("0.0175"))
    assert billed.price.startswith("claude-opus-4-7, genai-prices")


def test_without_a_price_there_are_units_and_no_dollars() -> None:
    assert bill([Leg.of(Usage(100, 10), None)], Usage(200, 10)) == Bill(150.0, 250.0)


def test_prompts_and_retrievals_are_told_apart_and_what_no_cache_would_have_cost() -> None:
    opus = rates("claude-opus-4-7", provider="anthropic")
    legs = [Leg.of(USED, opus), Leg.of(Usage(7_000, 60, cache_read_tokens=7_000), opus)]

    billed = bill(legs, Usage(9_000, 60))

    # At 5 dollars per million of input and 25 of output.
    assert billed.input_cost is not None
    assert billed.cost == billed.input_cost + Decimal("0.0025")
    assert billed.uncached_cost == Decimal("0.07") + Decimal("0.0025")
    assert billed.retrieval_cost == Decimal("0.0035") + Decimal("0.0015")
    assert bill(legs).retrieval_cost == 0


def test_each_leg_is_priced_by_its_own_length() -> None:
    # Above 100 000 tokens a prompt costs five times as much; neither leg is that long.
    haiku = rates("claude-haiku-5-5", provider="anthropic")

    legs = [Leg.of(Usage(60_000), haiku), Leg.of(Usage(61_000), haiku)]
    billed = bill(legs, Usage(120_000))

    assert (billed.cost, billed.direct_cost) == (Decimal("0.0121"), Decimal("0.06"))


def test_each_leg_is_priced_by_its_own_model_and_what_went_directly_came_to_the_same() -> None:
    haiku, opus = (
        rates(f"claude-{each}", provider="anthropic") for each in ("haiku-4-5", "opus-4-7")
    )
    legs = [Leg.of(Usage(1_000_000), opus), NO_LEG, Leg.of(Usage(1_000_000), haiku)]

    billed = bill(legs)

    assert billed.cost == billed.direct_cost == Decimal(6)
    assert billed.price.startswith("claude-opus-4-7, ")
    assert "claude-haiku-4-5" in billed.price


def test_legs_by_the_same_price_are_added_up() -> None:
    opus = rates("claude-opus-4-7", provider="anthropic")
    leg, unpriced = Leg.of(Usage(1_000_000, 10), opus), Leg.of(Usage(5), None)

    both = leg + leg

    assert bill([both]) == bill([leg, leg])
    assert (both.usage, both.times) == (Usage(2_000_000, 20), 2)
    assert (unpriced + NO_LEG).cost is None


def test_where_one_leg_has_no_price_nobody_knows_the_cost() -> None:
    opus = rates("claude-opus-4-7", provider="anthropic")

    billed = bill([Leg.of(Usage(5), opus), Leg.of(Usage(5), None)], Usage(9))

    assert (billed.cost, billed.direct_cost, billed.price) == (None, None, "")


def test_an_entry_holds_what_is_to_be_known_of_the_conversation() -> None:
    legs = [USED, Usage(7_500, 10, cache_read_tokens=7_000, cache_write_5m_tokens=500)]
    billed = Bill(2_050.4, 3_500.0, Decimal("0.01025"), Decimal("0.0175"))

    made = entry(Request(SIZES, Caching(), rewrote=True), legs, billed, sent_at=12.3456)

    assert made == Account(
        requests=1,
        turns=1,
        at_ms=12_346,
        lifetime_s=300,
        # 500 new tokens of ours.
        grown=1_000,
        read=6_000,
        expected=6_000,
        written_5m=1_500,
        cost=10_250_000,
        direct_cost=17_500_000,
        units=2_050_400,
        direct_units=3_500_000,
        busts=1,
        retrievals=1,
    )


def test_a_rewrite_that_was_announced_is_no_bust() -> None:
    request = Request(SIZES, Caching(), rewrote=True, announced=True)

    made = entry(request, [USED], Bill(1, 1), sent_at=1.0)

    assert (made.busts, made.rewrites) == (0, 1)


def test_a_conversation_that_begins_has_no_turn_yet_and_a_price_may_be_unknown() -> None:
    sizes = Sizes(fixed=1_000, before=1_100, after=1_100)

    made = entry(Request(sizes, Caching()), [Usage(1_100)], Bill(1_100, 1_100), sent_at=1.0)

    assert (made.turns, made.grown, made.expected, made.unpriced) == (0, 0, 0, 1)
    assert (made.cost, made.units) == (0, 1_100_000)


@pytest.mark.parametrize(
    ("used", "asked", "lifetime"),
    [
        (Usage(100), 0.0, 0),
        (Usage(100, cache_write_5m_tokens=1), 0.0, 300),
        (Usage(100, cache_write_5m_tokens=1, cache_write_1h_tokens=1), 0.0, 3_600),
        (Usage(100, cache_write_other_tokens=1), 0.0, 1_800),
        (Usage(100, cache_write_other_tokens=1), 43_200.0, 43_200),
    ],
)
def test_the_longest_lifetime_that_was_asked_for_or_reported_is_in_use(
    used: Usage, asked: float, lifetime: int
) -> None:
    request = Request(SIZES, Caching())

    made = entry(request, [used], Bill(1, 1), sent_at=1.0, asked_ttl_s=asked)

    assert made.lifetime_s == lifetime
