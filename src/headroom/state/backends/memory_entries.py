"""Entries inside one process: bytes under a namespace and a name, and who holds them there.

A holder is a group or an entry by itself.  What nobody holds any more is gone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.state.base import Key, Sizes
from headroom.state.namespaces import CONVERSATION, Declared

# A Python dictionary entry with a key tuple, two bytes objects and its holders, about.
ENTRY_OVERHEAD_BYTES = 250

Holder = Key | bytes


@dataclass(slots=True)
class Held:
    """When a holder was last seen, and what it holds."""

    seen: float
    keys: set[Key] = field(default_factory=set)


Shelf = OrderedDict[Holder, Held]
"""Holders, in the order in which they were last seen."""


@dataclass(slots=True)
class Entry:
    """A value and its holders."""

    value: bytes
    holders: set[Holder] = field(default_factory=set)


class Entries:
    """Bounded; beyond its size the holders unseen for longest leave, with what they alone hold."""

    __slots__ = ("_bytes", "_declared", "_entries", "_limit_bytes", "_rooms", "_shelves", "_sizes")

    def __init__(self, declared: Declared, *, limit_bytes: int) -> None:
        self._declared = declared
        self._limit_bytes = limit_bytes
        self._entries: dict[Key, Entry] = {}
        # Those of conversations stand on one shelf, each other namespace has its own.
        self._shelves: dict[str, Shelf] = {}
        self._bytes = 0
        self._rooms = declared.rooms(limit_bytes)
        # Bytes of values, of those that have a room of their own.
        self._sizes = dict.fromkeys(self._rooms, 0)

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, keys: Sequence[Key], *, group: bytes, now: float) -> dict[Key, bytes]:
        """What is there of these keys, seen now, or its *group*."""
        self._expire(now)
        found = {key: entry.value for key in keys if (entry := self._entries.get(key)) is not None}
        conversations = self._shelf_of_conversations
        if found and group in conversations:
            self._see(conversations, group, now)
        for key in found:
            if not group or self._declared[key[0]] != CONVERSATION:
                self._hold(self._shelf(key[0]), key, key, now)
            elif self._entries[key].holders == {key}:
                self._hold(conversations, group, key, now)
        return found

    def write(
        self,
        entries: Mapping[Key, bytes],
        *,
        if_absent: frozenset[str],
        groups: Mapping[Key, bytes],
        now: float,
    ) -> dict[Key, bytes]:
        """Write all of them; what stands there afterwards."""
        self._expire(now)
        shelves = {key: self._shelf(key[0]) for key in entries}
        standing: dict[Key, bytes] = {}
        for key, value in entries.items():
            present = self._entries.get(key)
            if present is None or key[0] not in if_absent:
                self._set(key, value)
            standing[key] = self._entries[key].value
            self._hold(shelves[key], groups.get(key, key), key, now)
        self._make_room()
        return standing

    def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        for key in keys:
            entry = self._entries.get(key)
            for holder in tuple(entry.holders) if entry else ():
                self._let_go(holder, key)

    def clear(self, namespace: str) -> None:
        """Forget all that stands there."""
        self.drop([key for key in self._entries if key[0] == namespace])

    def listed(
        self, namespace: str, prefix: bytes, *, limit: int, now: float
    ) -> dict[bytes, bytes]:
        """The first entries whose names begin so."""
        names = (name for name, _ in self._of(namespace, now) if name.startswith(prefix))
        return {name: self._entries[namespace, name].value for name in sorted(names)[:limit]}

    def sizes(self, namespace: str, *, now: float) -> Sizes:
        """What stands in this namespace."""
        lengths = [len(value) for _, value in self._of(namespace, now)]
        return Sizes(len(lengths), sum(lengths))

    def _of(self, namespace: str, now: float) -> Iterator[tuple[bytes, bytes]]:
        self._shelf(namespace)
        self._expire(now)
        return ((key[1], one.value) for key, one in self._entries.items() if key[0] == namespace)

    def _shelf(self, namespace: str) -> Shelf:
        if self._declared[namespace] == CONVERSATION:
            return self._shelf_of_conversations
        return self._shelves.setdefault(namespace, OrderedDict())

    @property
    def _shelf_of_conversations(self) -> Shelf:
        return self._shelves.setdefault("", OrderedDict())

    def _set(self, key: Key, value: bytes) -> None:
        entry = self._entries.setdefault(key, Entry(b""))
        self._grow(key[0], len(value) - len(entry.value))
        if not entry.holders:
            self._bytes += len(key[1]) + ENTRY_OVERHEAD_BYTES
        entry.value = value

    def _hold(self, shelf: Shelf, holder: Holder, key: Key, now: float) -> None:
        """This holder was seen now, and holds this key."""
        shelf.setdefault(holder, Held(now)).keys.add(key)
        self._entries[key].holders.add(holder)
        self._see(shelf, holder, now)

    def _see(self, shelf: Shelf, holder: Holder, now: float) -> None:
        shelf[holder].seen = max(shelf[holder].seen, now)
        shelf.move_to_end(holder)

    def _let_go(self, holder: Holder, key: Key) -> None:
        entry = self._entries[key]
        entry.holders.discard(holder)
        shelf = self._shelf(key[0])
        shelf[holder].keys.discard(key)
        if not shelf[holder].keys:
            del shelf[holder]
        if not entry.holders:
            self._grow(key[0], -len(entry.value))
            self._bytes -= len(key[1]) + ENTRY_OVERHEAD_BYTES
            del self._entries[key]

    def _grow(self, namespace: str, amount: int) -> None:
        self._bytes += amount
        if namespace in self._sizes:
            self._sizes[namespace] += amount

    def _expire(self, now: float) -> None:
        since = self._declared.since(now)
        for name, shelf in self._shelves.items():
            oldest = since[name] if name else now - self._declared.conversation_s
            while shelf and next(iter(shelf.values())).seen < oldest:
                self._leave(shelf)

    def _make_room(self) -> None:
        conversations = self._shelf_of_conversations
        # What was seen last stays, whatever its size: it is being used.
        while self._bytes > self._limit_bytes and len(conversations) > 1:
            self._leave(conversations)
        for name, most in self._declared.most_entries(self._limit_bytes).items():
            shelf = self._shelves.get(name, OrderedDict())
            while len(shelf) > most:
                self._leave(shelf)
        for name, room in self._rooms.items():
            shelf = self._shelves.get(name, OrderedDict())
            while len(shelf) > room.entries or self._sizes[name] > room.bytes:
                self._leave(shelf)

    def _leave(self, shelf: Shelf) -> None:
        """Who was unseen for longest lets go of all it holds."""
        holder, held = next(iter(shelf.items()))
        for key in tuple(held.keys):
            self._let_go(holder, key)
