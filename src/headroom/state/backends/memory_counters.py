"""Counters inside one process, and what is reserved on those that are accounts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from headroom.state.base import CORRECTED_S, LEAST, MOST, RESERVED_S, Key, Reservation
from headroom.state.namespaces import Declared


@dataclass(slots=True)
class Reserved:
    """What was set apart, when, and whether it was charged since."""

    amount: int
    made: float
    is_charged: bool = False


class Counters:
    """Numbers under keys; *now* is the time that lifetimes are told by, *steady* a clock's."""

    __slots__ = ("_declared", "_most", "_reserved", "_settled", "_totals")

    def __init__(self, declared: Declared, *, limit_bytes: int) -> None:
        self._declared = declared
        self._most = declared.most_entries(limit_bytes)
        # Per namespace, in the order in which they were last changed.
        self._totals: dict[str, OrderedDict[bytes, tuple[int, float]]] = {}
        self._reserved: dict[tuple[Key, str], Reserved] = {}
        # When those were settled of which nobody knew whether they had been made.
        self._settled: OrderedDict[str, float] = OrderedDict()

    def add(self, amounts: Mapping[Key, int], *, now: float) -> dict[Key, int]:
        """Add to these counters; what they hold afterwards."""
        return {key: self._added(key, amount, now) for key, amount in amounts.items()}

    def reserve(
        self,
        reservation: Reservation,
        limits: Mapping[Key, int],
        amount: int,
        *,
        now: float,
        steady: float,
    ) -> list[Key]:
        """Make it, if none of the accounts is used up; those that are."""
        self._charge_forgotten(now, steady)
        if reservation.id in self._settled:
            return []
        if any((account, reservation.id) in self._reserved for account in limits):
            return []
        used_up = [one for one, limit in limits.items() if self._used(one, now) >= limit]
        if not used_up:
            for account in limits:
                self._reserved[account, reservation.id] = Reserved(amount, steady)
        return used_up

    def raise_to(self, reservation: Reservation, amount: int, *, now: float, steady: float) -> None:
        """Let it be so much, if that is more; what was charged already is charged up to it."""
        self._charge_forgotten(now, steady)
        for account in reservation.accounts:
            found = self._reserved.get((account, reservation.id))
            if found is None:
                continue
            more = max(amount - found.amount, 0)
            found.amount += more
            if found.is_charged:
                self._added(account, more, now)
            else:
                found.made = steady

    def settle(
        self, reservation: Reservation, actual: int, *, unsure: bool, now: float, steady: float
    ) -> None:
        """Charge what it came to; one that was charged already is corrected."""
        self._charge_forgotten(now, steady)
        if reservation.id in self._settled:
            return
        for account in reservation.accounts:
            found = self._reserved.pop((account, reservation.id), None)
            if found is not None or unsure:
                charged = found.amount if found is not None and found.is_charged else 0
                self._added(account, actual - charged, now)
        if unsure:
            self._settled[reservation.id] = steady

    def charge_ended(self, process: str, *, now: float, steady: float) -> None:
        """Charge what this process had reserved."""
        for (account, number), one in self._reserved.items():
            if number.startswith(f"{process}-") and not one.is_charged:
                self._added(account, one.amount, now)
                one.is_charged, one.made = True, steady

    def _used(self, account: Key, now: float) -> int:
        """What is spent of this account, and reserved."""
        return self._added(account, 0, now) + sum(
            one.amount
            for (reserved_on, _), one in self._reserved.items()
            if reserved_on == account and not one.is_charged
        )

    def _added(self, key: Key, amount: int, now: float) -> int:
        totals = self._totals.setdefault(key[0], OrderedDict())
        since = now - self._declared.lifetime_s(key[0])
        while totals and next(iter(totals.values()))[1] < since:
            totals.popitem(last=False)
        before = totals[key[1]][0] if key[1] in totals else 0
        if not amount:
            return before
        total = max(LEAST, min(before + amount, MOST))
        totals[key[1]] = (total, now)
        totals.move_to_end(key[1])
        if len(totals) > self._most.get(key[0], len(totals)):
            totals.popitem(last=False)
        return total

    def _charge_forgotten(self, now: float, steady: float) -> None:
        for (account, number), one in tuple(self._reserved.items()):
            if not one.is_charged and one.made <= steady - RESERVED_S:
                self._added(account, one.amount, now)
                one.is_charged, one.made = True, steady
            elif one.is_charged and one.made <= steady - CORRECTED_S:
                del self._reserved[account, number]
        while self._settled and next(iter(self._settled.values())) <= steady - CORRECTED_S:
            self._settled.popitem(last=False)
