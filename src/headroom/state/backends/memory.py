"""The store inside one process: for the library, for tests, and where nothing may be kept."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from headroom.state.base import Health, Key, Sizes

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
# A Python dictionary entry with a key tuple and two bytes objects, measured at about 250 bytes.
ENTRY_OVERHEAD_BYTES = 250


class MemoryStore:
    """A `Store` in a dictionary; beyond its size the entries unseen for longest leave."""

    __slots__ = ("_bytes", "_clock", "_entries", "_lifetime_s", "_limit_bytes")

    def __init__(
        self,
        *,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        lifetime_s: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # In the order in which they were last seen.
        self._entries: OrderedDict[Key, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0
        self._limit_bytes = limit_bytes
        self._lifetime_s = lifetime_s
        self._clock = clock

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """What is there of these keys."""
        self._expire()
        return {key: value for key in keys if (value := self._seen(key)) is not None}

    async def put(
        self, entries: Mapping[Key, bytes], *, if_absent: frozenset[str] = frozenset()
    ) -> Mapping[Key, bytes]:
        """Write all of them, and return what stands there afterwards."""
        self._expire()
        standing: dict[Key, bytes] = {}
        for key, value in entries.items():
            present = self._seen(key) if key[0] in if_absent else None
            if present is None:
                self._forget(key)
                self._entries[key] = (value, self._clock())
                self._bytes += _size(key, value)
            standing[key] = value if present is None else present
        while self._bytes > self._limit_bytes and len(self._entries) > 1:
            self._forget(next(iter(self._entries)))
        return standing

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        for key in keys:
            self._forget(key)

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        self._expire()
        found = [len(value) for key, (value, _) in self._entries.items() if key[0] == namespace]
        return Sizes(len(found), sum(found))

    def health(self) -> Health:
        """Always well, and gone with its process."""
        return Health()

    def _seen(self, key: Key) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries[key] = (entry[0], self._clock())
        self._entries.move_to_end(key)
        return entry[0]

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry[0])

    def _expire(self) -> None:
        since = self._clock() - self._lifetime_s
        while self._entries:
            key, (_, seen) = next(iter(self._entries.items()))
            if seen >= since:
                return
            self._forget(key)


def _size(key: Key, value: bytes) -> int:
    return len(key[1]) + len(value) + ENTRY_OVERHEAD_BYTES
