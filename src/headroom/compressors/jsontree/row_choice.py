"""Which rows stay where there is room for some, and how much room each of the parts gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headroom.compressors.jsontree.sizes import NOTE
from headroom.compressors.jsontree.telling_rows import KEPT, MUST, URGENT
from headroom.compressors.units import gaps


@dataclass(frozen=True, slots=True)
class Room:
    """Characters for rows: the *usual*, and more for those that must stay, and urgent ones."""

    usual: int
    must: int
    urgent: int

    @property
    def is_strict(self) -> bool:
        """Whether only urgent rows may stay beyond the usual: so it is deep inside."""
        return self.must == self.usual

    def of(self, worth: float) -> int:
        """The characters for rows of which the last has this worth."""
        if worth >= URGENT:
            return self.urgent
        return self.must if worth >= MUST else self.usual


def stay(costs: Sequence[int], worth: Sequence[float], room: Room) -> list[int]:
    """The numbers of the rows that stay, in their order: those that are worth most.

    The first and the last stay in any case, what is KEPT, and gaps that are smaller than their
    note.
    """
    kept = {0, len(costs) - 1, *(row for row, value in enumerate(worth) if value >= KEPT)}
    spent = sum(costs[row] for row in kept)
    for row in sorted(range(1, len(costs) - 1), key=lambda row: (-worth[row], row)):
        if worth[row] <= 0:
            break
        if row in kept:
            continue
        cost = costs[row]
        if row - 1 not in kept and row + 1 not in kept:
            cost += NOTE
        if spent + cost <= room.of(worth[row]):
            kept.add(row)
            spent += cost
    for first, last in gaps(len(costs), kept):
        if sum(costs[first : last + 1]) < NOTE:
            kept.update(range(first, last + 1))
    return sorted(kept)


def fair_share(sizes: Collection[int], room: int) -> int:
    """How much each part gets, so that all have *room*: what is smaller leaves more for others."""
    left = room
    waiting = len(sizes)
    for size in sorted(sizes):
        if size * waiting > left:
            return max(left // waiting, 0)
        left -= size
        waiting -= 1
    return room
