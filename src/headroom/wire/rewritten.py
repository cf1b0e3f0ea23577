"""Messages that were rewritten before: the same message with the same edits is the same bytes."""

from __future__ import annotations

from collections import OrderedDict

from headroom.conversation import Path

Change = tuple[Path, str]
"""An edit inside a message: the way from the message to the string, and the new text."""


class Rewritten:
    """A bounded memory of rewritten messages; those unseen for longest leave.

    Keys are the bytes and the texts themselves, so that no two can be taken for one another.
    """

    __slots__ = ("_limit", "_messages", "_size")

    def __init__(self, *, limit_bytes: int = 32 * 1024 * 1024) -> None:
        self._messages: OrderedDict[tuple[bytes, tuple[Change, ...]], bytes] = OrderedDict()
        self._limit = limit_bytes
        self._size = 0

    def get(self, raw: bytes, changes: tuple[Change, ...]) -> bytes | None:
        """What *raw* became with these changes, if that was done before."""
        found = self._messages.get((raw, changes))
        if found is not None:
            self._messages.move_to_end((raw, changes))
        return found

    def put(self, raw: bytes, changes: tuple[Change, ...], message: bytes) -> None:
        """Keep what *raw* became with these changes."""
        if (raw, changes) in self._messages:  # one body can hold the same message twice
            return
        self._messages[raw, changes] = message
        self._size += len(raw) + 2 * len(message)
        while self._size > self._limit and self._messages:
            (old, _), new = self._messages.popitem(last=False)
            self._size -= len(old) + 2 * len(new)
