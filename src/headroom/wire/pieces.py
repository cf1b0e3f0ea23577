"""A large body with other bytes in some places, given out piece by piece and never built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headroom.wire.row import Splice
from headroom.wire.scan import Text

PIECE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Pieces:
    """The *body* with its *splices*, which come in their order and do not touch one another."""

    body: Text
    splices: Sequence[Splice] = ()

    @property
    def size(self) -> int:
        """How many bytes it has with them."""
        return len(self.body) + sum(len(new) - (end - start) for (start, end), new in self.splices)

    def __iter__(self) -> Iterator[bytes]:
        """All of it, in pieces of some size."""
        at = 0
        for (start, end), new in self.splices:
            yield from _cut(self.body, at, start)
            yield from _cut(new, 0, len(new))
            at = end
        yield from _cut(self.body, at, len(self.body))


def _cut(text: Text, start: int, end: int) -> Iterator[bytes]:
    with memoryview(text) as view:
        for at in range(start, end, PIECE_BYTES):
            yield bytes(view[at : min(at + PIECE_BYTES, end)])
