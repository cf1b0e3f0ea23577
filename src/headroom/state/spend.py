"""What is spent in each period, of budgets that all processes on one store share.

An account is a counter of billionths of a dollar, one per budget and period.  Before a call is
sent, what it is expected to cost is set apart on each account that it is charged to, or on none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import count
from typing import Literal

from headroom.settings import BudgetPeriod
from headroom.state.base import Key, Reservation, Store

SPEND = "spend"
NANO = 1_000_000_000
"""Billionths of a dollar: the cheapest token costs more than one."""

Scope = Literal["all", "tenant", "key"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent per period by all, by one tenant, or by one virtual key (*who*)."""

    nanos: int
    period: BudgetPeriod = "daily"
    scope: Scope = "all"
    who: str = ""

    def account(self, now: float) -> Key:
        """Where it is counted what is spent of it at *now*."""
        name = f"{self.scope}/{self.who}/{self.period}/{begin_of(self.period, now):%Y-%m-%dT%H}"
        return SPEND, name.encode()


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A budget of which no call may take any more; *ends* is when its period does."""

    budget: Budget
    spent: int
    ends: datetime

    @property
    def is_set_apart(self) -> bool:
        """Whether what is left is only set apart for calls that still run."""
        return self.spent < self.budget.nanos


class Spend:
    """Reads and writes accounts.  Its verbs raise StoreError; *now* is in seconds since 1970.

    *process* is what its process is called, so that another one can end what it leaves behind.
    """

    __slots__ = ("_numbers", "_process", "_store")

    def __init__(self, store: Store, *, process: str = "") -> None:
        self._store = store
        self._process = process or name_of_a_process()
        self._numbers = count(1)

    def reservation(self, budgets: Sequence[Budget], *, now: float) -> Reservation:
        """One that is still to be made, on the accounts of these budgets."""
        accounts = tuple(budget.account(now) for budget in budgets)
        return Reservation(accounts, f"{self._process}-{next(self._numbers)}")

    async def reserve(
        self, reservation: Reservation, budgets: Sequence[Budget], nanos: int, *, now: float
    ) -> UsedUp | None:
        """Set *nanos* apart of all of these budgets, unless one of them is used up: then which."""
        limits = {budget.account(now): budget.nanos for budget in budgets}
        refusing = set(await self._store.reserve(reservation, limits, nanos))
        if not refusing:
            return None
        refused = [budget for budget in budgets if budget.account(now) in refusing]
        # Meanwhile a call may have ended: then asking again soon will do.
        used_up = [UsedUp(*each) for each in await self._standing(refused, now)]
        return min(used_up, key=lambda one: one.budget.nanos - one.spent)

    async def used_up(self, budgets: Sequence[Budget], *, now: float) -> UsedUp | None:
        """The first of these budgets of which everything is spent."""
        standing = [UsedUp(*each) for each in await self._standing(budgets, now)]
        return next((one for one in standing if not one.is_set_apart), None)

    async def raise_to(self, reservation: Reservation, nanos: int) -> None:
        """Let so much be set apart, if that is more."""
        await self._store.raise_to(reservation, nanos)

    async def settle(self, reservation: Reservation, nanos: int, *, unsure: bool = False) -> None:
        """Charge what it came to, once; 0 gives all of it back.

        *unsure*: also where it was never made.
        """
        await self._store.settle(reservation, nanos, unsure=unsure)

    async def charge_ended(self, process: str) -> None:
        """Charge what a process that has ended had set apart, as it was set apart."""
        await self._store.charge_ended(process)

    async def spent(self, budgets: Sequence[Budget], *, now: float) -> Mapping[Budget, int]:
        """What is spent of each in the period of *now*."""
        return {budget: spent for budget, spent, _ in await self._standing(budgets, now)}

    async def _standing(
        self, budgets: Sequence[Budget], now: float
    ) -> list[tuple[Budget, int, datetime]]:
        accounts = {budget: budget.account(now) for budget in budgets}
        held = await self._store.add(dict.fromkeys(accounts.values(), 0))
        return [
            (budget, held[account], end_of(budget.period, now))
            for budget, account in accounts.items()
        ]


def name_of_a_process() -> str:
    """A name that no other process has, on this machine or another, now or later."""
    return secrets.token_hex(8)


def begin_of(period: BudgetPeriod, now: float) -> datetime:
    """When the calendar period began in which *now* is, in UTC."""
    hour = datetime.fromtimestamp(now, UTC).replace(minute=0, second=0, microsecond=0)
    if period == "hourly":
        return hour
    day = hour.replace(hour=0)
    return day if period == "daily" else day.replace(day=1)


def end_of(period: BudgetPeriod, now: float) -> datetime:
    """When the next one begins."""
    begin = begin_of(period, now)
    if period == "hourly":
        return begin + timedelta(hours=1)
    if period == "daily":
        return begin + timedelta(days=1)
    return (begin + timedelta(days=31)).replace(day=1)


def nanos_of(dollars: Decimal | float) -> int:
    """Dollars in billionths, rounded up: nothing that was used is free."""
    # A float stands for the decimal that it is written as.
    exact = dollars if isinstance(dollars, Decimal) else Decimal(str(dollars))
    return int((exact * NANO).to_integral_value(ROUND_CEILING))


def dollars_said(nanos: int) -> str:
    """An amount in words: `$10.00`, `$0.0004`."""
    exact = (Decimal(nanos) / NANO).quantize(Decimal("0.000001"), ROUND_CEILING)
    whole, _, part = f"{exact:f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"
