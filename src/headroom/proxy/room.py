"""How many bytes of large bodies a process holds at once; who finds no room does without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Room:
    """Room for *size* bytes in all."""

    __slots__ = ("_size", "_taken")

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many bytes are taken, twice, and how many may be."""
        return self._taken, self._taken, self._size

    @contextmanager
    def taken(self, size: int) -> Iterator[bool]:
        """Take so many bytes while this goes on; whether there was room for them."""
        has_room = self._taken + size <= self._size
        taken = size if has_room else 0
        self._taken += taken
        try:
            yield has_room
        finally:
            self._taken -= taken
