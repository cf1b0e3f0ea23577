"""Reservations as tests ask for them: the one that was made, or what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from headroom.state.base import Key, Reservation, Store
from headroom.state.spend import Budget, Spend, UsedUp, name_of_a_process

PROCESS = name_of_a_process()
_NUMBERS = count(1)


def reservation_on(*accounts: Key, process: str = PROCESS) -> Reservation:
    """One that is still to be made."""
    return Reservation(accounts, f"{process}-{next(_NUMBERS)}")


async def set_apart(
    store: Store, limits: Mapping[Key, int], amount: int, *, process: str = PROCESS
) -> Reservation | None:
    """A reservation, or None where an account is used up."""
    reservation = reservation_on(*limits, process=process)
    return None if await store.reserve(reservation, limits, amount) else reservation


async def take(
    spend: Spend, budgets: Sequence[Budget], nanos: int, *, now: float
) -> Reservation | UsedUp:
    """A reservation, or the budget that is used up."""
    reservation = spend.reservation(budgets, now=now)
    return await spend.reserve(reservation, budgets, nanos, now=now) or reservation
