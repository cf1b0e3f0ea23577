"""Token buckets of the SQLite store, on a clock that all processes of one boot share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from headroom.state.bucket import charged, full_at, refilled, spent


def take(
    connection: sqlite3.Connection,
    *,
    bucket: str,
    amount: float,
    rate: float,
    burst: float,
    steady: Callable[[], float],
) -> float:
    """Spend from this bucket; the seconds to wait, 0.0 if it was spent.

    The clock is read inside the transaction, so that what stands there was written before.
    """
    now = steady()
    lacks = _lacks(connection, bucket, now=now, rate=rate)
    lacks, wait = spent(lacks, amount, rate=rate, burst=burst)
    if not wait:
        _keep(connection, bucket, lacks, now=now, rate=rate)
    return wait


def charge(
    connection: sqlite3.Connection,
    *,
    bucket: str,
    amount: float,
    rate: float,
    steady: Callable[[], float],
) -> None:
    """Spend from this bucket, whatever it holds; below zero, give so much back."""
    now = steady()
    lacks = charged(_lacks(connection, bucket, now=now, rate=rate), amount)
    _keep(connection, bucket, lacks, now=now, rate=rate)


def _lacks(connection: sqlite3.Connection, bucket: str, *, now: float, rate: float) -> float:
    found = connection.execute("SELECT lacks, at FROM buckets WHERE name = ?", (bucket,)).fetchone()
    return refilled(found[0], at=found[1], now=now, rate=rate) if found else 0.0


def _keep(
    connection: sqlite3.Connection, bucket: str, lacks: float, *, now: float, rate: float
) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)",
        (bucket, lacks, now, full_at(lacks, now=now, rate=rate)),
    )


def forget_full(connection: sqlite3.Connection, *, steady: float) -> bool:
    """Remove the buckets that are full again; whether there were any.

    A time still to come was read in an earlier boot: since this one began *steady* has gone.
    """
    gone = connection.execute(
        "DELETE FROM buckets WHERE full_at <= ? OR (at > ? AND full_at - at <= ?)",
        (steady, steady, steady),
    )
    return gone.rowcount > 0
