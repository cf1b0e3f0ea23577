"""Logs of the SQLite store: numbered records, of which the oldest leave."""

from __future__ import annotations

import sqlite3


def append(connection: sqlite3.Connection, *, log: str, record: bytes, most: int) -> int:
    """Write a record at the end of a log that holds so many; its number."""
    last = connection.execute(
        "SELECT coalesce(max(number), 0) FROM records WHERE log = ?", (log,)
    ).fetchone()[0]
    number: int = last + 1
    connection.execute(
        "INSERT INTO records (log, number, record) VALUES (?, ?, ?)", (log, number, record)
    )
    connection.execute("DELETE FROM records WHERE log = ? AND number <= ?", (log, number - most))
    return number


def scan(
    connection: sqlite3.Connection, *, log: str, since: int, limit: int
) -> list[tuple[int, bytes]]:
    """The first records after number *since*."""
    return connection.execute(
        "SELECT number, record FROM records WHERE log = ? AND number > ? ORDER BY number LIMIT ?",
        (log, since, limit),
    ).fetchall()
