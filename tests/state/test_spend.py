"""Budgets per period, on accounts of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from headroom.settings import BudgetPeriod
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Reservation
from headroom.state.spend import (
    NANO,
    Budget,
    Spend,
    UsedUp,
    begin_of,
    dollars_said,
    end_of,
    nanos_of,
)
from tests.support.reserving import take


def at(*moment: int) -> float:
    year, month, day, hour, minute, second = (*moment, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


NOW = at(2026, 11, 26, 12, 30)
ALL, KEY = Budget(100), Budget(50, "monthly", "key", "k1")


@pytest.mark.parametrize(
    ("period", "begin", "end"),
    [
        ("hourly", (2026, 12, 31, 23), (2027, 1, 1)),
        ("daily", (2026, 12, 31), (2027, 1, 1)),
        ("monthly", (2026, 12, 1), (2027, 1, 1)),
    ],
)
def test_M7_periods_are_those_of_the_calendar_in_utc(
    period: BudgetPeriod, begin: tuple[int, ...], end: tuple[int, ...]
) -> None:
    now = at(2026, 12, 31, 23, 59, 59)

    assert begin_of(period, now).timestamp() == at(*begin)
    assert end_of(period, now).timestamp() == at(*end)
    assert begin_of(period, at(*end)).timestamp() == at(*end)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_ends_where_the_next_one_begins(month: int) -> None:
    following = end_of("monthly", at(2028, month, 28))

    assert (following.day, following.month) == (1, month % 12 + 1)


async def test_what_is_used_up_says_what_is_spent_and_when_it_ends() -> None:
    spend = Spend(MemoryStore())
    first = await take(spend, [ALL, KEY], 60, now=NOW)
    assert isinstance(first, Reservation)

    waiting = await take(spend, [ALL, KEY], 1, now=NOW)
    assert isinstance(waiting, UsedUp)
    assert (waiting.budget, waiting.spent, waiting.is_set_apart) == (KEY, 0, True)
    await spend.settle(first, 55)
    over = await take(spend, [ALL, KEY], 1, now=NOW)

    assert over == UsedUp(KEY, 55, datetime(2026, 12, 1, tzinfo=UTC))
    assert await spend.used_up([ALL, KEY], now=NOW) == over
    assert await spend.used_up([ALL], now=NOW) is None
    assert await spend.spent([ALL, KEY], now=NOW) == {ALL: 55, KEY: 55}


async def test_M1_the_budget_that_refuses_is_named_though_more_is_spent_of_another() -> None:
    spend = Spend(MemoryStore())
    spent = spend.reservation([KEY], now=NOW)
    await spend.settle(spent, 40, unsure=True)
    assert isinstance(await take(spend, [ALL], 100, now=NOW), Reservation)

    refused = await take(spend, [ALL, KEY], 1, now=NOW)

    assert isinstance(refused, UsedUp)
    assert (refused.budget, refused.spent, refused.is_set_apart) == (ALL, 0, True)


async def test_processes_are_told_apart_by_their_reservations() -> None:
    store = MemoryStore()
    one, other = Spend(store, process="one"), Spend(store)
    first = await take(one, [ALL], 10, now=NOW)
    second = await take(other, [ALL], 20, now=NOW)
    assert isinstance(first, Reservation)
    assert isinstance(second, Reservation)
    assert first.id.startswith("one-")
    assert second.id != first.id

    await other.charge_ended("one")

    assert await other.spent([ALL], now=NOW) == {ALL: 10}


async def test_a_call_is_charged_to_the_period_in_which_it_began() -> None:
    spend = Spend(MemoryStore())
    begun = await take(spend, [ALL], 10, now=at(2026, 11, 26, 23, 59))
    assert isinstance(begun, Reservation)

    await spend.raise_to(begun, 80)
    await spend.settle(begun, 90)
    anew = spend.reservation([ALL], now=at(2026, 11, 27))
    await spend.settle(anew, 5, unsure=True)

    assert await spend.spent([ALL], now=at(2026, 11, 26)) == {ALL: 90}
    assert await spend.spent([ALL], now=at(2026, 11, 27)) == {ALL: 5}


def test_amounts_are_exact_and_rounded_up() -> None:
    assert nanos_of(0.1) == nanos_of(Decimal("0.1")) == NANO // 10
    assert nanos_of(Decimal("0.00000000001")) == 1
    assert nanos_of(100.0) == 100 * NANO


@pytest.mark.parametrize(
    ("nanos", "said"),
    [(10 * NANO, "$10.00"), (NANO // 2, "$0.50"), (400_000, "$0.0004"), (1, "$0.000001")],
)
def test_amounts_are_told_as_dollars(nanos: int, said: str) -> None:
    assert dollars_said(nanos) == said
