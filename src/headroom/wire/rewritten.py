"""Messages that were rewritten before: the same message with the same edits is the same bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from headroom.conversation import Change, Edit, Insert, Put, Remove, Replace, Split

InnerChange = tuple[Hashable, ...]
"""A change inside a message: the way there from the message, and what is done."""


class Rewritten:
    """A bounded memory of rewritten messages; those unseen for longest leave.

    Keys are the bytes and the texts themselves, so that no two can be taken for one another.
    """

    __slots__ = ("_limit", "_messages", "_size")

    def __init__(self, *, limit_bytes: int = 32 * 1024 * 1024) -> None:
        self._messages: OrderedDict[tuple[bytes, tuple[InnerChange, ...]], bytes] = OrderedDict()
        self._limit = limit_bytes
        self._size = 0

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many messages, how many bytes they hold, and how many they may."""
        return len(self._messages), self._size, self._limit

    def get(self, raw: bytes, changes: tuple[InnerChange, ...]) -> bytes | None:
        """What *raw* became with these changes, if that was done before."""
        found = self._messages.get((raw, changes))
        if found is not None:
            self._messages.move_to_end((raw, changes))
        return found

    def put(self, raw: bytes, changes: tuple[InnerChange, ...], message: bytes) -> None:
        """Keep what *raw* became with these changes."""
        if (raw, changes) in self._messages:  # one body can hold the same message twice
            return
        self._messages[raw, changes] = message
        self._size += len(raw) + 2 * len(message)
        while self._size > self._limit and self._messages:
            (old, _), new = self._messages.popitem(last=False)
            self._size -= len(old) + 2 * len(new)


def inner(change: Change, depth: int) -> InnerChange:
    """*change* as seen from the message that its path leads through after *depth* steps."""
    way = change.path[depth:]
    match change:
        case Edit(text=text):
            return way, text
        case Replace(json=json):
            return way, json
        case Remove():
            return (way,)
        case Put(name=name, json=json):
            return way, Put, name, json
        case Insert(index=index, json=json):
            return way, Insert, index, json
        case Split(index=index, json=json, first=first):
            return way, Split, index, json, first
