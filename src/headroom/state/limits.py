"""How much one caller may use per minute: a bucket of requests and one of tokens for each.

A bucket holds what comes in within a minute, as those of the providers do.  Where it stands in
the store it is one for all processes and machines that share that; a full one is not kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from headroom.state.base import Store

MINUTE_S = 60.0
LONGEST_DEBT_S = 3600.0
"""What one call may cost later calls at most: nonsense in a provider's report locks nobody out."""

Unit = Literal["requests", "tokens"]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of these per minute; 0 is no limit."""

    unit: Unit
    per_minute: int

    @property
    def per_second(self) -> float:
        """What comes in."""
        return self.per_minute / MINUTE_S


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is not there: when it is, and how the bucket stands until then."""

    limit: Limit
    wait_s: float
    """Nothing that is used meanwhile is in this; what is given back makes it shorter."""
    remaining: int
    full_s: float
    """When it is full again, if nobody uses it."""


class Limits:
    """The buckets of all callers.  Both verbs raise StoreError."""

    __slots__ = ("_store", "is_on", "requests", "tokens")

    def __init__(
        self, store: Store, *, requests: int = 0, tokens: int = 0, on: bool = True
    ) -> None:
        """*requests* and *tokens* per minute hold for each caller that has no limit of its own.

        Not *on*, nobody has any.
        """
        self._store = store
        self.is_on = on
        self.requests = self.own("requests", requests)
        self.tokens = self.own("tokens", tokens)

    def own(self, unit: Unit, per_minute: int) -> Limit:
        """A caller's own limit."""
        return Limit(unit, per_minute if self.is_on else 0)

    async def take(self, limit: Limit, who: str, amount: int = 1) -> Shortage | None:
        """Spend so much of what *who* may use; None if it was there.

        More than a minute brings is given by a full bucket, and paid back by those who come later.
        """
        if not limit.per_minute or not amount:
            return None
        rate, burst = limit.per_second, float(limit.per_minute)
        wait_s = await self._store.take(_bucket(limit, who), amount, rate=rate, burst=burst)
        if not wait_s:
            return None
        there = min(amount, burst) - wait_s * rate
        return Shortage(limit, wait_s, max(math.floor(there), 0), (burst - there) / rate)

    async def correct(self, limit: Limit, who: str, *, taken: int, used: int) -> None:
        """What was taken was an estimate: give back what was not used, charge what was more."""
        most = max(taken, round(limit.per_second * LONGEST_DEBT_S))
        amount = min(used, most) - taken
        if limit.per_minute and amount:
            await self._store.charge(_bucket(limit, who), amount, rate=limit.per_second)


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.unit}:{who}"
