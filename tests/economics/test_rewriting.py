"""A rewrite pays by hand-computed cases; the table of break-evens is that of the providers."""

from __future__ import annotations

import pytest

from headroom.economics import (
    UNCACHED,
    Costs,
    below_tier_gain,
    request_cost,
    rewrite_cost,
    rewrite_gain,
)


def test_a_rewrite_writes_what_stays_and_no_longer_reads_what_leaves() -> None:
    # Instead of reading 1 500 at 0.1, 500 are written at 1.25: 625 - 150.
    assert rewrite_cost(1_000, 500, Costs()) == pytest.approx(475)


def test_it_saves_the_reading_of_what_left_in_every_turn_to_come() -> None:
    # 14 x 0.1 x 1 000 = 1 400, less the 475.
    assert rewrite_gain(1_000, 500, Costs()) == pytest.approx(925)
    assert rewrite_gain(1_000, 500, Costs(), retrievals=300) == pytest.approx(625)


@pytest.mark.parametrize(("read", "turns"), [(0.1, 68), (0.05, 143), (0.025, 293)])
def test_break_even_is_where_the_arithmetic_has_it(read: float, turns: int) -> None:
    # N = (w/r - 1) x S/D - 1 with S = 60 000, D = 10 000.
    costs = Costs(read=read, turns=turns)

    assert rewrite_gain(10_000, 60_000, costs) == pytest.approx(0, abs=1e-6)


def test_when_nothing_is_cached_any_more_what_leaves_is_not_written_again() -> None:
    costs = Costs(alive=0)

    assert costs.is_free
    assert rewrite_cost(1_000, 500, costs) == pytest.approx(-1_250)
    assert rewrite_gain(1_000, 500, costs) == pytest.approx(1_250 + 1_400)


def test_where_nobody_caches_what_leaves_is_saved_in_every_turn() -> None:
    assert UNCACHED.is_free
    assert rewrite_gain(1_000, 500, UNCACHED) == pytest.approx(1_000 * 15)


def test_a_cache_that_may_have_lapsed_counts_by_its_chance() -> None:
    alive, lapsed = rewrite_cost(1_000, 500, Costs()), rewrite_cost(1_000, 500, Costs(alive=0))

    assert rewrite_cost(1_000, 500, Costs(alive=0.5)) == pytest.approx((alive + lapsed) / 2)


def test_a_request_reads_what_was_sent_and_writes_what_is_new() -> None:
    assert request_cost(10_000, 1_000, Costs()) == pytest.approx(1_000 + 1_250)
    assert request_cost(10_000, 1_000, Costs(alive=0)) == pytest.approx(12_500 + 1_250)
    assert request_cost(10_000, 1_000, UNCACHED) == pytest.approx(11_000)


def test_getting_below_a_dearer_tier_saves_its_factor_while_the_prompt_stays_below() -> None:
    # 280 000 tokens at twice 0.1 for one turn and nine more are 560 000; below it, 150 000 are
    # written again and 100 000 read now, and 250 000 read in nine turns.
    gain = below_tier_gain(280_000, 30_000, 150_000, Costs(), factor=2.0, turns=9)

    assert gain == pytest.approx(560_000 - (187_500 + 10_000) - 225_000)
