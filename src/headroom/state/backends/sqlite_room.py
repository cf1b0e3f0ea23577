"""What leaves the SQLite store: what has expired, and what there is no room for.

All in small steps, each of which says whether there may be more: others wait for a step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from headroom.state.backends import sqlite_groups
from headroom.state.namespaces import Room

LEAVING_AT_ONCE = 200
"""How many entries leave in one step, about 2 ms."""
DISMISSED_AT_ONCE = 50
"""How many groups, or entries that stand alone."""

# Besides what is written in it: its place in two trees.
ENTRY_OVERHEAD_BYTES = 64


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def expire(
    connection: sqlite3.Connection, *, since: Mapping[str, float], group_since: float
) -> bool:
    """Remove some of what has expired; whether there was any."""
    return (
        sqlite_groups.removed(connection, at_once=LEAVING_AT_ONCE)
        or sqlite_groups.expired(connection, since=group_since, at_once=DISMISSED_AT_ONCE)
        or any(_expired_alone(connection, name, time) for name, time in since.items())
    )


def _expired_alone(connection: sqlite3.Connection, namespace: str, since: float) -> bool:
    gone = connection.execute(
        "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
        " WHERE namespace = ? AND group_id IS NULL AND seen < ? LIMIT ?)",
        (namespace, since, LEAVING_AT_ONCE),
    )
    return gone.rowcount > 0


def trim(connection: sqlite3.Connection, *, most: Mapping[str, int]) -> bool:
    """Remove some of what is too much where a namespace has a share of its own."""
    for namespace, entries in most.items():
        there = connection.execute(
            "SELECT count(*) FROM entries WHERE namespace = ? AND group_id IS NULL", (namespace,)
        ).fetchone()[0]
        if there > entries:
            with transaction(connection):
                connection.execute(
                    "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
                    " WHERE namespace = ? AND group_id IS NULL ORDER BY seen LIMIT ?)",
                    (namespace, min(there - entries, LEAVING_AT_ONCE)),
                )
            return True
    return False


def beyond(connection: sqlite3.Connection, *, namespace: str, room: Room) -> list[tuple[int]]:
    """Some of what is too much for this room: the numbers of what was unread for longest."""
    entries, size = connection.execute(
        "SELECT count(*), coalesce(sum(length(value)), 0) FROM entries"
        " WHERE namespace = ? AND group_id IS NULL",
        (namespace,),
    ).fetchone()
    oldest = connection.execute(
        "SELECT id, length(value) FROM entries WHERE namespace = ? AND group_id IS NULL"
        " ORDER BY seen, id LIMIT ?",
        (namespace, LEAVING_AT_ONCE),
    )
    leaving: list[tuple[int]] = []
    for number, length in oldest:
        if entries <= room.entries and size <= room.bytes:
            break
        leaving.append((number,))
        entries, size = entries - 1, size - length
    return leaving


def remove(connection: sqlite3.Connection, numbers: Sequence[tuple[int]]) -> None:
    """Remove these entries."""
    connection.executemany("DELETE FROM entries WHERE id = ?", numbers)


def make_room(
    connection: sqlite3.Connection, *, limit_bytes: int, namespaces: Sequence[str]
) -> bool:
    """Let some of what was unseen for longest leave, if too much is there; whether it was.

    What was seen last of all stays, whatever its size: it is being used.
    """
    excess = _used_bytes(connection) - limit_bytes
    if excess <= 0:
        return False
    with transaction(connection):
        for count in range(DISMISSED_AT_ONCE):
            leave = _longest_unseen(connection, namespaces)
            if leave is None or excess <= 0:
                return count > 0
            excess -= leave()
    return True


def _used_bytes(connection: sqlite3.Connection) -> int:
    page, pages, free = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    used: int = (pages - free) * page
    return used


def _longest_unseen(
    connection: sqlite3.Connection, namespaces: Sequence[str]
) -> Callable[[], int] | None:
    """What makes the longest unseen leave and tells its bytes; None if it is the only one."""
    candidates = [
        (seen, number, is_group)
        for is_group, rows in _unseen(connection, namespaces)
        for number, seen in rows
    ]
    if len(candidates) < 2:
        return None
    _, number, is_group = min(candidates)
    leave = _dismissed if is_group else _removed
    return lambda: leave(connection, number)


def _unseen(
    connection: sqlite3.Connection, namespaces: Sequence[str]
) -> Iterator[tuple[bool, Sequence[tuple[int, float]]]]:
    """The two longest unseen of each kind, and whether they are groups."""
    yield (
        True,
        connection.execute(
            "SELECT id, seen FROM entry_groups WHERE seen > 0 ORDER BY seen, id LIMIT 2"
        ).fetchall(),
    )
    for namespace in namespaces:
        yield (
            False,
            connection.execute(
                "SELECT id, seen FROM entries WHERE namespace = ? AND group_id IS NULL"
                " ORDER BY seen, id LIMIT 2",
                (namespace,),
            ).fetchall(),
        )


def _dismissed(connection: sqlite3.Connection, group: int) -> int:
    size = connection.execute(
        "SELECT coalesce(sum(length(value) + length(name) + ?), 0) FROM entries WHERE group_id = ?",
        (ENTRY_OVERHEAD_BYTES, group),
    ).fetchone()[0]
    sqlite_groups.dismiss(connection, group)
    return int(size)


def _removed(connection: sqlite3.Connection, entry: int) -> int:
    size = connection.execute(
        "DELETE FROM entries WHERE id = ? RETURNING length(value) + length(name) + ?",
        (entry, ENTRY_OVERHEAD_BYTES),
    ).fetchone()[0]
    return int(size)
