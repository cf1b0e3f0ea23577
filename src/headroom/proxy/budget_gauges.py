"""What is spent of which budgets just now, for those who watch them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle
from headroom.proxy.planning import Planning
from headroom.settings import Settings
from headroom.state.spend import Budget, nanos_of

MOST_KEYS = 100
"""Virtual keys whose budgets are told, of those with a budget of their own."""
LISTED_S = 60.0
"""Keys are listed anew after so long: on Redis that walks over all that is stored there."""
PATIENCE_S = 2.0


class BudgetGauges:
    """Which budgets there are, and what is spent of them."""

    __slots__ = ("_clock", "_keys", "_listed_at")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keys: tuple[Budget, ...] = ()
        self._listed_at = float("-inf")

    async def known(
        self, settings: Settings, planning: Planning, chronicle: Chronicle
    ) -> tuple[Budget, ...]:
        """That of all callers, each caller's of the last requests, and those of virtual keys.

        Raises StoreError.
        """
        callers = _of_callers(settings, chronicle)
        return (*_of_all(settings), *callers, *await self._of_keys(settings, planning))

    async def read(
        self, settings: Settings, planning: Planning, chronicle: Chronicle
    ) -> Mapping[Budget, int] | None:
        """Billionths of dollars by budget; None while the store does not answer.

        Of callers that one is told that has spent most, of those of the last requests.
        """
        try:
            budgets = await self.known(settings, planning, chronicle)
            spent = await planning.spend.spent(budgets, now=planning.clock()) if budgets else {}
        except StoreError:
            return None
        told = {budget: nanos for budget, nanos in spent.items() if budget.scope != "tenant"}
        if settings.tenant_budget is not None:
            of_callers = (nanos for budget, nanos in spent.items() if budget.scope == "tenant")
            whose = Budget(nanos_of(settings.tenant_budget), settings.budget_period, "tenant")
            told[whose] = max(of_callers, default=0)
        return told

    async def _of_keys(self, settings: Settings, planning: Planning) -> tuple[Budget, ...]:
        if settings.virtual_keys and self._clock() - self._listed_at > LISTED_S:
            self._listed_at = self._clock()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    kept = await planning.keys.all()
                self._keys = tuple(
                    Budget(nanos_of(one.key.budget), one.key.period, "key", one.id)
                    for one in sorted(kept, key=lambda one: one.id)
                    if one.key.budget is not None and one.revoked is None
                )[:MOST_KEYS]
        return self._keys


def _of_callers(settings: Settings, chronicle: Chronicle) -> Iterable[Budget]:
    if settings.tenant_budget is not None:
        each, period = nanos_of(settings.tenant_budget), settings.budget_period
        for tenant in dict.fromkeys(entry.tenant for _, entry in chronicle.recent()):
            yield Budget(each, period, "tenant", tenant)


def _of_all(settings: Settings) -> Iterable[Budget]:
    if settings.budget is not None:
        yield Budget(nanos_of(settings.budget), settings.budget_period)
