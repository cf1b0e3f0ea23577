"""The store inside one process: for the library, for tests, and where nothing may be kept."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from headroom.state.backends.memory_counters import Counters
from headroom.state.backends.memory_entries import Entries
from headroom.state.base import NO_GROUPS, Health, Key, Reservation, Sizes
from headroom.state.bucket import charged, full_at, refilled, spent
from headroom.state.namespaces import NAMESPACES, Declared, Namespace

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
MOST_BUCKETS = 100_000
"""Some 30 MB; those untouched for longest leave as if they were full."""


class MemoryStore:
    """A `Store` in dictionaries; beyond its size the conversations unseen for longest leave."""

    __slots__ = ("_buckets", "_clock", "_counters", "_declared", "_entries", "_logs", "_steady")

    def __init__(
        self,
        *,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        lifetime_s: float = float("inf"),
        namespaces: Mapping[str, Namespace] = NAMESPACES,
        clock: Callable[[], float] = time.monotonic,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._declared = Declared(lifetime_s, namespaces)
        self._entries = Entries(self._declared, limit_bytes=limit_bytes)
        self._counters = Counters(self._declared, limit_bytes=limit_bytes)
        # What each lacks, when it did, and when it is full again.
        self._buckets: dict[str, tuple[float, float, float]] = {}
        # The number of each log's last record, and its last records.
        self._logs: dict[str, tuple[int, deque[bytes]]] = {}
        self._clock = clock
        self._steady = steady

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life, or the group's."""
        return self._entries.read(keys, group=group, now=self._clock())

    async def put(
        self,
        entries: Mapping[Key, bytes],
        *,
        if_absent: frozenset[str] = frozenset(),
        groups: Mapping[Key, bytes] = NO_GROUPS,
    ) -> Mapping[Key, bytes]:
        """Write all of them, and return what stands there afterwards."""
        groups = self._declared.grouped(groups)
        return self._entries.write(entries, if_absent=if_absent, groups=groups, now=self._clock())

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        self._entries.drop(keys)

    async def clear(self, namespace: str) -> None:
        """Forget all that stands in this namespace, which is none of conversations."""
        self._entries.clear(self._declared.of_its_own(namespace))

    async def list(self, namespace: str, prefix: bytes, *, limit: int) -> Mapping[bytes, bytes]:
        """The first *limit* entries whose names begin so, in the order of their names."""
        return self._entries.listed(namespace, prefix, limit=limit, now=self._clock())

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        return self._entries.sizes(namespace, now=self._clock())

    async def take(self, bucket: str, amount: float, *, rate: float, burst: float) -> float:
        """Spend *amount* from *bucket* and return the seconds to wait, 0.0 if none."""
        now = self._steady()
        lacks, wait = spent(self._lacks(bucket, now, rate), amount, rate=rate, burst=burst)
        self._keep_bucket(bucket, lacks, now, rate)
        return wait

    async def charge(self, bucket: str, amount: float, *, rate: float) -> None:
        """Spend *amount* from *bucket*, whatever it holds; below zero, give so much back."""
        now = self._steady()
        self._keep_bucket(bucket, charged(self._lacks(bucket, now, rate), amount), now, rate)

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        """Add to counters, and return what they hold afterwards."""
        return self._counters.add(amounts, now=self._clock())

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        """Set *amount* apart on each account, or on none: then those that are used up."""
        now, steady = self._clock(), self._steady()
        return self._counters.reserve(reservation, limits, amount, now=now, steady=steady)

    async def raise_to(self, reservation: Reservation, amount: int) -> None:
        """Let this be what is set apart, if it is more."""
        self._counters.raise_to(reservation, amount, now=self._clock(), steady=self._steady())

    async def settle(self, reservation: Reservation, actual: int, *, unsure: bool = False) -> None:
        """Charge what it came to instead of what was reserved; 0 gives it back."""
        now, steady = self._clock(), self._steady()
        self._counters.settle(reservation, actual, unsure=unsure, now=now, steady=steady)

    async def charge_ended(self, process: str) -> None:
        """Charge all that a process had reserved when it ended, as it was reserved."""
        self._counters.charge_ended(process, now=self._clock(), steady=self._steady())

    async def append(self, log: str, record: bytes) -> int:
        """Write a record, and return its number, one more than the last one's."""
        most = self._declared.most_records(log)
        last, records = self._logs.get(log, (0, deque(maxlen=most)))
        records.append(record)
        self._logs[log] = last + 1, records
        return last + 1

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Sequence[tuple[int, bytes]]:
        """The first *limit* records after number *since*, in their order, with their numbers."""
        last, records = self._logs.get(log, (0, deque()))
        first = last - len(records) + 1
        begin = max(since + 1 - first, 0)
        return tuple(enumerate(islice(records, begin, begin + limit), first + begin))

    def health(self) -> Health:
        """Always well, and gone with its process."""
        return Health()

    def _lacks(self, bucket: str, now: float, rate: float) -> float:
        lacks, at, _ = self._buckets.pop(bucket, (0.0, now, now))
        return refilled(lacks, at=at, now=now, rate=rate)

    def _keep_bucket(self, bucket: str, lacks: float, now: float, rate: float) -> None:
        """Keep this one; of the others those longest untouched leave, if they are full again."""
        if lacks > 0:
            self._buckets[bucket] = (lacks, now, full_at(lacks, now=now, rate=rate))
        # Some are looked at each time, so each leaves in the end.
        for other in tuple(islice(self._buckets, 2)):
            if self._buckets[other][2] <= now or len(self._buckets) > MOST_BUCKETS:
                del self._buckets[other]
