"""Entries of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headroom.state.backends.sqlite_entries import THERE, listed, read, write
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import NO_GROUPS, Key

SINCE = {"form": 0.0, "head": 0.0}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / FILE).connection) as opened:
        yield opened


def put(connection: sqlite3.Connection, keys: list[Key], group: bytes = b"") -> None:
    write(
        connection,
        entries=dict.fromkeys(keys, b"1"),
        if_absent=frozenset(),
        groups=dict.fromkeys(keys, group) if group else NO_GROUPS,
        now=10.0,
        since=SINCE,
        group_since=0.0,
    )


def test_many_are_read_at_once_each_as_it_was_written(connection: sqlite3.Connection) -> None:
    keys = [("form", b"%d" % number) for number in range(300)]
    put(connection, keys[:200], b"one")
    put(connection, keys[200:])

    rows, seen = read(connection, keys=[*keys, ("head", b"1")], since=SINCE, group=b"one")

    assert sorted((row[0], row[1]) for row in rows) == sorted(keys)
    assert {row[4] for row in rows if row[5] is not None} == {0.0}
    assert len([row for row in rows if row[5] is None]) == 100
    assert seen == 10.0


def test_names_are_found_by_their_index(connection: sqlite3.Connection) -> None:
    for where in ("e.name IN (?3)", "e.name >= ?3 AND e.name < ?4"):
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT e.value"
            f" FROM entries AS e WHERE e.namespace = ?2 AND {where} AND {THERE}",
            (0.0, "form", b"a", b"b")[: where.count("?") + 2],
        ).fetchall()

        steps = [row[3] for row in plan]
        assert "USING INDEX entries_by_name (namespace=? AND name" in steps[0]
        assert not [step for step in steps if step.startswith("SCAN")]


def test_a_prefix_of_highest_bytes_has_no_end(connection: sqlite3.Connection) -> None:
    put(connection, [("form", name) for name in (b"\xfe", b"\xff", b"\xff\xffa")])

    def names(prefix: bytes) -> list[bytes]:
        return list(listed(connection, namespace="form", prefix=prefix, limit=9, since=0.0))

    assert names(b"\xff") == [b"\xff", b"\xff\xffa"]
    assert names(b"\xfe") == [b"\xfe"]
