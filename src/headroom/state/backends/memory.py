"""The store inside one process: for the library, for tests, and where nothing may be kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from headroom.state.base import Key

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
# A Python dictionary entry with a key tuple and two bytes objects, measured at about 250 bytes.
ENTRY_OVERHEAD_BYTES = 250


class MemoryStore:
    """A `Store` in a dictionary; beyond its size the entries unseen for longest leave."""

    __slots__ = ("_bytes", "_entries", "_limit_bytes")

    def __init__(self, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._entries: OrderedDict[Key, bytes] = OrderedDict()
        self._bytes = 0
        self._limit_bytes = limit_bytes

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """What is there of these keys."""
        found: dict[Key, bytes] = {}
        entries = self._entries
        for key in keys:
            value = entries.get(key)
            if value is not None:
                found[key] = value
                entries.move_to_end(key)
        return found

    async def put(
        self, entries: Mapping[Key, bytes], *, if_absent: frozenset[str] = frozenset()
    ) -> Mapping[Key, bytes]:
        """Write all of them, and return what stands there afterwards."""
        standing: dict[Key, bytes] = {}
        for key, value in entries.items():
            present = self._entries.get(key)
            if present is not None and key[0] in if_absent:
                standing[key] = present
                continue
            self._write(key, value, present)
            standing[key] = value
        self._evict()
        return standing

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        for key in keys:
            value = self._entries.pop(key, None)
            if value is not None:
                self._bytes -= _size(key, value)

    def _write(self, key: Key, value: bytes, present: bytes | None) -> None:
        if present is not None:
            self._bytes -= _size(key, present)
        self._entries[key] = value
        self._entries.move_to_end(key)
        self._bytes += _size(key, value)

    def _evict(self) -> None:
        while self._bytes > self._limit_bytes and len(self._entries) > 1:
            key, value = self._entries.popitem(last=False)
            self._bytes -= _size(key, value)


def _size(key: Key, value: bytes) -> int:
    return len(key[1]) + len(value) + ENTRY_OVERHEAD_BYTES
