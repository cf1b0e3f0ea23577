"""Counters of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from headroom.state.backends.sqlite_counters import (
    LEAVING_AT_ONCE,
    add,
    expire,
    reserve,
    settle,
    trim,
)
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import CORRECTED_S, MOST, Key, Reservation

ACCOUNT: Key = ("total", b"one")
SINCE = {"total": float("-inf"), "daily": 100.0}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / FILE).connection) as opened:
        yield opened


def set_apart(connection: sqlite3.Connection, name: str, amount: int, *, steady: float) -> bool:
    return not reserve(
        connection,
        reservation=Reservation((ACCOUNT,), name),
        limits={ACCOUNT: MOST},
        amount=amount,
        now=200.0,
        steady=lambda: steady,
        since=SINCE,
    )


def test_reservations_that_are_more_than_64_bits_together_are_no_error(
    connection: sqlite3.Connection,
) -> None:
    assert set_apart(connection, "1", MOST - 1, steady=10.0)
    assert set_apart(connection, "2", MOST * 5, steady=10.0)
    assert not set_apart(connection, "3", 1, steady=10.0)


def test_m2_what_was_reserved_before_the_machine_was_started_anew_is_charged(
    connection: sqlite3.Connection,
) -> None:
    set_apart(connection, "1", 60, steady=5000.0)
    charging = partial(expire, connection, now=200.0, since=SINCE)

    assert charging(steady=lambda: 3.0)
    assert not charging(steady=lambda: 3.0)
    assert add(connection, amounts={ACCOUNT: 0}, now=200.0, since=SINCE) == {ACCOUNT: 60}
    settle(
        connection,
        reservation=Reservation((ACCOUNT,), "1"),
        actual=50,
        now=200.0,
        steady=lambda: 4.0,
        since=SINCE,
    )

    assert add(connection, amounts={ACCOUNT: 0}, now=200.0, since=SINCE) == {ACCOUNT: 50}


def test_counters_that_have_expired_leave_the_file_in_steps(
    connection: sqlite3.Connection,
) -> None:
    old = [("daily", b"%d" % number) for number in range(LEAVING_AT_ONCE + 1)]
    add(connection, amounts=dict.fromkeys(old, 1), now=50.0, since={"daily": 0.0})
    add(connection, amounts={ACCOUNT: 1, ("daily", b"new"): 1}, now=150.0, since=SINCE)

    steps = [expire(connection, now=200.0, steady=lambda: 1.0, since=SINCE) for _ in range(3)]

    assert steps == [True, True, False]
    assert connection.execute("SELECT name FROM counters ORDER BY name").fetchall() == [
        (b"new",), (b"one",),
    ]  # fmt: skip


def test_where_too_many_stand_the_longest_unchanged_leave_in_steps(
    connection: sqlite3.Connection,
) -> None:
    most = {"nothing": 5, "daily": 5}
    for number in range(LEAVING_AT_ONCE + 10):
        name = b"%03d" % number
        add(connection, amounts={("daily", name): 1}, now=number, since={"daily": 0.0})
    add(connection, amounts={ACCOUNT: 1}, now=0.0, since=SINCE)

    assert trim(connection, most=most)
    assert names(connection, "daily") == [b"%03d" % (LEAVING_AT_ONCE + n) for n in range(10)]
    assert trim(connection, most=most)
    assert names(connection, "daily") == [b"%03d" % (LEAVING_AT_ONCE + n) for n in range(5, 10)]
    assert not trim(connection, most=most)
    assert names(connection, "total") == [b"one"]


def test_the_longest_unchanged_are_found_without_looking_at_the_others(
    connection: sqlite3.Connection,
) -> None:
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT name FROM counters WHERE namespace = '' ORDER BY changed LIMIT 1"
    ).fetchall()

    assert [row[3] for row in plan] == [
        "SEARCH counters USING COVERING INDEX counters_by_change (namespace=?)"
    ]


def test_those_that_were_settled_unseen_are_not_looked_past(connection: sqlite3.Connection) -> None:
    for number in range(3):
        settle(
            connection,
            reservation=Reservation((ACCOUNT,), f"1-{number}"),
            actual=5,
            unsure=True,
            now=200.0,
            steady=lambda: 4.0,
            since=SINCE,
        )
    plan = connection.execute(
        "EXPLAIN QUERY PLAN UPDATE reservations SET is_charged = 1 WHERE namespace > ''"
        " AND NOT is_charged AND (made <= 1 OR made > 2)"
    ).fetchall()
    left = [expire(connection, now=200.0, steady=lambda: 4.0 + CORRECTED_S, since=SINCE)]
    left.append(expire(connection, now=200.0, steady=lambda: 4.0 + CORRECTED_S, since=SINCE))

    assert [row[3] for row in plan] == ["SEARCH reservations USING PRIMARY KEY (namespace>?)"]
    assert left == [True, False]
    assert add(connection, amounts={ACCOUNT: 0}, now=200.0, since=SINCE) == {ACCOUNT: 15}


def names(connection: sqlite3.Connection, namespace: str) -> list[bytes]:
    found = connection.execute(
        "SELECT name FROM counters WHERE namespace = ? ORDER BY name", (namespace,)
    )
    return [name for (name,) in found]
