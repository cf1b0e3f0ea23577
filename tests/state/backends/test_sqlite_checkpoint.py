"""Playing the log into the file beside those who write."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from headroom.state.backends import sqlite_checkpoint
from headroom.state.backends.sqlite_checkpoint import Checkpoints, make
from headroom.state.backends.sqlite_file import FILE, open_file

WRITTEN = 200_000


def write(connection: sqlite3.Connection, count: int = 1) -> None:
    for _ in range(count):
        connection.execute(
            "INSERT INTO counters VALUES ('form', randomblob(8), 1, zeroblob(?))", (WRITTEN,)
        )


def test_what_is_in_the_log_is_in_the_file_afterwards(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(open_file(path).connection) as connection:
        write(connection)
        before = path.stat().st_size
        make(path)

        assert before < WRITTEN < path.stat().st_size


def test_somebody_who_writes_is_not_waited_for_and_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(open_file(path).connection) as connection:
        write(connection)
        connection.execute("BEGIN IMMEDIATE")
        write(connection)
        make(path)
        write(connection)
        connection.execute("COMMIT")

        assert connection.execute("SELECT count(*) FROM counters").fetchone() == (3,)
        assert path.stat().st_size > WRITTEN


def test_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        make(tmp_path / FILE)

    assert not (tmp_path / FILE).exists()


async def test_whoever_asks_waits_for_nothing_and_trouble_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_checkpoint, "LEAST_S", 0.001)
    path = tmp_path / FILE
    before = set(threading.enumerate())
    checkpoints = Checkpoints(path)
    # There is no file yet.
    checkpoints.ask()
    with closing(open_file(path).connection) as connection:
        write(connection)
        deadline = time.monotonic() + 10
        while path.stat().st_size < WRITTEN and time.monotonic() < deadline:
            checkpoints.ask()
            await asyncio.sleep(0.01)

        assert path.stat().st_size > WRITTEN
    await checkpoints.close()

    mine = set(threading.enumerate()) - before
    assert "store-checkpoints" not in {thread.name for thread in mine}


async def test_one_that_was_never_asked_has_nothing_to_end(tmp_path: Path) -> None:
    await Checkpoints(tmp_path / FILE).close()
