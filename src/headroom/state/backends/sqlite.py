"""The store in one SQLite file of the workspace, which many processes may share.

Writes go through one thread and reads through another, so the event loop never waits for the
disk.  What a `put` has returned survives the death of every process; the loss of power may
cost the last commits (`synchronous=NORMAL`), never the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from headroom.errors import StoreError
from headroom.state.backends import (
    sqlite_buckets,
    sqlite_counters,
    sqlite_entries,
    sqlite_groups,
    sqlite_logs,
    sqlite_room,
)
from headroom.state.backends.lane import Lane, Work
from headroom.state.backends.sqlite_checkpoint import Checkpoints
from headroom.state.backends.sqlite_entries import READ_AFTER_S, RENEW_AFTER_S
from headroom.state.backends.sqlite_file import FILE, WAL_KEPT_BYTES, look_into, open_file
from headroom.state.backends.sqlite_groups import RENEW_GROUP_AFTER_S
from headroom.state.base import NO_GROUPS, Health, Key, Reservation, Sizes
from headroom.state.namespaces import DAY_S, NAMESPACES, Declared, Namespace, Room

Result = TypeVar("Result")

LIFETIME_S = 7 * DAY_S
LIMIT_BYTES = 1024 * 1024 * 1024

LOOKED_PER_ROOM = 64
"""How often it is looked whether a room holds too much, while it is filled once by one process."""
CLEARED_AT_ONCE = 500
WALK_S = 30.0
"""What walks over much may take so long."""
COUNTED_S = 5.0
"""What is spent must be counted: a call that would be refused without waits a little longer."""


class SqliteStore:
    """A `Store` that outlives its process.

    A conversation that nobody has seen for *lifetime_s* is gone; when the file holds more
    than *limit_bytes*, those unseen for longest leave.  *clock* gives seconds since 1970,
    *steady* those of a clock that nobody sets, shared by all processes of one boot.

    With *looks_only* the file is read as it is, and nothing is made, renewed or tidied up; what
    would write raises StoreError.
    """

    def __init__(
        self,
        folder: Path,
        *,
        lifetime_s: float = LIFETIME_S,
        limit_bytes: int = LIMIT_BYTES,
        namespaces: Mapping[str, Namespace] = NAMESPACES,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        looks_only: bool = False,
    ) -> None:
        self._path = folder / FILE
        self._declared = Declared(lifetime_s, namespaces)
        self._limit_bytes = limit_bytes
        self._rooms = self._declared.rooms(limit_bytes)
        # What was put there since it was last looked whether it holds too much.
        self._unseen = dict.fromkeys(self._rooms, Sizes())
        self._clock = clock
        self._steady = steady
        self._looks_only = looks_only
        self._reader = Lane(
            self._path,
            begin="BEGIN",
            probe=_look,
            opening=look_into if looks_only else open_file,
            name="store-reader",
        )
        # What walks over much must hold up nobody who looks up little.
        self._walker = Lane(
            self._path,
            begin="BEGIN",
            probe=_look,
            opening=look_into if looks_only else open_file,
            patience_s=WALK_S,
            name="store-walker",
        )
        self._writer = Lane(
            self._path, begin="BEGIN IMMEDIATE", probe=_touch, tidy=self._tidy, name="store-writer"
        )
        self._checkpoints = Checkpoints(self._path)

    async def open(self) -> None:
        """Begin to work.  A file that cannot be opened shows in `health`; it is tried again."""
        lanes = (self._reader,) if self._looks_only else (self._writer, self._reader)
        for lane in lanes:
            lane.start()
        for lane in lanes:
            try:
                await lane.do(_look)
            except StoreError:
                # The lane has told, and goes on trying.
                continue

    async def close(self) -> None:
        """Finish what was begun."""
        await self._walker.close()
        await self._reader.close()
        await self._writer.close()
        await self._checkpoints.close()

    def health(self) -> Health:
        """How it is, as far as is known without asking it."""
        problem = self._writer.problem or self._reader.problem
        notice = self._writer.notice or self._reader.notice
        return Health(durable=True, problem=problem, notice=notice)

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life, or the group's."""
        if not keys:
            return {}
        now = self._clock()
        since = self._since(now, keys)
        work = partial(sqlite_entries.read, keys=keys, since=since, group=group)
        rows, seen = await self._reader.do(work)
        if self._looks_only:
            return {(namespace, name): value for namespace, name, value, _, _, _ in rows}
        together = self._declared.of_conversations if group else ()
        alone = tuple(row[3] for row in rows if row[5] is None and row[0] in together)
        if alone or (rows and 0 < seen < now - RENEW_GROUP_AFTER_S):
            self._join(group, alone, now)
        stale = {
            row[3]: row[4]
            for row in rows
            if row[0] not in together and row[4] < now - self._renew_after_s(row[0])
        }
        if stale:
            self._writer.later(partial(sqlite_entries.renew, seen=stale, now=now))
        return {(namespace, name): value for namespace, name, value, _, _, _ in rows}

    async def put(
        self,
        entries: Mapping[Key, bytes],
        *,
        if_absent: frozenset[str] = frozenset(),
        groups: Mapping[Key, bytes] = NO_GROUPS,
    ) -> Mapping[Key, bytes]:
        """Write all of them at once, and return what stands there afterwards."""
        if not entries:
            return {}
        now = self._clock()
        work = partial(
            sqlite_entries.write,
            entries=entries,
            if_absent=if_absent,
            groups=self._declared.grouped(groups),
            now=now,
            since=self._since(now, entries),
            group_since=now - self._declared.conversation_s,
        )
        crowded = self._crowded_by(entries)
        return await self._writer.do(partial(_within, work, crowded) if crowded else work)

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        if keys:
            await self._writer.do(partial(sqlite_entries.drop, keys=keys))

    async def clear(self, namespace: str) -> None:
        """Forget all that stands in this namespace, which is none of conversations."""
        name = self._declared.of_its_own(namespace)
        some = partial(sqlite_entries.cleared, namespace=name, at_once=CLEARED_AT_ONCE)
        while await self._writer.do(some):
            pass

    async def list(self, namespace: str, prefix: bytes, *, limit: int) -> Mapping[bytes, bytes]:
        """The first *limit* entries whose names begin so, in the order of their names."""
        since = self._clock() - self._declared.lifetime_s(namespace)
        work = partial(
            sqlite_entries.listed, namespace=namespace, prefix=prefix, limit=limit, since=since
        )
        return await self._reader.do(work)

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        since = self._clock() - self._declared.lifetime_s(namespace)
        self._walker.start()
        return await self._walker.do(
            partial(sqlite_entries.sizes, namespace=namespace, since=since)
        )

    async def take(self, bucket: str, amount: float, *, rate: float, burst: float) -> float:
        """Spend *amount* from *bucket* and return the seconds to wait, 0.0 if none.

        Time is that of the steady clock: setting the wall clock neither fills a bucket nor
        locks it.  After the machine was started anew a bucket has at least what came since.
        """
        work = partial(sqlite_buckets.take, bucket=bucket, amount=amount, rate=rate, burst=burst)
        return await self._writer.do(partial(work, steady=self._steady))

    async def charge(self, bucket: str, amount: float, *, rate: float) -> None:
        """Spend *amount* from *bucket*, whatever it holds; below zero, give so much back."""
        work = partial(sqlite_buckets.charge, bucket=bucket, amount=amount, rate=rate)
        await self._writer.do(partial(work, steady=self._steady))

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        """Add to counters, and return what they hold afterwards."""
        if not amounts:
            return {}
        now = self._clock()
        since = self._since(now, amounts)
        lane = self._writer if any(amounts.values()) else self._reader
        return await lane.do(partial(sqlite_counters.add, amounts=amounts, now=now, since=since))

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        """Set *amount* apart on each account, or on none: then those that are used up."""
        work = partial(
            sqlite_counters.reserve, reservation=reservation, limits=limits, amount=amount
        )
        timed = self._timed(work, reservation.accounts)
        return await self._writer.do(timed, patience_s=COUNTED_S)

    async def raise_to(self, reservation: Reservation, amount: int) -> None:
        """Let this be what is set apart, if it is more."""
        work = partial(sqlite_counters.raise_to, reservation=reservation, amount=amount)
        await self._writer.do(self._timed(work, reservation.accounts))

    async def settle(self, reservation: Reservation, actual: int, *, unsure: bool = False) -> None:
        """Charge what it came to instead of what was reserved; 0 gives it back."""
        work = partial(
            sqlite_counters.settle, reservation=reservation, actual=actual, unsure=unsure
        )
        await self._writer.do(self._timed(work, reservation.accounts))

    async def charge_ended(self, process: str) -> None:
        """Charge all that a process had reserved when it ended, as it was reserved."""
        work = partial(sqlite_counters.charge_ended, process=process)
        await self._writer.do(self._timed(work, ()))

    async def append(self, log: str, record: bytes) -> int:
        """Write a record, and return its number, one more than the last one's."""
        most = self._declared.most_records(log)
        return await self._writer.do(partial(sqlite_logs.append, log=log, record=record, most=most))

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Sequence[tuple[int, bytes]]:
        """The first *limit* records after number *since*, in their order, with their numbers."""
        return await self._reader.do(partial(sqlite_logs.scan, log=log, since=since, limit=limit))

    def _since(self, now: float, keys: Iterable[Key]) -> Mapping[str, float]:
        """Per namespace of these keys, what was last seen before this has expired."""
        names = {namespace for namespace, _ in keys}
        return {name: now - self._declared.lifetime_s(name) for name in names}

    def _renew_after_s(self, namespace: str) -> float:
        return READ_AFTER_S if namespace in self._rooms else RENEW_AFTER_S

    def _crowded_by(self, entries: Mapping[Key, bytes]) -> Mapping[str, Room]:
        """The rooms in which it is to be looked whether these entries are too many.

        Looking costs more the more is there, so it is done for every few of them.
        """
        crowded: dict[str, Room] = {}
        for (namespace, _), value in entries.items():
            room = self._rooms.get(namespace)
            if room is None:
                continue
            unseen = self._unseen[namespace]
            unseen = Sizes(unseen.entries + 1, unseen.value_bytes + len(value))
            few = Sizes(room.entries // LOOKED_PER_ROOM, room.bytes // LOOKED_PER_ROOM)
            if unseen.entries > few.entries or unseen.value_bytes > few.value_bytes:
                crowded[namespace], unseen = room, Sizes()
            self._unseen[namespace] = unseen
        return crowded

    def _timed(self, work: Callable[..., Result], accounts: Sequence[Key]) -> Work[Result]:
        now = self._clock()
        # Others' reservations may be charged too, in whatever namespace their accounts are.
        since = {**self._declared.since(now), **self._since(now, accounts)}
        return partial(work, now=now, steady=self._steady, since=since)

    def _join(self, group: bytes, alone: tuple[int, ...], now: float) -> None:
        since = now - self._declared.conversation_s
        work = partial(sqlite_groups.join, name=group, alone=alone, now=now, since=since)
        self._writer.later(work)

    def _tidy(self, connection: sqlite3.Connection) -> bool:
        """One small step: what has expired or has no room leaves; whether there is more."""
        gone = self._expire(connection) or self._make_room(connection)
        if not gone or _log_bytes(self._path) > WAL_KEPT_BYTES:
            self._checkpoints.ask()
        return gone

    def _expire(self, connection: sqlite3.Connection) -> bool:
        now = self._clock()
        since = self._declared.since(now)
        with sqlite_room.transaction(connection):
            steps = (
                sqlite_room.expire(
                    connection, since=since, group_since=now - self._declared.conversation_s
                ),
                sqlite_counters.expire(connection, now=now, steady=self._steady, since=since),
                sqlite_buckets.forget_full(connection, steady=self._steady()),
            )
        return any(steps)

    def _make_room(self, connection: sqlite3.Connection) -> bool:
        most = self._declared.most_entries(self._limit_bytes)
        return (
            any(self._keep_within(connection, name) for name in self._rooms)
            or sqlite_room.trim(connection, most=most)
            or sqlite_counters.trim(connection, most=most)
            or sqlite_room.make_room(
                connection,
                limit_bytes=self._limit_bytes,
                namespaces=self._declared.of_conversations,
            )
        )

    def _keep_within(self, connection: sqlite3.Connection, namespace: str) -> bool:
        leaving = sqlite_room.beyond(connection, namespace=namespace, room=self._rooms[namespace])
        if leaving:
            with sqlite_room.transaction(connection):
                sqlite_room.remove(connection, leaving)
        return bool(leaving)


def _within(
    work: Work[Result], crowded: Mapping[str, Room], connection: sqlite3.Connection
) -> Result:
    """Do this work, and let what is then too much in these rooms leave with it."""
    result = work(connection)
    for name, room in crowded.items():
        while leaving := sqlite_room.beyond(connection, namespace=name, room=room):
            sqlite_room.remove(connection, leaving)
    return result


def _look(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT id FROM entries LIMIT 1").fetchone()


def _touch(connection: sqlite3.Connection) -> None:
    """Write something, to see whether that is possible."""
    connection.execute(
        "INSERT INTO entries (namespace, name, value, seen) VALUES ('', x'', zeroblob(4096), 0)"
        " ON CONFLICT DO UPDATE SET value = zeroblob(4096)"
    )


def _log_bytes(path: Path) -> int:
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return 0
