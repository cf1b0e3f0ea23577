"""What is spent of which budgets just now, for those who watch them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle
from headroom.proxy.planning import Planning
from headroom.proxy.seldom import Seldom
from headroom.settings import Settings
from headroom.state.spend import Budget, nanos_of

MOST_KEYS = 100
"""Virtual keys whose budgets are told, of those with a budget of their own."""


class BudgetGauges:
    """Which budgets there are, and what is spent of them."""

    __slots__ = ("_of_keys",)

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # On Redis listing keys walks over all that is stored there.
        self._of_keys: Seldom[tuple[Budget, ...]] = Seldom((), clock=clock)

    async def known(
        self, settings: Settings, planning: Planning, chronicle: Chronicle
    ) -> tuple[Budget, ...]:
        """That of all callers, each caller's of the last requests, and those of virtual keys.

        Raises StoreError.
        """
        of_keys: tuple[Budget, ...] = ()
        if settings.virtual_keys:
            of_keys = await self._of_keys.value(partial(_listed, planning))
        return (*_of_all(settings), *_of_callers(settings, chronicle), *of_keys)

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


async def _listed(planning: Planning) -> tuple[Budget, ...]:
    kept = await planning.keys.all()
    return tuple(
        Budget(nanos_of(one.key.budget), one.key.period, "key", one.id)
        for one in sorted(kept, key=lambda one: one.id)
        if one.key.budget is not None and one.revoked is None
    )[:MOST_KEYS]


def _of_callers(settings: Settings, chronicle: Chronicle) -> Iterable[Budget]:
    if settings.tenant_budget is not None:
        each, period = nanos_of(settings.tenant_budget), settings.budget_period
        for tenant in dict.fromkeys(entry.tenant for _, entry in chronicle.recent()):
            yield Budget(each, period, "tenant", tenant)


def _of_all(settings: Settings) -> Iterable[Budget]:
    if settings.budget is not None:
        yield Budget(nanos_of(settings.budget), settings.budget_period)
