"""Counters of the SQLite store, and what is reserved on those that are accounts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from headroom.state.base import CORRECTED_S, LEAST, MOST, RESERVED_S, Key, Reservation

LEAVING_AT_ONCE = 200
"""How many counters leave in one step, about 1 ms."""

SETTLED = ("", b"settled")
"""The account, which nobody has, of those that were settled without being known to be made.

There may be many, so it stands before all others, where nobody has to look past it.
"""

Steady = Callable[[], float]
"""A clock that is read inside the transaction, so that nobody's time is older than what stands."""


def add(
    connection: sqlite3.Connection,
    *,
    amounts: Mapping[Key, int],
    now: float,
    since: Mapping[str, float],
) -> dict[Key, int]:
    """Add to these counters; what they hold afterwards."""
    return {
        key: _added(connection, key, amount, now=now, since=since[key[0]])
        for key, amount in amounts.items()
    }


def _added(
    connection: sqlite3.Connection, key: Key, amount: int, *, now: float, since: float
) -> int:
    found = connection.execute(
        "SELECT total FROM counters WHERE namespace = ? AND name = ? AND changed >= ?",
        (*key, since),
    ).fetchone()
    before: int = found[0] if found else 0
    if not amount:
        return before
    total = max(LEAST, min(before + amount, MOST))
    connection.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?)", (*key, total, now))
    return total


def reserve(
    connection: sqlite3.Connection,
    *,
    reservation: Reservation,
    limits: Mapping[Key, int],
    amount: int,
    now: float,
    steady: Steady,
    since: Mapping[str, float],
) -> list[Key]:
    """Make it, if none of the accounts is used up; those that are."""
    charge_forgotten(connection, now=now, steady=steady, since=since)
    if any(_stands(connection, account, reservation) for account in (SETTLED, *limits)):
        return []
    used_up: list[Key] = []
    for account, limit in limits.items():
        settled = _added(connection, account, 0, now=now, since=since[account[0]])
        # Summed here: SQLite's own sum fails when it leaves 64 bits.
        reserved = connection.execute(
            "SELECT amount FROM reservations WHERE namespace = ? AND name = ? AND NOT is_charged",
            account,
        )
        if settled + sum(one for (one,) in reserved) >= limit:
            used_up.append(account)
    if not used_up:
        connection.executemany(
            "INSERT INTO reservations (namespace, name, id, amount, made) VALUES (?, ?, ?, ?, ?)",
            [(*account, reservation.id, min(amount, MOST), steady()) for account in limits],
        )
    return used_up


def _stands(connection: sqlite3.Connection, account: Key, reservation: Reservation) -> bool:
    found = connection.execute(
        "SELECT 1 FROM reservations WHERE namespace = ? AND name = ? AND id = ?",
        (*account, reservation.id),
    )
    return found.fetchone() is not None


def raise_to(
    connection: sqlite3.Connection,
    *,
    reservation: Reservation,
    amount: int,
    now: float,
    steady: Steady,
    since: Mapping[str, float],
) -> None:
    """Let it be so much, if that is more; what was charged already is charged up to it."""
    charge_forgotten(connection, now=now, steady=steady, since=since)
    for account in reservation.accounts:
        place = (*account, reservation.id)
        found = connection.execute(
            "SELECT amount, is_charged FROM reservations"
            " WHERE namespace = ? AND name = ? AND id = ?",
            place,
        ).fetchone()
        if found is None:
            continue
        before, is_charged = found
        raised = max(min(amount, MOST), before)
        connection.execute(
            "UPDATE reservations SET amount = ?, made = CASE is_charged WHEN 0 THEN ? ELSE made END"
            " WHERE namespace = ? AND name = ? AND id = ?",
            (raised, steady(), *place),
        )
        if is_charged:
            _added(connection, account, raised - before, now=now, since=since[account[0]])


