from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.replay.bill import PRICINGS, STANDARD
from headroom.replay.summary import counted, summarise
from tests.replay.measures import measure, summary


def test_the_net_bill_is_that_of_all_sessions_together() -> None:
    one = measure()

    both = summarise([one, one])

    for pricing in PRICINGS:
        assert both.net(pricing) == pytest.approx(one.net(pricing))
    assert (both.turns, both.used, both.penalties) == (6, 2 * one.used, 2)
    assert both.direct == one.direct + one.direct


def test_the_worst_session_is_named() -> None:
    worst = summary().worst(STANDARD)

    assert worst is not None
    assert worst.net(STANDARD) == max(each.net(STANDARD) for each in summary().sessions)


def test_a_session_without_a_price_is_left_out_of_dollars_and_said_so() -> None:
    known = measure()

    found = summary()

    assert found.dollars == (known.dollars_direct, known.dollars_forwarded)
    assert found.unpriced_models == ("a-model-of-our-own",)


def test_the_dollars_of_all_kinds_are_those_of_all_prompts() -> None:
    one = measure()
    output = one.direct.output * Decimal("0.000015")

    found = summarise([one])

    assert one.dollars_direct is not None
    assert sum(row.dollars_direct for row in found.kinds) == one.dollars_direct - output


def test_a_strategy_is_credited_with_what_its_blocks_saved() -> None:
    (row,) = summary().strategies

    assert row.name == "edited"
    assert row.saved > 0
    assert row.dollars_saved > 0


def test_times_are_told_as_percentiles() -> None:
    assert (summary().overhead_ms(0.5), summary().overhead_ms(0.99)) == (2.0, 3.0)


def test_nothing_at_all_is_summed_up_too() -> None:
    nothing = summarise([])

    assert (nothing.net(STANDARD), nothing.worst(STANDARD), nothing.dollars) == (1.0, None, None)
    assert (nothing.use_kept, nothing.overhead_ms(0.5), nothing.kinds) == (1.0, 0.0, ())


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    assert counted(1, "session") == "1 session"
    assert counted(2000, "session") == "2,000 sessions"
    assert counted(0, "session") == "0 sessions"
