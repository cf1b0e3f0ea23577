"""Counters of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from headroom.state.backends.sqlite_counters import EXPIRED_AT_ONCE, add, expire, reserve, settle
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import MOST, Key, Reservation

ACCOUNT: Key = ("total", b"one")
SINCE = {"total": float("-inf"), "daily": 100.0}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(tmp_path / FILE).connection) as opened:
        yield opened


def set_apart(connection: sqlite3.Connection, name: str, amount: int, *, steady: float) -> bool:
    return (
        reserve(
            connection,
            reservation=Reservation((ACCOUNT,), name),
            limits={ACCOUNT: MOST},
            amount=amount,
            now=200.0,
            steady=lambda: steady,
            since=SINCE,
        )
        is not None
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
    names = [("daily", b"%d" % number) for number in range(EXPIRED_AT_ONCE + 1)]
    add(connection, amounts=dict.fromkeys(names, 1), now=50.0, since={"daily": 0.0})
    add(connection, amounts={ACCOUNT: 1, ("daily", b"new"): 1}, now=150.0, since=SINCE)

    steps = [expire(connection, now=200.0, steady=lambda: 1.0, since=SINCE) for _ in range(3)]

    assert steps == [True, True, False]
    assert connection.execute("SELECT name FROM counters ORDER BY name").fetchall() == [
        (b"new",), (b"one",),
    ]  # fmt: skip
