"""The process that planner processes are forked from."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from headroom.proxy.zygote import Zygote, open_zygote
from tests.proxy.house import PATIENCE_S
from tests.proxy.processes import children_of, is_running, wait_for_end


@asynccontextmanager
async def zygote_of() -> AsyncIterator[tuple[Zygote, int]]:
    """One that stands, and its process."""
    before = set(children_of(os.getpid()))
    async with open_zygote() as zygote:
        await zygote.ready()
        [process] = set(children_of(os.getpid())) - before
        yield zygote, process


async def forked(zygote: Zygote) -> int:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        return await zygote.fork(theirs)


async def test_nothing_is_started_before_somebody_wants_it() -> None:
    before = children_of(os.getpid())
    zygote = Zygote()

    assert not zygote.stands
    await zygote.close()
    assert children_of(os.getpid()) == before


async def test_who_waits_for_it_together_waits_for_one() -> None:
    async with zygote_of() as (zygote, process):
        assert len({await zygote.ready(), await zygote.ready()}) == 1
        assert zygote.stands
        assert is_running(process)

    assert wait_for_end(process, PATIENCE_S)
    assert not zygote.stands


def test_it_outlives_the_event_loop_that_started_it() -> None:
    zygote = Zygote()

    async def number() -> int:
        return await forked(zygote)

    try:
        assert [asyncio.run(number()) for _ in range(2)] == [1, 2]
    finally:
        asyncio.run(zygote.close())


async def test_one_that_was_killed_has_a_successor() -> None:
    async with zygote_of() as (zygote, process):
        os.kill(process, signal.SIGKILL)
        assert wait_for_end(process, PATIENCE_S)
        zygote.end(1)

        numbers = [*await asyncio.gather(forked(zygote), forked(zygote))]

        assert numbers == [1, 2]
        assert zygote.stands


async def test_one_that_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_zygote() as zygote:
        with monkeypatch.context() as broken:
            broken.setattr("headroom.proxy.zygote.PLANNER_MODULE", "headroom.nowhere")
            with pytest.raises(EOFError, match="did not start"):
                await zygote.ready()
        await zygote.ready()

        assert zygote.stands


async def test_who_gives_up_waiting_does_not_stop_the_start() -> None:
    async with open_zygote() as zygote:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await zygote.ready()

        await zygote.ready()
        assert zygote.stands


async def test_one_that_is_given_stays() -> None:
    async with zygote_of() as (zygote, _):
        async with open_zygote(zygote) as same:
            assert same is zygote

        assert zygote.stands
