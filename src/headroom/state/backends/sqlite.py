"""The store in one SQLite file of the workspace, which many processes may share.

Writes go through one thread and reads through another, so the event loop never waits for the
disk.  What a `put` has returned survives the death of every process; the loss of power may
cost the last commits (`synchronous=NORMAL`), never the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from headroom.errors import StoreError
from headroom.state.backends.lane import Lane
from headroom.state.backends.sqlite_file import FILE, WAL_KEPT_BYTES
from headroom.state.base import Health, Key, Sizes

DAY_S = 24 * 60 * 60.0
LIFETIME_S = 7 * DAY_S
LIMIT_BYTES = 1024 * 1024 * 1024

RENEW_AFTER_S = 60 * 60.0
"""An entry's life is written anew at most so often: a read must not cost a write."""

LEAVING_AT_ONCE = 200
"""How many entries leave in one step; others wait for a step, about 2 ms."""

ASKED_AT_ONCE = (4, 16, 64, 256)
"""How many names one statement asks for: few numbers, so that statements are used again."""

Row = tuple[str, bytes, bytes, int, float]
"""Namespace, name, value, number, and when it was last seen."""


class SqliteStore:
    """A `Store` that outlives its process.

    An entry that nobody has seen for *lifetime_s* is gone.  When the file holds more than
    *limit_bytes*, the entries unseen for longest leave.  *clock* gives seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        *,
        lifetime_s: float = LIFETIME_S,
        limit_bytes: int = LIMIT_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = folder / FILE
        self._lifetime_s = lifetime_s
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._reader = Lane(self._path, begin="BEGIN", probe=_look, name="store-reader")
        self._writer = Lane(
            self._path, begin="BEGIN IMMEDIATE", probe=_touch, tidy=self._tidy, name="store-writer"
        )

    async def open(self) -> None:
        """Begin to work.  A file that cannot be opened shows in `health`; it is tried again."""
        self._writer.start()
        self._reader.start()
        for lane in (self._writer, self._reader):
            try:
                await lane.do(_look)
            except StoreError:
                # The lane has told, and goes on trying.
                continue

    async def close(self) -> None:
        """Finish what was begun."""
        await self._reader.close()
        await self._writer.close()

    def health(self) -> Health:
        """How it is, as far as is known without asking it."""
        problem = self._writer.problem or self._reader.problem
        notice = self._writer.notice or self._reader.notice
        return Health(durable=True, problem=problem, notice=notice)

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life."""
        if not keys:
            return {}
        now = self._clock()
        since = now - self._lifetime_s
        rows = await self._reader.do(partial(_read, keys=keys, since=since))
        stale = [number for _, _, _, number, seen in rows if seen < now - RENEW_AFTER_S]
        if stale:
            self._writer.later(partial(_renew, numbers=stale, now=now))
        return {(namespace, name): value for namespace, name, value, _, _ in rows}

    async def put(
        self, entries: Mapping[Key, bytes], *, if_absent: frozenset[str] = frozenset()
    ) -> Mapping[Key, bytes]:
        """Write all of them at once, and return what stands there afterwards."""
        if not entries:
            return {}
        now = self._clock()
        since = now - self._lifetime_s
        writing = partial(_write, entries=entries, if_absent=if_absent, now=now, since=since)
        return await self._writer.do(writing)

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        if keys:
            await self._writer.do(partial(_drop, keys=keys))

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        since = self._clock() - self._lifetime_s
        return await self._reader.do(partial(_sizes, namespace=namespace, since=since))

    def _tidy(self, connection: sqlite3.Connection) -> bool:
        """One small step: what has expired or has no room leaves; whether there is more."""
        gone = _expire(connection, since=self._clock() - self._lifetime_s)
        if not gone:
            gone = _make_room(connection, limit_bytes=self._limit_bytes)
        if not gone or _log_bytes(self._path) > WAL_KEPT_BYTES:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return gone


