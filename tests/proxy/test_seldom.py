"""What costs much to ask for."""

from __future__ import annotations

import asyncio

import pytest

from headroom.errors import StoreError
from headroom.proxy import seldom
from headroom.proxy.seldom import KEPT_S, Seldom
from tests.support.clock import Clock


class Counting:
    """Answers with how often it was asked; *down*: with an error."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.asked += 1
        await self.gate.wait()
        if self.down:
            raise StoreError("the disk is gone")
        return self.asked


async def test_it_is_asked_once_a_minute_at_most() -> None:
    clock, ask = Clock(), Counting()
    kept = Seldom(0, clock=clock)

    first = await asyncio.gather(*(kept.value(ask) for _ in range(5)))
    clock.now += KEPT_S - 1
    soon = await kept.value(ask)
    clock.now += 2
    later = await kept.value(ask)

    assert (first, soon, later) == ([1] * 5, 1, 2)


async def test_where_no_answer_comes_what_was_known_is_told_and_it_is_asked_again() -> None:
    clock, ask = Clock(), Counting()
    kept = Seldom(0, clock=clock)
    ask.down = True
    nothing = await kept.value(ask)
    ask.down = False

    assert (nothing, await kept.value(ask)) == (0, 2)


async def test_L8_nobody_waits_for_long_and_the_answer_is_there_for_who_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seldom, "PATIENCE_S", 0.01)
    ask = Counting()
    kept = Seldom(0)
    ask.gate.clear()
    early = await kept.value(ask)
    ask.gate.set()

    monkeypatch.setattr(seldom, "PATIENCE_S", 5.0)
    assert (early, await kept.value(ask), ask.asked) == (0, 1, 1)
