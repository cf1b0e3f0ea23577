"""Calls on their way, and who waits for them."""

from __future__ import annotations

import asyncio

import pytest

from headroom.proxy import flights
from headroom.proxy.flights import Flights

KEY = b"k"


async def test_who_asks_the_same_waits_for_the_end() -> None:
    way = Flights()
    assert way.begin(KEY)
    waiting = [asyncio.create_task(way.wait(KEY)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(one.done() for one in waiting)

    way.end(KEY)

    assert await asyncio.gather(*waiting) == [True] * 3
    assert len(way) == 0


async def test_nobody_waits_for_what_is_not_on_its_way() -> None:
    way = Flights()
    way.begin(b"other")

    assert not await way.wait(KEY)


def test_there_is_one_leader() -> None:
    way = Flights()

    assert way.begin(KEY)
    assert not way.begin(KEY)
    assert len(way) == 1


async def test_L9_beyond_so_many_each_goes_by_itself() -> None:
    way = Flights()
    for number in range(flights.MOST):
        assert way.begin(b"%d" % number)

    assert not way.begin(KEY)
    assert not await way.wait(KEY)
    assert len(way) == flights.MOST


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "WAIT_S", 0.0)
    way = Flights()
    way.begin(KEY)

    assert not await way.wait(KEY)
    way.end(KEY)


async def test_one_who_gives_up_waiting_takes_nobody_along() -> None:
    way = Flights()
    way.begin(KEY)
    one, other = (asyncio.create_task(way.wait(KEY)) for _ in range(2))
    await asyncio.sleep(0)

    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    assert not other.done()
    way.end(KEY)

    assert await other
