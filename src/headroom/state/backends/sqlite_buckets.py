"""Token buckets of the SQLite store, on a clock that all processes of one boot share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from headroom.state.bucket import full_at, refilled, spent


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
    found = connection.execute("SELECT lacks, at FROM buckets WHERE name = ?", (bucket,)).fetchone()
    lacks = refilled(found[0], at=found[1], now=now, rate=rate) if found else 0.0
    lacks, wait = spent(lacks, amount, rate=rate, burst=burst)
    if wait:
        return wait
    connection.execute(
        "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)",
        (bucket, lacks, now, full_at(lacks, now=now, rate=rate)),
    )
    return 0.0


def forget_full(connection: sqlite3.Connection, *, steady: float) -> bool:
    """Remove the buckets that are full again; whether there were any.

    A time still to come was read in an earlier boot: since this one began *steady* has gone.
    """
    gone = connection.execute(
        "DELETE FROM buckets WHERE full_at <= ? OR (at > ? AND full_at - at <= ?)",
        (steady, steady, steady),
    )
    return gone.rowcount > 0