def _look(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT id FROM entries LIMIT 1").fetchone()


def _touch(connection: sqlite3.Connection) -> None:
    """Write something, to see whether that is possible."""
    connection.execute(
        "INSERT INTO entries (namespace, name, value, seen) VALUES ('', x'', zeroblob(4096), 0)"
        " ON CONFLICT DO UPDATE SET value = zeroblob(4096)"
    )


def _read(connection: sqlite3.Connection, *, keys: Sequence[Key], since: float) -> list[Row]:
    rows: list[Row] = []
    for namespace, names in _pieces(keys):
        marks = ",".join("?" * len(names))
        rows += connection.execute(
            "SELECT namespace, name, value, id, seen FROM entries"  # noqa: S608 - only marks
            f" WHERE namespace = ? AND name IN ({marks}) AND seen >= ?",
            (namespace, *names, since),
        )
    return rows


def _pieces(keys: Sequence[Key]) -> Iterator[tuple[str, list[bytes]]]:
    """The keys by namespace, in lists of the lengths of ASKED_AT_ONCE."""
    most = ASKED_AT_ONCE[-1]
    for namespace, group in groupby(sorted(keys), key=lambda key: key[0]):
        names = [name for _, name in group]
        for start in range(0, len(names), most):
            piece = names[start : start + most]
            length = next(size for size in ASKED_AT_ONCE if size >= len(piece))
            yield namespace, piece + piece[-1:] * (length - len(piece))


def _renew(connection: sqlite3.Connection, *, numbers: Sequence[int], now: float) -> None:
    connection.executemany(
        "UPDATE entries SET seen = ? WHERE id = ? AND seen < ?",
        [(now, number, now - RENEW_AFTER_S) for number in numbers],
    )


def _write(
    connection: sqlite3.Connection,
    *,
    entries: Mapping[Key, bytes],
    if_absent: frozenset[str],
    now: float,
    since: float,
) -> dict[Key, bytes]:
    standing: dict[Key, bytes] = {}
    for key, value in entries.items():
        namespace, name = key
        # What has expired is absent, also while it still lies there.
        replaced_before = since if namespace in if_absent else float("inf")
        written = connection.execute(
            "INSERT INTO entries (namespace, name, value, seen) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, seen = excluded.seen"
            " WHERE seen < ?",
            (namespace, name, value, now, replaced_before),
        )
        standing[key] = value if written.rowcount else _first(connection, key, now)
    return standing


def _first(connection: sqlite3.Connection, key: Key, now: float) -> bytes:
    row = connection.execute(
        "SELECT value, id FROM entries WHERE namespace = ? AND name = ?", key
    ).fetchone()
    _renew(connection, numbers=[row[1]], now=now)
    value: bytes = row[0]
    return value


def _drop(connection: sqlite3.Connection, *, keys: Sequence[Key]) -> None:
    connection.executemany("DELETE FROM entries WHERE namespace = ? AND name = ?", keys)


def _sizes(connection: sqlite3.Connection, *, namespace: str, since: float) -> Sizes:
    row = connection.execute(
        "SELECT count(*), coalesce(sum(length(value)), 0) FROM entries"
        " WHERE namespace = ? AND seen >= ?",
        (namespace, since),
    ).fetchone()
    return Sizes(row[0], row[1])


def _expire(connection: sqlite3.Connection, *, since: float) -> bool:
    """Remove some of what has expired; whether there was any."""
    removed = connection.execute(
        "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE seen < ? LIMIT ?)",
        (since, LEAVING_AT_ONCE),
    )
    return removed.rowcount > 0


def _make_room(connection: sqlite3.Connection, *, limit_bytes: int) -> bool:
    """Remove some of what was unseen for longest, if too much is there; whether it was."""
    page, pages, free = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    excess = (pages - free) * page - limit_bytes
    if excess <= 0:
        return False
    oldest = connection.execute(
        "SELECT id, length(value) FROM entries ORDER BY seen LIMIT ?", (LEAVING_AT_ONCE,)
    ).fetchall()
    leaving = []
    for number, size in oldest:
        if excess <= 0:
            break
        leaving.append((number,))
        excess -= size
    if leaving:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("DELETE FROM entries WHERE id = ?", leaving)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return bool(leaving)


def _log_bytes(path: Path) -> int:
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return 0