def settle(
    connection: sqlite3.Connection,
    *,
    reservation: Reservation,
    actual: int,
    unsure: bool = False,
    now: float,
    steady: Steady,
    since: Mapping[str, float],
) -> None:
    """Charge what it came to; one that was charged already is corrected."""
    charge_forgotten(connection, now=now, steady=steady, since=since)
    if _stands(connection, SETTLED, reservation):
        return
    for account in reservation.accounts:
        found = connection.execute(
            "DELETE FROM reservations WHERE namespace = ? AND name = ? AND id = ?"
            " RETURNING amount * is_charged",
            (*account, reservation.id),
        ).fetchone()
        if found is not None or unsure:
            charged = found[0] if found is not None else 0
            _added(connection, account, actual - charged, now=now, since=since[account[0]])
    if unsure:
        # It leaves like those that were charged.
        connection.execute(
            "INSERT INTO reservations VALUES (?, ?, ?, 0, ?, 1)",
            (*SETTLED, reservation.id, steady()),
        )


def charge_ended(
    connection: sqlite3.Connection,
    *,
    process: str,
    now: float,
    steady: Steady,
    since: Mapping[str, float],
) -> None:
    """Charge what this process had reserved."""
    ended = connection.execute(
        "UPDATE reservations SET is_charged = 1, made = ? WHERE namespace > '' AND NOT is_charged"
        " AND substr(id, 1, ?) = ? RETURNING namespace, name, amount",
        (steady(), len(process) + 1, f"{process}-"),
    ).fetchall()
    _charge(connection, ended, now=now, since=since)


def charge_forgotten(
    connection: sqlite3.Connection, *, now: float, steady: Steady, since: Mapping[str, float]
) -> bool:
    """Charge what nobody will settle any more as it was reserved; whether there was any.

    A time still to come was read before the machine was started anew: who reserved is dead.
    """
    time = steady()
    forgotten = connection.execute(
        "UPDATE reservations SET is_charged = 1, made = ? WHERE namespace > '' AND NOT is_charged"
        " AND (made <= ? OR made > ?) RETURNING namespace, name, amount",
        (time, time - RESERVED_S, time),
    ).fetchall()
    _charge(connection, forgotten, now=now, since=since)
    return bool(forgotten)


def _charge(
    connection: sqlite3.Connection,
    reserved: Sequence[tuple[str, bytes, int]],
    *,
    now: float,
    since: Mapping[str, float],
) -> None:
    for namespace, name, amount in reserved:
        # The namespace may have been declared by another version.
        _added(connection, (namespace, name), amount, now=now, since=since.get(namespace, 0.0))


def expire(
    connection: sqlite3.Connection, *, now: float, steady: Steady, since: Mapping[str, float]
) -> bool:
    """Charge what is forgotten, and remove what has expired; whether there was any."""
    charged = charge_forgotten(connection, now=now, steady=steady, since=since)
    time = steady()
    gone = connection.execute(
        "DELETE FROM reservations WHERE is_charged AND (made <= ? OR made > ?)",
        (time - CORRECTED_S, time),
    ).rowcount
    for namespace, oldest in since.items():
        if oldest > float("-inf"):
            gone += connection.execute(
                "DELETE FROM counters WHERE namespace = ? AND name IN"
                " (SELECT name FROM counters WHERE namespace = ? AND changed < ? LIMIT ?)",
                (namespace, namespace, oldest, LEAVING_AT_ONCE),
            ).rowcount
    return charged or gone > 0


def trim(connection: sqlite3.Connection, *, most: Mapping[str, int]) -> bool:
    """Remove some of what is too much where a namespace has a share of its own; whether it did."""
    for namespace, counters in most.items():
        there = connection.execute(
            "SELECT count(*) FROM counters WHERE namespace = ?", (namespace,)
        ).fetchone()[0]
        if there > counters:
            connection.execute(
                "DELETE FROM counters WHERE namespace = ? AND name IN (SELECT name FROM counters"
                " WHERE namespace = ? ORDER BY changed LIMIT ?)",
                (namespace, namespace, min(there - counters, LEAVING_AT_ONCE)),
            )
            return True
    return False
