"""Entries of the SQLite store: bytes under a namespace and a name.

An entry is there while it was seen within its lifetime, by itself or as part of a group.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from headroom.state.backends.sqlite_groups import begun
from headroom.state.base import Key, Sizes

RENEW_AFTER_S = 60 * 60.0
"""The life of an entry by itself is written anew at most so often: a read must not cost a write."""

READ_AFTER_S = 60.0
"""The same where the longest unread leave first: they are told apart by the minute."""

ASKED_AT_ONCE = (4, 16, 64, 256)
"""How many names one statement asks for: few numbers, so that statements are used again."""

Since = Mapping[str, float]
"""Per namespace, what was last seen before this has expired."""

# The first parameter is the time since which it was seen.  By number: names take a third longer.
THERE = (
    "(e.seen >= ?1"
    " OR EXISTS (SELECT 1 FROM entry_groups AS g WHERE g.id = e.group_id AND g.seen >= ?1)"
    " OR EXISTS (SELECT 1 FROM shared AS s JOIN entry_groups AS g ON g.id = s.group_id"
    " WHERE s.entry_id = e.id AND g.seen >= ?1))"
)

Row = tuple[str, bytes, bytes, int, float, int | None]
"""Namespace, name, value, number, when it was last seen by itself, and its group."""


def read(
    connection: sqlite3.Connection, *, keys: Sequence[Key], since: Since, group: bytes
) -> tuple[Sequence[Row], float]:
    """What is there of these keys, and when *group* was last seen, 0 if it is not there."""
    rows: list[Row] = []
    for namespace, names in _pieces(keys):
        marks = ",".join(f"?{number}" for number in range(3, 3 + len(names)))
        rows += connection.execute(
            "SELECT e.namespace, e.name, e.value, e.id, e.seen, e.group_id"  # noqa: S608 - marks
            f" FROM entries AS e WHERE e.namespace = ?2 AND e.name IN ({marks}) AND {THERE}",
            (since[namespace], namespace, *names),
        )
    found = (
        connection.execute("SELECT seen FROM entry_groups WHERE name = ?", (group,)).fetchone()
        if group
        else None
    )
    return rows, found[0] if found else 0.0


def renew(connection: sqlite3.Connection, *, seen: Mapping[int, float], now: float) -> None:
    """These entries were seen now, each by itself; nothing where another has said so since."""
    connection.executemany(
        "UPDATE entries SET seen = ? WHERE id = ? AND seen <= ?",
        [(now, number, then) for number, then in seen.items()],
    )


def write(
    connection: sqlite3.Connection,
    *,
    entries: Mapping[Key, bytes],
    if_absent: frozenset[str],
    groups: Mapping[Key, bytes],
    now: float,
    since: Since,
    group_since: float,
) -> dict[Key, bytes]:
    """Write all of them; what stands there afterwards."""
    numbers = {
        name: begun(connection, name, now=now, since=group_since)
        for name in dict.fromkeys(groups[key] for key in entries if key in groups)
    }
    standing: dict[Key, bytes] = {}
    for key, value in entries.items():
        group = numbers[groups[key]] if key in groups else None
        made = connection.execute(
            "INSERT INTO entries (namespace, name, value, seen, group_id)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*key, value, now if group is None else 0, group),
        )
        if made.rowcount:
            standing[key] = value
        else:
            stays = key[0] in if_absent
            standing[key] = _rewritten(
                connection, key, value, group=group, stays=stays, now=now, since=since[key[0]]
            )
    return standing


def _rewritten(
    connection: sqlite3.Connection,
    key: Key,
    value: bytes,
    *,
    group: int | None,
    stays: bool,
    now: float,
    since: float,
) -> bytes:
    """Write over an entry that is there, unless it *stays*; what then stands."""
    number, standing, of, is_there = connection.execute(
        f"SELECT e.id, e.value, e.group_id, {THERE} FROM entries AS e"  # noqa: S608 - a constant
        " WHERE e.namespace = ?2 AND e.name = ?3",
        (since, *key),
    ).fetchone()
    if not is_there:
        # What has expired is absent, also while it still lies there.
        seen = now if group is None else 0
        connection.execute(
            "UPDATE entries SET value = ?, seen = ?, group_id = ? WHERE id = ?",
            (value, seen, group, number),
        )
        connection.execute("DELETE FROM shared WHERE entry_id = ?", (number,))
        return value
    if not stays and value != standing:
        connection.execute("UPDATE entries SET value = ? WHERE id = ?", (value, number))
    if group is None:
        connection.execute("UPDATE entries SET seen = ? WHERE id = ?", (now, number))
    elif of is None:
        connection.execute("UPDATE entries SET group_id = ? WHERE id = ?", (group, number))
    elif of != group:
        connection.execute("INSERT OR IGNORE INTO shared VALUES (?, ?)", (number, group))
    return bytes(standing) if stays else value


def drop(connection: sqlite3.Connection, *, keys: Sequence[Key]) -> None:
    """Forget these keys, where they are there."""
    for key in keys:
        connection.execute(
            "DELETE FROM shared WHERE entry_id ="
            " (SELECT id FROM entries WHERE namespace = ? AND name = ?)",
            key,
        )
        connection.execute("DELETE FROM entries WHERE namespace = ? AND name = ?", key)


def cleared(connection: sqlite3.Connection, *, namespace: str, at_once: int) -> bool:
    """Forget some of what stands there by itself; whether there was any."""
    gone = connection.execute(
        "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
        " WHERE namespace = ? AND group_id IS NULL LIMIT ?)",
        (namespace, at_once),
    )
    return gone.rowcount > 0


def listed(
    connection: sqlite3.Connection, *, namespace: str, prefix: bytes, limit: int, since: float
) -> dict[bytes, bytes]:
    """The first entries whose names begin so."""
    after = _after(prefix)
    below = "AND e.name < ?5" if after else ""
    rows = connection.execute(
        "SELECT e.name, e.value FROM entries AS e"  # noqa: S608 - constants
        f" WHERE e.namespace = ?2 AND e.name >= ?3 {below} AND {THERE} ORDER BY e.name LIMIT ?4",
        (since, namespace, prefix, limit, *((after,) if after else ())),
    )
    return dict(rows.fetchall())


def _after(prefix: bytes) -> bytes:
    """What comes after all names that begin so; nothing when that is the end."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else b""


def sizes(connection: sqlite3.Connection, *, namespace: str, since: float) -> Sizes:
    """What stands in this namespace."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(length(e.value)), 0) FROM entries AS e"  # noqa: S608
        f" WHERE e.namespace = ?2 AND {THERE}",
        (since, namespace),
    ).fetchone()
    return Sizes(row[0], row[1])


def _pieces(keys: Sequence[Key]) -> Iterator[tuple[str, list[bytes]]]:
    """The keys by namespace, in lists of the lengths of ASKED_AT_ONCE."""
    most = ASKED_AT_ONCE[-1]
    for namespace, group in groupby(sorted(keys), key=lambda key: key[0]):
        names = [name for _, name in group]
        for start in range(0, len(names), most):
            piece = names[start : start + most]
            length = next(size for size in ASKED_AT_ONCE if size >= len(piece))
            yield namespace, piece + piece[-1:] * (length - len(piece))
