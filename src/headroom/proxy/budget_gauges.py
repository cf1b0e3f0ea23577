"""What is spent of which budgets just now, for those who watch them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

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
    """Reads what is spent."""

    __slots__ = ("_clock", "_keys", "_listed_at")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keys: tuple[Budget, ...] = ()
        self._listed_at = float("-inf")

    async def read(
        self, settings: Settings, planning: Planning, chronicle: Chronicle
    ) -> Mapping[Budget, int] | None:
        """Billionths of dollars by budget; None while the store does not answer.

        Of callers that one is told that has spent most, of those of the last requests.
        """
        callers = self._of_callers(settings, chronicle)
        try:
            keys = await self._of_keys(settings, planning)
            budgets = [*_of_all(settings), *callers, *keys]
            if not budgets:
                return {}
            spent = await planning.spend.spent(budgets, now=planning.clock())
        except StoreError:
            return None
        told = {budget: nanos for budget, nanos in spent.items() if budget.scope != "tenant"}
        if callers:
            told[replace(callers[0], who="")] = max(spent[budget] for budget in callers)
        return told

    def _of_callers(self, settings: Settings, chronicle: Chronicle) -> list[Budget]:
        if settings.tenant_budget is None:
            return []
        each, period = nanos_of(settings.tenant_budget), settings.budget_period
        tenants = {entry.tenant for _, entry in chronicle.recent()} or {""}
        return [Budget(each, period, "tenant", tenant) for tenant in sorted(tenants)]

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


def _of_all(settings: Settings) -> Iterable[Budget]:
    if settings.budget is not None:
        yield Budget(nanos_of(settings.budget), settings.budget_period)
