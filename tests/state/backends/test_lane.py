"""The thread that works for the store."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from headroom.errors import StoreError
from headroom.state.backends import lane as lanes
from headroom.state.backends.lane import Lane
from headroom.state.backends.sqlite_file import FILE


def nothing(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT 1").fetchone()


@pytest_asyncio.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    lane = Lane(tmp_path / FILE, begin="BEGIN IMMEDIATE", probe=nothing, name="lane")
    lane.start()
    yield lane
    await lane.close()


async def test_what_gathers_while_one_is_done_is_done_in_one_transaction(lane: Lane) -> None:
    going_on = threading.Event()
    changes: list[int] = []

    def write(connection: sqlite3.Connection) -> int:
        changes.append(connection.total_changes)
        connection.execute("INSERT INTO counters VALUES ('form', randomblob(8), 1, 1)")
        return len(changes)

    first = asyncio.ensure_future(lane.do(lambda _: going_on.wait(5)))
    others = [asyncio.ensure_future(lane.do(write)) for _ in range(20)]
    await asyncio.sleep(0)
    going_on.set()

    assert await first
    assert await asyncio.gather(*others) == list(range(1, 21))


async def test_an_error_undoes_the_transaction_and_is_told_to_all(lane: Lane) -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO counters VALUES ('form', x'00', 1, 1)")
        connection.execute("SELECT nonsense")

    with pytest.raises(StoreError, match="nonsense"):
        await lane.do(wrong)
    assert "nonsense" in lane.problem

    count = await lane.do(lambda it: it.execute("SELECT count(*) FROM counters").fetchone())

    assert count == (0,)
    assert lane.problem == ""


async def test_nobody_waits_longer_than_the_patience_for_a_disk_that_hangs(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "_patience_s", 0.05)
    going_on = threading.Event()
    loop = asyncio.get_running_loop()
    began = loop.time()

    with pytest.raises(StoreError, match=r"within 0\.05 s"):
        await lane.do(lambda _: going_on.wait(5))
    # It still hangs, so that the next one is not even tried, once the work is as old as that.
    with pytest.raises(StoreError, match=r"has not answered|within 0\.05 s"):
        await lane.do(nothing)
    with pytest.raises(StoreError, match="has not answered"):
        await lane.do(nothing)
    took = loop.time() - began
    going_on.set()

    assert took < 1


@contextmanager
def another_writes(path: Path, seconds: float) -> Iterator[None]:
    """Another process's transaction, for so long."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    ended = threading.Timer(seconds, connection.execute, ("COMMIT",))
    ended.start()
    yield
    ended.join()
    connection.close()


async def test_whoever_waits_longer_than_usual_outlasts_one_that_writes(
    lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lane.do(nothing)
    monkeypatch.setattr(lane, "_patience_s", 0.2)
    with another_writes(tmp_path / FILE, 1.0):
        patient = asyncio.ensure_future(lane.do(nothing, patience_s=20.0))
        with pytest.raises(StoreError):
            await lane.do(nothing)
        await patient

    assert lane.problem == ""


async def test_tidying_that_another_writer_keeps_waiting_is_no_trouble(tmp_path: Path) -> None:
    tried = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tidy(connection: sqlite3.Connection) -> bool:
        loop.call_soon_threadsafe(tried.set)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        return False

    lane = Lane(tmp_path / FILE, begin="BEGIN", probe=nothing, tidy=tidy, name="lane")
    lane.start()
    await lane.do(nothing)
    with another_writes(tmp_path / FILE, 1.0):
        await tried.wait()
        await asyncio.sleep(0.3)
        await lane.do(nothing)
    await lane.close()

    assert lane.problem == ""


async def test_who_has_gone_is_not_worked_for(lane: Lane) -> None:
    going_on = threading.Event()
    done: list[int] = []
    first = asyncio.ensure_future(lane.do(lambda _: going_on.wait(5)))
    left = asyncio.ensure_future(lane.do(lambda _: done.append(1)))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    going_on.set()
    await first
    await lane.do(nothing)

    assert done == []


async def test_too_much_at_once_is_refused(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    going_on = threading.Event()
    waiting = [asyncio.ensure_future(lane.do(lambda _: going_on.wait(5))) for _ in range(5)]
    await asyncio.sleep(0)

    with pytest.raises(StoreError, match="too much"):
        await lane.do(nothing)
    going_on.set()
    await asyncio.gather(*waiting, return_exceptions=True)
