"""What is special to the SQLite store; what all promise is in tests/contracts."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headroom.errors import StoreError
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.backends.sqlite_entries import RENEW_AFTER_S
from headroom.state.backends.sqlite_file import FILE
from headroom.state.backends.sqlite_room import LEAVING_AT_ONCE
from headroom.state.base import Key
from tests.contracts.test_stores import DAY_S, A, B, sqlite
from tests.support.clock import Clock


def asked(folder: Path, question: str) -> list[Any]:
    connection = sqlite3.connect(folder / FILE)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def held(folder: Path) -> Mapping[str, bytes]:
    """Every file there, with what it holds."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_a_read_within_the_hour_writes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    begun = clock.now
    async with sqlite(tmp_path, clock=clock) as store:
        await store.put({A: b"1", B: b"1"})
        clock.now += RENEW_AFTER_S - 1
        await store.get([A])
        clock.now += 2
        await store.get([B])

    seen: dict[bytes, float] = dict(asked(tmp_path, "SELECT name, seen FROM entries"))
    assert seen == {b"a": begun, b"b": clock.now}


async def test_what_has_expired_leaves_the_file_in_steps(tmp_path: Path) -> None:
    clock = Clock()
    entries: Mapping[Key, bytes] = {
        ("form", b"%d" % number): b"" for number in range(2 * LEAVING_AT_ONCE + 1)
    }
    async with sqlite(tmp_path, clock=clock) as store:
        await store.put(entries)
        clock.now += 8 * DAY_S
        await store.put({A: b"1"})
        for _ in range(200):
            if asked(tmp_path, "SELECT name FROM entries") == [(b"a",)]:
                break
            await asyncio.sleep(0.02)

    assert asked(tmp_path, "SELECT name FROM entries") == [(b"a",)]


async def test_the_log_is_played_into_the_file_when_nothing_is_asked(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as store:
        await store.put({A: bytes(100_000)})
        for _ in range(200):
            if await asyncio.to_thread(lambda: (tmp_path / FILE).stat().st_size) > 100_000:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("no checkpoint was made")


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    await store.open()
    await store.close()

    with pytest.raises(StoreError, match="closed"):
        await store.get([A])


async def test_one_that_was_never_opened_closes(tmp_path: Path) -> None:
    await SqliteStore(tmp_path).close()


async def test_S6_who_only_looks_makes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with sqlite(tmp_path, clock=clock) as store:
        await store.put({A: b"1"})
        await store.append("journal", b"one")
    before = held(tmp_path)
    clock.now += RENEW_AFTER_S + 1

    looking = SqliteStore(tmp_path, clock=clock, looks_only=True)
    await looking.open()
    found, records = await looking.get([A]), await looking.scan("journal", limit=9)
    with pytest.raises(StoreError):
        await looking.put({B: b"2"})
    await looking.close()

    assert found == {A: b"1"}
    assert records == [(1, b"one")]
    assert held(tmp_path) == before


async def test_who_only_looks_sees_what_is_written_at_the_same_time(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as store:
        looking = SqliteStore(tmp_path, looks_only=True)
        await looking.open()
        await store.put({A: b"1"})

        found = await looking.get([A])

        await looking.close()
    assert found == {A: b"1"}


async def test_who_only_looks_makes_no_file_where_there_is_none(tmp_path: Path) -> None:
    looking = SqliteStore(tmp_path / "none", looks_only=True)

    await looking.open()

    assert "there is no state.db" in looking.health().problem
    await looking.close()
    assert held(tmp_path) == {}


async def test_L8_who_counts_all_that_is_kept_holds_up_nobody_who_looks_up(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    await store.open()
    counting = threading.Event()
    going_on = threading.Event()

    def hangs(_connection: sqlite3.Connection) -> None:
        counting.set()
        going_on.wait(20)

    try:
        await store.put({("secret", b"a"): b"1"})
        await store.sizes("secret")
        walking = asyncio.ensure_future(store._walker.do(hangs))
        await asyncio.to_thread(counting.wait, 20)
        waits = asyncio.ensure_future(store.sizes("secret"))
        found = await store.get([("secret", b"a")])
        waited = waits.done()
        going_on.set()
        await walking

        assert found == {("secret", b"a"): b"1"}
        assert not waited
        assert (await waits).entries == 1
    finally:
        going_on.set()
        await store.close()
