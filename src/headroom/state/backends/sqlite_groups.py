"""Groups of entries in the SQLite store: conversations, which live and leave whole.

A group is one row, so that one write renews all that belongs to it.  What leaves loses its
name and its time first, in one go: from then on nothing of it is there for anybody.  Its
entries are removed afterwards, in steps.
"""

from __future__ import annotations

import sqlite3

RENEW_GROUP_AFTER_S = 60.0
"""A read renews a group at most so often; a write always does."""


def begun(connection: sqlite3.Connection, name: bytes, *, now: float, since: float) -> int:
    """The number of this group, which is made if it is not there, and is seen now."""
    found = connection.execute(
        "SELECT id, seen FROM entry_groups WHERE name = ?", (name,)
    ).fetchone()
    if found is not None and found[1] >= since:
        number: int = found[0]
        connection.execute(
            "UPDATE entry_groups SET seen = ? WHERE id = ? AND seen < ?", (now, number, now)
        )
        return number
    if found is not None:
        # Some of it may have been removed already: what has expired does not come back.
        dismiss(connection, found[0])
    made = connection.execute("INSERT INTO entry_groups (name, seen) VALUES (?, ?)", (name, now))
    return made.lastrowid or 0


def join(
    connection: sqlite3.Connection,
    name: bytes,
    *,
    alone: tuple[int, ...],
    now: float,
    since: float,
) -> None:
    """Renew this group, and take in entries that were read in its name and stand alone."""
    number = begun(connection, name, now=now, since=since)
    connection.executemany(
        "UPDATE entries SET group_id = ? WHERE id = ? AND group_id IS NULL",
        [(number, entry) for entry in alone],
    )


def dismiss(connection: sqlite3.Connection, number: int) -> None:
    """Take from everybody what belongs to this group alone."""
    connection.execute("DELETE FROM shared WHERE group_id = ?", (number,))
    shared = connection.execute(
        "SELECT id FROM entries WHERE group_id = ?"
        " AND EXISTS (SELECT 1 FROM shared WHERE entry_id = entries.id)",
        (number,),
    ).fetchall()
    for (entry,) in shared:
        _move(connection, entry)
    # It was asked for by itself, as an original is by its reader.
    connection.execute(
        "UPDATE entries SET group_id = NULL WHERE group_id = ? AND seen > 0", (number,)
    )
    connection.execute("UPDATE entry_groups SET name = NULL, seen = 0 WHERE id = ?", (number,))


def _move(connection: sqlite3.Connection, entry: int) -> None:
    """Give this entry to the other of its groups that was seen last."""
    other = connection.execute(
        "SELECT s.group_id FROM shared AS s JOIN entry_groups AS g ON g.id = s.group_id"
        " WHERE s.entry_id = ? ORDER BY g.seen DESC LIMIT 1",
        (entry,),
    ).fetchone()[0]
    connection.execute("DELETE FROM shared WHERE entry_id = ? AND group_id = ?", (entry, other))
    connection.execute("UPDATE entries SET group_id = ? WHERE id = ?", (other, entry))


def removed(connection: sqlite3.Connection, *, at_once: int) -> bool:
    """Remove some of what was dismissed; whether there was any."""
    entries = connection.execute(
        "DELETE FROM entries WHERE id IN (SELECT e.id FROM entry_groups AS g"
        " JOIN entries AS e ON e.group_id = g.id WHERE g.seen = 0 LIMIT ?)",
        (at_once,),
    ).rowcount
    if entries:
        return True
    groups = connection.execute("DELETE FROM entry_groups WHERE seen = 0").rowcount
    return groups > 0


def expired(connection: sqlite3.Connection, *, since: float, at_once: int) -> bool:
    """Dismiss some of the groups that have expired; whether there were any."""
    numbers = connection.execute(
        "SELECT id FROM entry_groups WHERE seen < ? AND seen > 0 LIMIT ?", (since, at_once)
    ).fetchall()
    for (number,) in numbers:
        dismiss(connection, number)
    return bool(numbers)
