"""The store on a Redis (or Valkey) server, for proxies on several machines.

Each verb is one round trip, a Lua script where several keys must change at once.  Lifetimes are
Redis's own, so nothing has to be tidied up; its `maxmemory` is the quota.  How much a crash of
the server may cost is for its own settings to say (`appendonly`, `appendfsync`).

A group is a set of the keys that belong to it, so that all of them are renewed at once.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from headroom.errors import StoreError
from headroom.state.backends import redis_counters, redis_scripts
from headroom.state.backends.redis_link import Link
from headroom.state.base import (
    CORRECTED_S,
    LEAST,
    MOST,
    NO_GROUPS,
    RESERVED_S,
    Health,
    Key,
    Reservation,
    Sizes,
)
from headroom.state.namespaces import CONVERSATION, DAY_S, NAMESPACES, Declared, Namespace

if TYPE_CHECKING:
    from redis.commands.core import AsyncScript

PREFIX = b"headroom:"
RENEW_AFTER_MS = 3_600_000
"""A life is renewed at most this often."""
SCANNED_AT_ONCE = 1_000
COUNTERS_LIMIT_BYTES = 1 << 30
"""The quota by which shares of counters are told: `maxmemory` takes none of them."""

Argument = bytes | str | int | float


class RedisStore:
    """A `Store` on a server that several proxies share."""

    def __init__(
        self,
        url: str,
        *,
        lifetime_s: float = 7 * DAY_S,
        namespaces: Mapping[str, Namespace] = NAMESPACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked of the server yet.  Raises SettingsError for an address that is none."""
        self._link = Link(url, clock=clock)
        self._client = self._link.client
        self._declared = Declared(lifetime_s, namespaces)
        self._most_counters = self._declared.most_entries(COUNTERS_LIMIT_BYTES)
        self._rooms = self._declared.rooms()
        script = self._client.register_script
        self._get = script(redis_scripts.GET)
        self._put = script(redis_scripts.PUT)
        self._drop = script(redis_scripts.DROP)
        self._take = script(redis_scripts.TAKE)
        self._charge = script(redis_scripts.CHARGE)
        self._add = script(redis_counters.ADD)
        self._reserve = script(redis_counters.RESERVE)
        self._raise_to = script(redis_counters.RAISE_TO)
        self._settle = script(redis_counters.SETTLE)
        self._charge_ended = script(redis_counters.CHARGE_ENDED)
        self._append = script(redis_scripts.APPEND)
        self._scan = script(redis_scripts.SCAN)

    async def open(self) -> None:
        """See whether it answers; one that does not says so in its health."""
        try:
            await self._link.ask(self._client.ping)
        except StoreError as error:
            self._link.problem = str(error)

    async def close(self) -> None:
        """Give up all connections."""
        await self._client.aclose()

    def health(self) -> Health:
        """How it was when it was last asked."""
        return Health(durable=True, problem=self._link.problem)

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life, or the group's."""
        if not keys:
            return {}
        rooms = self._rooms_of(keys)
        arguments: list[Argument] = [int(bool(group)), *self._conversation_lives(), len(rooms)]
        for namespace, _ in keys:
            joins = bool(group) and self._declared[namespace] == CONVERSATION
            arguments += [int(joins), *self._lives(namespace), rooms.get(namespace, 0)]
        names = [*([_group(group)] if group else []), *_room_keys(rooms), *map(_name, keys)]
        found = await self._link.ask(partial(self._get, keys=names, args=arguments))
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

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
        groups = self._declared.grouped(groups)
        places = dict.fromkeys(_group(groups[key]) for key in entries if key in groups)
        numbers = {name: number for number, name in enumerate(places, 1)}
        rooms = self._rooms_of(entries)
        arguments: list[Argument] = [len(places), *self._conversation_lives(), len(rooms)]
        for namespace in rooms:
            arguments += [self._rooms[namespace].entries, self._rooms[namespace].bytes]
        for key, value in entries.items():
            group = numbers[_group(groups[key])] if key in groups else 0
            arguments += [value, int(key[0] in if_absent), group, *self._lives(key[0])]
            arguments.append(rooms.get(key[0], 0))
        names = [*places, *_room_keys(rooms), *map(_name, entries)]
        standing = await self._link.ask(partial(self._put, keys=names, args=arguments))
        return dict(zip(entries, standing, strict=True))

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        for namespace in self._rooms_of(keys):
            names = [_name(key) for key in keys if key[0] == namespace]
            await self._dropped(namespace, names)
        names = [_name(key) for key in keys if key[0] not in self._rooms]
        if names:
            await self._link.ask(partial(self._client.unlink, *names))

    async def clear(self, namespace: str) -> None:
        """Forget all that stands in this namespace; walks over all keys of the server."""
        async for names in self._pages(self._declared.of_its_own(namespace), b""):
            if namespace in self._rooms:
                await self._dropped(namespace, names)
            else:
                await self._link.ask(partial(self._client.unlink, *names))

    async def list(self, namespace: str, prefix: bytes, *, limit: int) -> Mapping[bytes, bytes]:
        """The first *limit* entries whose names begin so, in the order of their names.

        Walks over all keys of the server; what comes or goes meanwhile may be among them.
        """
        first = len(_name((namespace, b"")))
        pages = [page async for page in self._pages(namespace, prefix)]
        names = sorted({name for page in pages for name in page})[:limit]
        values: Sequence[Any] = (
            await self._link.ask(partial(self._client.mget, names)) if names else []
        )
        pairs = zip(names, values, strict=True)
        return {name[first:]: value for name, value in pairs if value is not None}

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now; walks over all keys of the server."""
        entries = value_bytes = 0
        async for names in self._pages(namespace, b""):
            entries += len(names)
            value_bytes += sum(await self._link.ask(partial(self._lengths, names)))
        return Sizes(entries, value_bytes)

    async def take(self, bucket: str, amount: float, *, rate: float, burst: float) -> float:
        """Spend *amount* from *bucket* and return the seconds to wait, 0.0 if none.

        Time is the server's, which has no clock for this that nobody sets: set back, it
        neither fills a bucket nor locks it; set forward, it fills one as if it had been idle.
        """
        work = partial(self._take, keys=[_own("bucket", bucket)], args=[amount, rate, burst])
        # What is taken twice comes in again; a store that seems down limits nobody.
        return float(await self._link.ask(work))

    async def charge(self, bucket: str, amount: float, *, rate: float) -> None:
        """Spend *amount* from *bucket*, whatever it holds; below zero, give so much back."""
        work = partial(self._charge, keys=[_own("bucket", bucket)], args=[amount, rate])
        await self._link.ask(work)

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        """Add to counters, and return what they hold afterwards."""
        if not amounts:
            return {}
        names: list[bytes] = []
        arguments: list[Argument] = []
        for key, amount in amounts.items():
            names += self._totals(key[0])
            arguments += [key[1], _within_64_bits(amount), self._lifetime_ms(key[0])]
            arguments.append(self._most_counters.get(key[0], 0))
        work = partial(self._add, keys=names, args=arguments)
        held = await self._link.ask(work, once=any(amounts.values()))
        return {key: int(total) for key, total in zip(amounts, held, strict=True)}

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        """Set *amount* apart on each account, or on none: then those that are used up.

        Limits are told to the unit up to 2^53.
        """
        told = [_within_64_bits(limits[account]) for account in reservation.accounts]
        work = self._on_accounts(self._reserve, reservation, amount, limits=told)
        used_up = await self._link.ask(work)
        return [reservation.accounts[int(number) - 1] for number in used_up]

    async def raise_to(self, reservation: Reservation, amount: int) -> None:
        """Let this be what is set apart, if it is more."""
        await self._link.ask(self._on_accounts(self._raise_to, reservation, amount))

    async def settle(self, reservation: Reservation, actual: int, *, unsure: bool = False) -> None:
        """Charge what it came to instead of what was reserved; 0 gives it back."""
        work = self._on_accounts(self._settle, reservation, actual, unsure=unsure)
        await self._link.ask(work)

    async def charge_ended(self, process: str) -> None:
        """Charge all that a process had reserved when it ended; looks at all accounts."""
        names: list[bytes] = []
        arguments: list[Argument] = [f"{process}-"]
        for namespace in self._declared.table:
            names += [*self._totals(namespace), _own("apart", namespace)]
            names.append(_own("reserved", namespace))
            arguments.append(self._lifetime_ms(namespace))
        await self._link.ask(partial(self._charge_ended, keys=names, args=arguments))

    async def append(self, log: str, record: bytes) -> int:
        """Write a record, and return its number, one more than the last one's."""
        arguments: list[Argument] = [record, self._declared.most_records(log)]
        work = partial(self._append, keys=_log(log), args=arguments)
        return int(await self._link.ask(work, once=True))

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Sequence[tuple[int, bytes]]:
        """The first *limit* records after number *since*, in their order, with their numbers."""
        work = partial(self._scan, keys=_log(log), args=[since, limit])
        first, records = await self._link.ask(work)
        return tuple(enumerate(records, int(first)))

    async def _dropped(self, namespace: str, names: Sequence[bytes]) -> None:
        """Remove these from a namespace with a room of its own."""
        keys = [*_room_keys([namespace]), *names]
        await self._link.ask(partial(self._drop, keys=keys))

    def _rooms_of(self, keys: Iterable[Key]) -> Mapping[str, int]:
        """The namespaces of these that have a room of their own, numbered."""
        names = dict.fromkeys(namespace for namespace, _ in keys if namespace in self._rooms)
        return {name: number for number, name in enumerate(names, 1)}

    async def _pages(self, namespace: str, prefix: bytes) -> AsyncIterator[Sequence[bytes]]:
        """The keys of this namespace that begin so, some at a time."""
        self._declared.lifetime_s(namespace)  # Raises for one that nobody declared.
        cursor = 0
        pattern = _literally(_name((namespace, prefix))) + b"*"
        while True:
            work = partial(self._client.scan, cursor, match=pattern, count=SCANNED_AT_ONCE)
            found: Any = await self._link.ask(work)
            cursor = int(found[0])
            if found[1]:
                yield found[1]
            if not cursor:
                return

    async def _lengths(self, names: Sequence[bytes]) -> Sequence[int]:
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.strlen(name)
        return [int(length) for length in await pipeline.execute()]

    def _on_accounts(
        self,
        script: AsyncScript,
        reservation: Reservation,
        amount: int,
        *,
        limits: Sequence[int] = (),
        unsure: bool = False,
    ) -> Callable[[], Awaitable[Any]]:
        names: list[bytes] = [_own("settled", "", reservation.id.encode())]
        lasts = [round(RESERVED_S * 1000), round(CORRECTED_S * 1000)]
        arguments: list[Argument] = [*lasts, reservation.id, _within_64_bits(amount), int(unsure)]
        for number, (namespace, name) in enumerate(reservation.accounts):
            names += [*self._totals(namespace), _own("apart", namespace)]
            names.append(_own("reserved", namespace))
            arguments += [name, self._lifetime_ms(namespace)]
            arguments += [self._most_counters.get(namespace, 0), limits[number] if limits else 0]
        return partial(script, keys=names, args=arguments)

    def _totals(self, namespace: str) -> Sequence[bytes]:
        return _own("total", namespace), _own("changed", namespace)

    def _lifetime_ms(self, namespace: str) -> int:
        """0 for ever."""
        lifetime_s = self._declared.lifetime_s(namespace)
        return 0 if math.isinf(lifetime_s) else max(round(lifetime_s * 1000), 1)

    def _lives(self, namespace: str) -> Sequence[Argument]:
        return _lives(self._lifetime_ms(namespace))

    def _conversation_lives(self) -> Sequence[Argument]:
        return _lives(max(round(self._declared.conversation_s * 1000), 1))


def _lives(lifetime_ms: int) -> Sequence[Argument]:
    """The life left from which it is renewed, and the whole of it."""
    return max(lifetime_ms - RENEW_AFTER_MS, lifetime_ms // 2), lifetime_ms


def _name(key: Key) -> bytes:
    return PREFIX + key[0].encode() + b":" + key[1]


def _own(kind: str, name: str, part: bytes = b"") -> bytes:
    """The key of what is no entry; no namespace begins with `#`."""
    return PREFIX + f"#{kind}:{name}:".encode() + part


def _group(name: bytes) -> bytes:
    return _own("group", "", name)


def _room_keys(namespaces: Iterable[str]) -> Sequence[bytes]:
    """Where it stands when entries of these were read, and how large they are."""
    return [_own(kind, name) for name in namespaces for kind in ("read", "size")]


def _log(name: str) -> Sequence[bytes]:
    return _own("log", name), _own("last", name)


def _literally(text: bytes) -> bytes:
    """This text as a pattern that matches nothing else."""
    return re.sub(rb"([\\*?\[\]^-])", rb"\\\1", text)


def _within_64_bits(amount: int) -> int:
    return max(LEAST, min(amount, MOST))
