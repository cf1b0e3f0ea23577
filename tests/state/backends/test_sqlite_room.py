"""What leaves the SQLite store, seen from inside; what is promised is in tests/contracts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.backends.sqlite_room import (
    DISMISSED_AT_ONCE,
    LEAVING_AT_ONCE,
    expire,
    make_room,
    transaction,
    trim,
)

LARGE = 10**12


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / FILE).connection) as opened:
        yield opened


def fill(connection: sqlite3.Connection, namespace: str, entries: int) -> None:
    with transaction(connection):
        connection.executemany(
            "INSERT INTO entries (namespace, name, value, seen) VALUES (?, ?, zeroblob(1000), ?)",
            [(namespace, b"%05d" % number, 1.0 + number) for number in range(entries)],
        )


def left(connection: sqlite3.Connection, namespace: str) -> int:
    found: int = connection.execute(
        "SELECT count(*) FROM entries WHERE namespace = ?", (namespace,)
    ).fetchone()[0]
    return found


def test_each_step_is_small(connection: sqlite3.Connection) -> None:
    fill(connection, "form", 1000)
    fill(connection, "kept", 1000)

    assert trim(connection, most={"kept": 700})
    assert left(connection, "kept") == 1000 - LEAVING_AT_ONCE
    assert trim(connection, most={"kept": 700})
    assert not trim(connection, most={"kept": 700})
    assert left(connection, "kept") == 700
    assert expire(connection, since={"form": 500.0, "secret": 500.0}, group_since=0.0)
    assert left(connection, "form") == 1000 - LEAVING_AT_ONCE
    assert make_room(connection, limit_bytes=0, namespaces=["form"])
    assert left(connection, "form") == 1000 - LEAVING_AT_ONCE - DISMISSED_AT_ONCE


def test_there_is_room_while_the_limit_is_not_reached(connection: sqlite3.Connection) -> None:
    fill(connection, "form", 10)

    assert not make_room(connection, limit_bytes=LARGE, namespaces=["form"])

    while make_room(connection, limit_bytes=0, namespaces=["form"]):
        pass
    assert left(connection, "form") == 1


def test_a_transaction_that_fails_leaves_nothing(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError), transaction(connection):
        connection.execute("INSERT INTO counters VALUES ('total', x'61', 1, 1)")
        connection.execute("SELECT nonsense")

    assert connection.execute("SELECT count(*) FROM counters").fetchone() == (0,)
