"""What an upstream refuses is known to all workers, for a day."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from headroom.errors import StoreError
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Key
from headroom.state.refusals import HOLDS_S, LOOK_EVERY_S, Refusals
from tests.support.clock import Clock
from tests.support.outage import Down


async def test_another_worker_learns_of_it_within_a_minute() -> None:
    store, clock = MemoryStore(), Clock()
    one, other = Refusals(store, clock=clock), Refusals(store, clock=clock)
    assert await other.of("https://a") == ""

    await one.note("https://a", "auto")
    clock.now += LOOK_EVERY_S

    assert await one.of("https://a") == await other.of("https://a") == "auto"
    assert await other.of("https://b") == ""


async def test_it_is_tried_again_after_a_day_however_often_it_was_asked_for() -> None:
    store, clock = MemoryStore(), Clock()
    refusals = Refusals(store, clock=clock)
    await refusals.note("https://a", "blocks")

    clock.now += HOLDS_S - 1
    assert await refusals.of("https://a") == "blocks"
    clock.now += 1
    assert await refusals.of("https://a") == ""
    assert await Refusals(store, clock=clock).of("https://a") == ""


async def test_the_store_is_asked_once_a_minute() -> None:
    asked: list[Key] = []

    class Counting(MemoryStore):
        async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> dict[Key, bytes]:
            asked.extend(keys)
            return {}

    clock = Clock()
    refusals = Refusals(Counting(), clock=clock)
    for _ in range(100):
        await refusals.of("https://a")
        clock.now += 1

    assert len(asked) == 2


async def test_without_a_store_the_process_knows_it_itself() -> None:
    refusals = Refusals(Down())

    assert await refusals.of("https://a") == ""
    with pytest.raises(StoreError):
        await refusals.note("https://a", "auto")
    assert await refusals.of("https://a") == "auto"
