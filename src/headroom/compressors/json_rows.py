"""The rows of one table of a document: which stay, how much room each gets, what the gaps held.

A table is an array of many elements, or an object of many members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_needs import Needs
from headroom.compressors.json_sizes import SHORTEST_TEXT, Sizes
from headroom.compressors.json_text import Array, Node, Object
from headroom.compressors.row_choice import Room, fair_share, stay
from headroom.compressors.row_columns import Column, columns_of
from headroom.compressors.row_told import told_of
from headroom.compressors.telling_rows import FILLING_ROWS, Telling
from headroom.compressors.units import gaps

ROWS_AT_LEAST = 3
"""So many rows have room: where they are larger, each loses fields."""
WIDE, LEAST_WIDE = 12, 40
"""Fields from which a row loses fields before others leave, and the characters that it has then."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table, and which of them stay."""

    of: int
    kept: Sequence[int]
    rooms: dict[int, int]
    """For each row that stays, the characters that it may take."""
    size: int
    """The characters of the rows that stay, cut down."""
    columns: Sequence[Column]

    @property
    def gone(self) -> int:
        """How many leave."""
        return self.of - len(self.kept)

    @property
    def are_scalars(self) -> bool:
        """Whether they have no fields."""
        return len(self.columns) == 1 and not self.columns[0].name

    def gaps(self) -> list[tuple[int, int]]:
        """First and last of each run of rows that leave, counted from 0."""
        return gaps(self.of, frozenset(self.kept))

    def told(self, wanted: frozenset[str]) -> str:
        """What the rows that leave held."""
        kept = frozenset(self.kept)
        return told_of(self.columns, frozenset(range(self.of)) - kept, wanted)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice among rows goes by."""

    sizes: Sizes
    marks: Marks
    needs: Needs
    wanted: frozenset[str]

    def rows(self, items: Sequence[Node], names: Sequence[str], room: Room) -> Rows:
        """The choice among *items*, which have *names* if they are members."""
        # In a few rows deep inside next to nothing stands out; all the more such tables there are.
        few_inside = room.is_strict and len(items) <= FILLING_ROWS
        columns = [] if few_inside else columns_of(items)
        telling = Telling(items, columns, self.marks, self.wanted, names)
        most = _most_of_a_row(items, room.usual)
        costs = [
            (self.needs.of(item) if row in telling.asked else min(self.sizes.least(item), most))
            + (len(names[row]) if names else 0)
            for row, item in enumerate(items)
        ]
        kept = stay(costs, telling.worth, room)
        size = sum(costs[row] for row in kept)
        more = [max(self.sizes.of(items[row]) - costs[row], 0) for row in kept]
        share = fair_share(more, max(room.usual - size, 0))
        return Rows(
            of=len(items),
            kept=kept,
            rooms={row: costs[row] + share for row in kept},
            size=size,
            columns=columns,
        )


def _most_of_a_row(items: Sequence[Node], room: int) -> int:
    """The characters of a row, cut down, from which it loses fields rather than others leave."""
    records = [item for item in items if isinstance(item, Object)]
    fields = sum(len(record.keys) for record in records)
    if len(items) <= FILLING_ROWS and fields > WIDE * len(records):
        return max(int(0.8 * room) // len(items), LEAST_WIDE)
    return max(room // ROWS_AT_LEAST, SHORTEST_TEXT)


def unit_of(items: Sequence[Node]) -> str:
    """What the elements of an array are called."""
    if all(isinstance(item, Object) for item in items):
        return "rows"
    return "lists" if all(isinstance(item, Array) for item in items) else "items"


def place(unit: str, first: int, last: int) -> str:
    """`rows 12-52`, `row 12`; counted from 0 here and from 1 there."""
    if first == last:
        return f"{unit.removesuffix('s')} {first + 1}"
    return f"{unit} {first + 1}-{last + 1}"
