"""Tables in plain text: lines that are rows, and the layout that ties lines and cells together.

Cells are as the text shows them, without what pads them; a layout gives the line back from
its cells, or it does not claim the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Protocol

Cells = tuple[str, ...]

FEWEST_ROWS = 3
MOST_COLUMNS = 400
MOST_LINES = 1_000_000
LARGEST_SHARE_OF_OTHERS = 0.2
FULLEST = 0.3
"""Of their width, how much rows at least fill on average: else they are no rows."""
LEFT_OUT = "[…"
"""Begins a line that stands for rows that were left out."""

NUMBER = re.compile(
    r"([-+]?)[$€£]?([0-9][0-9,]{0,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?) ?[%A-Za-z]{0,3}"
)
"""A number as tables show it, perhaps with a unit such as `%` or `Mi`."""


class Layout(Protocol):
    """How the cells of a row become its line."""

    @property
    def separator(self) -> str:
        """What stands between cells in a short form too; empty where that may be chosen."""
        ...

    def cells(self, line: str) -> Cells | None:
        """The cells of a row; None where the line is none, or would not come back the same."""
        ...

    def line(self, cells: Cells, *, is_head: bool) -> str:
        """The line of these cells."""
        ...

    def rule(self, place: int) -> str:
        """The line drawn above the heads (0), between rows (1), at the end (2); or empty."""
        ...

    def spec(self, rows: Sequence[Cells]) -> str:
        """In words, all that is needed beside the cells of all *rows* to make this layout."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One row, or a line of a table that is none (then without cells).

    A row takes more than one line where a cell holds line breaks.
    """

    cells: Cells | None
    height: int = 1

    @property
    def on_one_line(self) -> Cells | None:
        """The cells of a row that stands on one line."""
        return self.cells if self.height == 1 else None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in a text: its records as from line *first*, counted from 0.

    The first record with cells names the columns where *has_heads*.
    """

    first: int
    records: tuple[Record, ...]
    layout: Layout
    has_heads: bool = True

    @property
    def height(self) -> int:
        """How many lines the table takes."""
        return sum(record.height for record in self.records)

    @property
    def rows(self) -> list[Cells]:
        """The cells of all rows, those that name the columns first."""
        return [record.cells for record in self.records if record.cells is not None]


def is_number(cell: str) -> bool:
    """Whether a cell is a number, perhaps with a unit."""
    return NUMBER.fullmatch(cell) is not None


def is_drawn(line: str) -> bool:
    """Whether a line is only drawn: `---- ---`, `|---|---|`."""
    return ("--" in line or "==" in line) and not line.strip("-=+|: ")


def is_no_row(line: str) -> bool:
    """Whether a line inside a table is drawn, or stands for rows that were left out."""
    return line.startswith(LEFT_OUT) or is_drawn(line)


def block_from(lines: Sequence[str], first: int) -> list[str]:
    """The lines from *first* up to an empty one."""
    return list(takewhile(str.strip, islice(lines, first, None)))


def table(
    first: int,
    above: Sequence[Record],
    block: Sequence[str],
    rows: Sequence[Cells | None],
    layout: Layout,
) -> Grid | None:
    """The table of these *rows* of a *block*, if most of its lines are rows.

    What follows the last row and its rule is no longer of the table.
    """
    filled = [number for number, cells in enumerate(rows) if cells is not None]
    if len(filled) < FEWEST_ROWS:
        return None
    end = filled[-1] + 1
    others = sum(
        cells is None and not is_no_row(line)
        for cells, line in zip(rows[:end], block, strict=False)
    )
    if others > LARGEST_SHARE_OF_OTHERS * end:
        return None
    rule = layout.rule(2)
    if rule and block[end : end + 1] == [rule]:
        end += 1
    return Grid(first, (*above, *map(Record, rows[:end])), layout)
