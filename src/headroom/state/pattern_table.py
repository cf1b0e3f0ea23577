"""Which shapes are known, of one tenant or of all: a bounded table, the longest unseen leave.

Each shape has an entry that says what it is; the table itself is one entry with their
signatures and the day on which each was last seen.  Two processes that write it at once may lose
a line, which comes back on the next day on which the shape is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from headroom.hints import Shape
from headroom.state.base import Key, Store
from headroom.state.bounded import Bounded
from headroom.state.namespaces import DAY_S
from headroom.state.pattern import StoredShape
from headroom.state.pattern_counts import Site

PATTERNS = "pattern"
TABLES = "pattern_table"
EVERYONE = "all"
"""The scope in which all are counted; those of tenants are hexadecimal digits."""

MOST_OF_A_TENANT, MOST_OF_ALL = 256, 1_024
LEAVING_SHARE = 8
"""One in so many leaves at once, so that not each new one must make room."""
MOST_REMEMBERED = 4_096
LONGEST_TOOL = 256
"""Characters of a tool's name that are kept."""

_DAMAGE = (msgspec.DecodeError, msgspec.ValidationError)


class Table:
    """Reads and writes the shapes that are known.  Its verbs raise StoreError."""

    __slots__ = ("_clock", "_lock", "_seen", "_store")

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._seen: Bounded[Site, int] = Bounded(MOST_REMEMBERED)
        """The last day on which this process wrote that it was seen."""

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many shapes are remembered, twice, and how many may be."""
        return self._seen.filled

    async def see(self, scope: str, shapes: Sequence[Shape]) -> Mapping[str, bool]:
        """Take note that these were seen today; of those that have a place there, which are new.

        A table that is full of what was seen today takes nothing more until tomorrow.
        """
        today = int(self._clock() // DAY_S)
        known = {one.signature: self._seen.get(Site(scope, one.signature)) for one in shapes}
        due = [one for one in shapes if known[one.signature] != today]
        if not due:
            return dict.fromkeys(known, False)
        async with self._lock:
            table = await self.days(scope)
            free = _most_in(scope) - sum(day == today for day in table.values())
            new = [one for one in due if one.signature not in table]
            refused = {one.signature for one in new[max(free, 0) :]}
            due = [one for one in due if one.signature not in refused]
            grown = {**table, **dict.fromkeys((one.signature for one in due), today)}
            entries: dict[Key, bytes] = {_key(scope, one): self._packed(scope, one) for one in due}
            entries[TABLES, scope.encode()] = msgspec.msgpack.encode(_bounded(grown, scope))
            standing = await self._store.put(entries, if_absent=frozenset({PATTERNS}))
        for one in due:
            self._seen[Site(scope, one.signature)] = today
        # An entry that stood there before says when that was.
        keys = {one.signature: _key(scope, one) for one in due}
        written = {name for name, key in keys.items() if standing[key] == entries[key]}
        return {name: name in written for name in known if name not in refused}

    async def days(self, scope: str) -> Mapping[str, int]:
        """The signatures that are known there, and the day on which each was last seen."""
        key: Key = (TABLES, scope.encode())
        packed = (await self._store.get([key])).get(key, b"")
        try:
            return msgspec.msgpack.decode(packed, type=dict[str, int]) if packed else {}
        except _DAMAGE:
            return {}

    async def shapes(self, scope: str, signatures: Sequence[str]) -> Mapping[str, StoredShape]:
        """What is known of these."""
        keys: dict[str, Key] = {one: (PATTERNS, Site(scope, one).name) for one in signatures}
        found = await self._store.get(list(keys.values()))
        shapes: dict[str, StoredShape] = {}
        for signature, key in keys.items():
            if key in found:
                try:
                    shapes[signature] = msgspec.msgpack.decode(found[key], type=StoredShape)
                except _DAMAGE:
                    continue
        return shapes

    def _packed(self, scope: str, shape: Shape) -> bytes:
        named = scope != EVERYONE
        fields = tuple((name if named else "", kind) for name, kind in shape.fields)
        tool = shape.tool[:LONGEST_TOOL] if named else ""
        return msgspec.msgpack.encode(StoredShape(tool, shape.kind, fields, self._clock()))


def _key(scope: str, shape: Shape) -> Key:
    return PATTERNS, Site(scope, shape.signature).name


def _most_in(scope: str) -> int:
    return MOST_OF_ALL if scope == EVERYONE else MOST_OF_A_TENANT


def _bounded(table: Mapping[str, int], scope: str) -> Mapping[str, int]:
    """The table without those that were unseen for longest, where they are too many."""
    most = _most_in(scope)
    if len(table) <= most:
        return table
    # Among those of one day the ones that came last stay.
    oldest_first = sorted(table, key=lambda signature: table[signature])
    staying = oldest_first[-(most - most // LEAVING_SHARE) :]
    return {signature: table[signature] for signature in staying}
