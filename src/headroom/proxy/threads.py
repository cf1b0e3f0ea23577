"""What the conversation of a WebSocket was up to its last answer, while its provider holds that.

Codex sends over a WebSocket only what is new, behind the id of the answer that it follows.  The
provider keeps the latest one of each connection; so do we, with the bytes that the client sent and
those that it was answered with.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MOST_BYTES = 64 * 1024 * 1024
"""Of all WebSockets of a process; those that have not spoken for longest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation: the id of its last answer, and every item up to and with that."""

    answer_id: str
    items: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return sum(map(len, self.items))


class Threads:
    """The latest thread of each WebSocket, by a name of the WebSocket's."""

    __slots__ = ("_limit", "_size", "_threads")

    def __init__(self, limit_bytes: int = MOST_BYTES) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._threads: OrderedDict[str, Thread] = OrderedDict()

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many there are, how many bytes they hold, and how many they may."""
        return len(self._threads), self._size, self._limit

    def find(self, socket: str, answer_id: str) -> Thread | None:
        """The thread that goes on from this answer, where it is the latest of its WebSocket."""
        thread = self._threads.get(socket)
        if thread is None or not answer_id or thread.answer_id != answer_id:
            return None
        self._threads.move_to_end(socket)
        return thread

    def keep(self, socket: str, thread: Thread) -> None:
        """This is the latest now."""
        self.drop(socket)
        self._threads[socket] = thread
        self._size += thread.size
        while self._size > self._limit:
            _, oldest = self._threads.popitem(last=False)
            self._size -= oldest.size

    def drop(self, socket: str) -> None:
        """The WebSocket has ended, or what it says goes on from nothing that is known."""
        thread = self._threads.pop(socket, None)
        if thread is not None:
            self._size -= thread.size
