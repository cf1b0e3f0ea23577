"""Budgets where the store does what it is told, and its answer is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from headroom.economics import Leg
from headroom.errors import StoreError
from headroom.outcome import Usage
from headroom.proxy import spending
from headroom.proxy.caller import Caller
from headroom.proxy.spending import budgets_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Key
from tests.proxy.drafts import record
from tests.proxy.house import House, house_of, replying
from tests.proxy.paying import asking, costing, dollars, proxy_of, spent
from tests.reliability.test_budgets import keep_in

LEG = Leg(Usage(), cost=Decimal("0.1"))


class Unheard(MemoryStore):
    """A store that does what it is told, and whose answers are lost *unheard* times."""

    def __init__(self, **unheard: int) -> None:
        super().__init__()
        self.unheard = unheard

    def _answer(self, verb: str) -> None:
        if self.unheard.get(verb):
            self.unheard[verb] -= 1
            raise StoreError("the store did not answer")

    async def reserve(self, *asked: Any) -> Any:
        answer = await super().reserve(*asked)
        self._answer("reserve")
        return answer

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        answer = await super().add(amounts)
        if any(amounts.values()):
            self._answer("settle")
        return answer

    async def settle(self, *asked: Any, **options: Any) -> None:
        await super().settle(*asked, **options)
        self._answer("settle")


def set_apart_in(store: MemoryStore) -> int:
    return sum(one.amount for one in store._counters._reserved.values() if not one.is_charged)


async def test_M9_what_was_granted_unheard_to_a_call_that_is_refused_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store = Unheard(reserve=1, settle=2)
    async with house_of(replying(costing("0.1")), budget=1.0) as house:
        keep_in(house, store)
        refused = await house.ask(asking(most=1_000))
        total = await spent(house)
        seen = len(house.upstream.seen)
        left = set_apart_in(store)

    assert (refused.status, seen) == (503, 0)
    assert (total, left) == (0, 0)


async def test_M9_with_fail_open_what_was_granted_unheard_is_the_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store = Unheard(reserve=1, settle=2)
    async with house_of(replying(costing("0.1")), budget=1.0, budget_fail_open=True) as house:
        keep_in(house, store)
        answer = await house.ask(asking(most=1_000))
        total = await spent(house)
        left = set_apart_in(store)

    assert answer.status == 200
    assert (total, left) == (dollars("0.1"), 0)


async def test_M1_what_nothing_was_set_apart_for_is_charged_once_however_often_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store = Unheard(settle=3)
    async with house_of(budget=1.0) as house:
        keep_in(house, store)
        hold = watching(house)
        await hold.charge(LEG)
        total = await spent(house)

    assert total == dollars("0.1")


async def test_M1_whoever_is_given_up_while_a_leg_is_charged_has_paid_it_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store = SlowToSettle()
    async with house_of(budget=1.0) as house:
        keep_in(house, store)
        hold = watching(house)
        charging = asyncio.ensure_future(hold.charge(LEG))
        await asyncio.wait_for(store.asked.wait(), 5)
        charging.cancel()
        await asyncio.gather(charging, return_exceptions=True)
        store.gate.set()
        total = await spent(house)

    assert total == dollars("0.1")


def watching(house: House) -> spending.SpendHold:
    """What holds an answer on a WebSocket that nobody has asked for."""
    proxy, seen = proxy_of(house), record(caller=Caller())
    return spending.SpendHold(proxy, seen, budgets_of(proxy.settings, seen.caller))


class SlowToSettle(MemoryStore):
    """A store that takes its time to fail, and works from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.gate = asyncio.Event(), asyncio.Event()

    async def _fail_once(self) -> None:
        if not self.asked.is_set():
            self.asked.set()
            await self.gate.wait()
            raise StoreError("the store did not answer")

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        if any(amounts.values()):
            await self._fail_once()
        return await super().add(amounts)

    async def settle(self, *asked: Any, **options: Any) -> None:
        await self._fail_once()
        await super().settle(*asked, **options)
