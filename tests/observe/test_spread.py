"""How values are spread."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.observe.spread import MILLISECONDS, TOKENS, Spread


def test_nothing_is_known_of_no_values() -> None:
    empty = Spread()

    assert (empty.count, empty.sum, empty.average, empty.quantile(0.5)) == (0, 0, 0, 0)
    assert empty.buckets() == []


def test_each_value_is_counted_up_to_its_bound() -> None:
    spread = Spread()
    for value in (0.25, 0.3, 7, 1e9):
        spread.take(value)

    counted = dict(spread.buckets())

    assert (counted[0.25], counted[0.5], counted[5], counted[10]) == (1, 2, 2, 3)
    assert (counted[300_000], counted[float("inf")]) == (3, 4)
    assert (spread.least, spread.most, spread.sum) == (0.25, 1e9, 1e9 + 7.55)


def test_a_quantile_is_the_bound_below_which_so_many_lie() -> None:
    spread = Spread()
    for value in [2] * 95 + [80] * 5:
        spread.take(value)

    assert (spread.quantile(0.5), spread.quantile(0.95), spread.quantile(0.99)) == (2.5, 2.5, 80)


def test_tokens_have_bounds_of_their_own() -> None:
    spread = Spread("tokens")
    spread.take(5)

    assert [bound for bound, _ in spread.buckets()][:-1] == list(TOKENS)
    assert dict(spread.buckets())[16] == 1


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e7)))
def test_all_are_counted_and_it_is_kept_as_it_is(values: list[float]) -> None:
    spread = Spread()
    for value in values:
        spread.take(value)

    assert spread.count == len(values)
    assert spread.sum == pytest.approx(sum(values), abs=1e-3 * (len(values) + 1))
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(spread), type=Spread)
    assert kept == spread
    assert not values or kept.buckets()[-1] == (float("inf"), len(values))
    assert list(MILLISECONDS) == sorted(MILLISECONDS)
