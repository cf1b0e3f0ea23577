"""What stands in a row with commas between: the elements of a list, the members of an object.

A row knows which bytes to put where, so that after any insertions and removals there is one
comma between every two, and no other byte has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.errors import UnreadableBody
from headroom.wire.scan import Span

Splice = tuple[Span, bytes]
"""Other bytes in place of a span; an empty span is a place between two bytes."""


@dataclass(frozen=True, slots=True)
class Row:
    """Units in a row, and what is to happen to them; every index is of the units as they are.

    *start* is where the first would stand if there were none.  At an index first come the
    *inserted* bytes, each one or several units, then the *breaks*: bytes that stand between
    two units without commas, because one list ends there and another begins.
    """

    start: int
    units: Sequence[Span]
    inserted: Mapping[int, Sequence[bytes]] = field(default_factory=dict)
    removed: frozenset[int] = frozenset()
    breaks: Mapping[int, bytes] = field(default_factory=dict)

    def splices(self) -> list[Splice]:
        """All of it as splices.  Raises UnreadableBody when a break has no unit on one side."""
        return [self._splice(first, last) for first, last in self._gaps()]

    def _gaps(self) -> Iterator[Span]:
        """Runs of indices that all fall between the same two units that stay."""
        touched = {*self.inserted, *self.breaks, *self.removed}
        indices = sorted(touched.union(index + 1 for index in self.removed))
        begin = 0
        for at, index in enumerate(indices):
            if index not in self.removed:
                yield indices[begin], index
                begin = at + 1

    def _splice(self, first: int, last: int) -> Splice:
        if any(index in self.breaks for index in range(first, last + 1)):
            return self._broken(first, last)
        new = [each for index in range(first, last + 1) for each in self.inserted.get(index, ())]
        if last < len(self.units):
            return (self.units[first][0], self.units[last][0]), _each_before_another(new)
        if first > 0:
            return (self.units[first - 1][1], self.units[-1][1]), _each_after_another(new)
        return self._all(), b",".join(new)

    def _all(self) -> Span:
        return (self.units[0][0], self.units[-1][1]) if self.units else (self.start, self.start)

    def _broken(self, first: int, last: int) -> Splice:
        """A gap with breaks in it: nothing of what stood there stays, spaces neither."""
        stays_before, stays_after = first > 0, last < len(self.units)
        parts: list[list[bytes]] = [[]]
        breaks = []
        for index in range(first, last + 1):
            parts[-1].extend(self.inserted.get(index, ()))
            if index in self.breaks:
                breaks.append(self.breaks[index])
                parts.append([])
        before, *between, after = parts
        if not (before or stays_before) or not (after or stays_after) or not all(between):
            raise UnreadableBody("a list would be split so that one part of it is empty")
        start, end = self._all()
        start = self.units[first - 1][1] if stays_before else start
        end = self.units[last][0] if stays_after else end
        texts = [
            _each_after_another(before) if stays_before else b",".join(before),
            *map(b",".join, between),
            _each_before_another(after) if stays_after else b",".join(after),
        ]
        joints = [*breaks, b""]
        return (start, end), b"".join(
            each for pair in zip(texts, joints, strict=True) for each in pair
        )


def _each_before_another(units: Sequence[bytes]) -> bytes:
    return b"".join(unit + b"," for unit in units)


def _each_after_another(units: Sequence[bytes]) -> bytes:
    return b"".join(b"," + unit for unit in units)
