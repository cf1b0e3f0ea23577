"""What this process has lately read from a store or written to it, and what it owes it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from headroom.state.base import Key

LIMIT_BYTES = 64 * 1024 * 1024
# A dictionary entry with a key tuple, two bytes objects and a time: about 300 bytes.
ENTRY_OVERHEAD_BYTES = 300

FRESH_S = 60 * 60.0
"""After so long an entry is asked for again, so that the store knows that it still lives."""

MOST_OWED = 50_000
PAID_AT_ONCE = 5_000


class Recent:
    """Entries that stand in the store, bounded; the least recently used ones leave.

    Owed entries could not be written.  They are the truth over what the store says, since
    they were sent, and leave only when they are paid.
    """

    __slots__ = ("_bytes", "_clock", "_entries", "_groups", "_owed")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: OrderedDict[Key, tuple[bytes, float]] = OrderedDict()
        self._owed: OrderedDict[Key, bytes] = OrderedDict()
        # The group of each that is owed.
        self._groups: dict[Key, bytes] = {}
        self._bytes = 0

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many entries, how many bytes they hold, and how many they may."""
        return len(self._entries), self._bytes, LIMIT_BYTES

    @property
    def owes(self) -> tuple[int, int, int]:
        """How many entries are owed, twice, and how many may be."""
        return len(self._owed), len(self._owed), MOST_OWED

    def fresh(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """What is here of these keys and need not be asked for."""
        since = self._clock() - FRESH_S
        entries = self._entries
        found = {}
        for key in keys:
            entry = entries.get(key)
            if entry is not None and entry[1] >= since:
                found[key] = entry[0]
                entries.move_to_end(key)
            elif key in self._owed:
                found[key] = self._owed[key]
        return found

    def any_age(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """What is here of these keys, for when the store cannot be asked."""
        entries, owed = self._entries, self._owed
        found = {}
        for key in keys:
            if key in owed:
                found[key] = owed[key]
            elif key in entries:
                found[key] = entries[key][0]
        return found

    def note(self, standing: Mapping[Key, bytes]) -> None:
        """Remember what the store has just told."""
        now = self._clock()
        for key, value in standing.items():
            self._forget(key)
            self._entries[key] = (value, now)
            self._bytes += _size(key, value)
        while self._bytes > LIMIT_BYTES:
            self._forget(next(iter(self._entries)))

    def owe(self, entries: Mapping[Key, bytes], *, group: bytes) -> None:
        """Remember what the store could not be told, and to which group it belongs."""
        for key, value in entries.items():
            self._owed[key] = value
            self._groups[key] = group
        while len(self._owed) > MOST_OWED:
            key, _ = self._owed.popitem(last=False)
            del self._groups[key]

    def owed(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """What of these is owed."""
        owed = self._owed
        return {key: owed[key] for key in keys if key in owed} if owed else {}

    def groups(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """The group of each of these that is owed."""
        return {key: self._groups[key] for key in keys if key in self._groups}

    def some_owed(self) -> dict[Key, bytes]:
        """As much of what is owed as goes into one transaction."""
        return dict(islice(self._owed.items(), PAID_AT_ONCE))

    def paid(self, entries: Mapping[Key, bytes]) -> None:
        """These have been written; what was owed anew in the meantime stays owed."""
        for key, value in entries.items():
            if self._owed.get(key) == value:
                del self._owed[key], self._groups[key]

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(key, entry[0])


def _size(key: Key, value: bytes) -> int:
    return len(key[1]) + len(value) + ENTRY_OVERHEAD_BYTES
