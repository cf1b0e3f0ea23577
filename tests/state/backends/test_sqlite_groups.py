"""Groups of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from headroom.state.backends.sqlite_entries import read, write
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.backends.sqlite_groups import begun, dismiss, expired, join, removed
from headroom.state.base import Key

SINCE = {"form": 5.0, "original": 5.0}
X: Key = ("original", b"x")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / FILE).connection) as opened:
        yield opened


def put(connection: sqlite3.Connection, group: bytes, keys: list[Key], now: float = 10.0) -> None:
    write(
        connection,
        entries=dict.fromkeys(keys, b"1"),
        if_absent=frozenset(),
        groups=dict.fromkeys(keys, group),
        now=now,
        since=SINCE,
        group_since=5.0,
    )


def there(connection: sqlite3.Connection, keys: list[Key]) -> int:
    return len(read(connection, keys=keys, since=SINCE, group=b"")[0])


def count(connection: sqlite3.Connection, table: str) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def test_what_is_dismissed_is_gone_at_once_and_removed_in_steps(
    connection: sqlite3.Connection,
) -> None:
    keys: list[Key] = [("form", b"%d" % number) for number in range(25)]
    put(connection, b"one", keys)

    dismiss(connection, begun(connection, b"one", now=10.0, since=5.0))
    assert there(connection, keys) == 0
    # Whoever comes back meanwhile begins anew.
    put(connection, b"one", keys[:2])
    steps = 0
    while removed(connection, at_once=10):
        steps += 1

    assert there(connection, keys) == count(connection, "entries") == 2
    assert count(connection, "entry_groups") == 1
    assert steps == 4


def test_what_is_shared_goes_to_the_other_that_was_seen_last(
    connection: sqlite3.Connection,
) -> None:
    numbers = {}
    for time, group in enumerate((b"one", b"two", b"three"), 10):
        put(connection, group, [X], now=time)
        numbers[group] = begun(connection, group, now=time, since=5.0)

    for group in (b"one", b"three"):
        dismiss(connection, numbers[group])
        assert there(connection, [X]) == 1
    assert connection.execute("SELECT group_id FROM entries").fetchone() == (numbers[b"two"],)
    assert count(connection, "shared") == 0
    dismiss(connection, numbers[b"two"])

    assert there(connection, [X]) == 0


def test_those_that_were_not_seen_since_expire(connection: sqlite3.Connection) -> None:
    for time in range(10, 16):
        put(connection, b"%d" % time, [("form", b"%d" % time)], now=time)

    assert expired(connection, since=14.0, at_once=3)
    assert expired(connection, since=14.0, at_once=3)
    assert not expired(connection, since=14.0, at_once=3)

    assert there(connection, [("form", b"%d" % time) for time in range(10, 16)]) == 2


def test_only_what_stands_alone_joins(connection: sqlite3.Connection) -> None:
    put(connection, b"one", [X])
    connection.execute("INSERT INTO entries VALUES (77, 'form', x'61', x'', 10, NULL)")

    join(connection, b"two", alone=(77, 1), now=11.0, since=5.0)

    one, two = (begun(connection, name, now=11.0, since=5.0) for name in (b"one", b"two"))
    rows = connection.execute("SELECT namespace, group_id FROM entries ORDER BY id").fetchall()
    assert rows == [("original", one), ("form", two)]
