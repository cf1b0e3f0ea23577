"""What is known of a conversation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.economics import NOTHING_KNOWN, Account
from headroom.economics.account import FIELDS


def of(requests: int, *, units: int, direct: int) -> Account:
    """An account of these sums, in whole units."""
    return Account(requests=requests, units=units * 1_000, direct_units=direct * 1_000)


def test_accounts_are_added_up_and_the_latest_time_and_longest_lifetime_stay() -> None:
    one = Account(requests=2, turns=1, at_ms=5_000, lifetime_s=3_600, read=10, busts=1)
    other = Account(requests=1, turns=1, at_ms=9_000, lifetime_s=300, read=5)

    both = one + other

    assert both == Account(
        requests=3, turns=2, at_ms=9_000, lifetime_s=3_600, read=15, busts=1, stopped=0
    )
    assert both == other + one
    assert both + NOTHING_KNOWN == both


def test_every_field_is_taken_in() -> None:
    ones = Account(*[1] * len(FIELDS))

    assert NOTHING_KNOWN + ones == ones


@pytest.mark.parametrize(
    ("requests", "units", "direct", "loses"),
    [
        (3, 1_251, 1_000, True),
        (3, 1_250, 1_000, False),
        # 0.5 % of 100 000 is more than 250.
        (3, 100_500, 100_000, False),
        (3, 100_501, 100_000, True),
        (2, 9_000, 1_000, False),
        (50, 900, 1_000, False),
    ],
)
def test_a_conversation_loses_beyond_rounding_and_after_three_requests(
    requests: int, units: int, direct: int, loses: bool
) -> None:
    assert of(requests, units=units, direct=direct).loses is loses


def test_one_that_loses_is_stopped_for_good() -> None:
    before = of(2, units=5_000, direct=3_000)

    lost = before.taking(of(1, units=2_000, direct=1_000))
    again = lost.taking(of(1, units=0, direct=50_000))

    assert (before.stopped, lost.stopped, again.stopped) == (0, 1, 1)
    assert not again.loses


def test_the_cache_is_alive_within_the_longest_lifetime_in_use() -> None:
    short = Account(at_ms=1_000_000, lifetime_s=300)

    assert short.is_alive(1_300.0)
    assert not short.is_alive(1_300.1)
    # Nobody said: up to an hour.
    assert Account(at_ms=1_000_000).is_alive(4_600.0)
    assert not Account(at_ms=1_000_000).is_alive(4_600.1)
    # A clock that was set back.
    assert short.is_alive(900.0)
    assert NOTHING_KNOWN.is_alive(9e9)


def test_growth_is_per_turn_and_the_share_that_was_read_is_of_what_was_expected() -> None:
    known = Account(turns=4, grown=10_000, read=900, expected=1_000)

    assert (known.growth, known.read_share) == (2_500.0, 0.9)
    assert (NOTHING_KNOWN.growth, NOTHING_KNOWN.read_share) == (0.0, None)
    # Others had left more.
    assert Account(read=2, expected=1).read_share == 1.0


def test_dollars_are_only_told_where_every_price_is_known() -> None:
    known = Account(requests=2, cost=1_500_000, direct_cost=2_000_000)

    assert known.saved == Decimal("0.0005")
    assert (known + Account(requests=1, unpriced=1)).saved is None
    assert NOTHING_KNOWN.saved is None
    assert of(3, units=10, direct=12).saved_units == 2.0
