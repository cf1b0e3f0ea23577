"""Long tables in plain text, cut down to the rows that tell something; the rest is named.

Heads stay, and what stands around the table.  The rows that stay are as they were, in their
order; lines say where others stood, and the sentence for the marker what they held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.column_ranges import ranges
from headroom.compressors.grid import Cells, Grid
from headroom.compressors.grid_finder import grids
from headroom.compressors.telling_cells import judged
from headroom.compressors.units import Unit, chosen, units_of, without

FEWEST_ROWS = 20
LARGEST_SHARE_KEPT = 0.6
SMALLEST_SHARE_OF_TEXT = 0.5
CHARACTERS_PER_TOKEN = 3
"""Tables are full of numbers and marks."""
MOST_OTHER_LINES = 10

_NAMED = re.compile(r"\.(?:csv|tsv|tab|psv)$", re.IGNORECASE)
_NUMBERED = re.compile(r" {0,12}[0-9]{1,8}[\t→]")


class TableSample:
    """CSV and its relatives, SQL clients, Markdown tables, aligned columns of commands."""

    name = "table_sample"
    strategy = "table_sample"
    tools = frozenset(
        {"sql", "query", "database", "db", "postgres", "mysql", "sqlite", "csv", "sheet", "table"}
        | {"kubectl", "k8s", "docker"}
    )

    usual_tokens = 1_000
    # The recorded sessions hold no long tables: a guess, on the safe side, as for JSON tables.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the rows that tell something, or None when no table is long enough."""
        lines = text.split("\n")
        found = [grid for grid in _grids(text, lines, ask.origin) if _is_long(grid)]
        sizes = [_size(grid, lines) for grid in found]
        if not found or sum(sizes) < SMALLEST_SHARE_OF_TEXT * len(text):
            return None
        units = _units(text, lines)
        room = ask.room or self.usual_tokens * CHARACTERS_PER_TOKEN
        kept = set(range(len(units)))
        left: list[tuple[Cells, list[Cells]]] = []
        for grid, size in zip(found, sizes, strict=True):
            share = room * size // sum(sizes)
            stay, gone = _sample(grid, units, ask.words, share)
            kept -= set(range(grid.first, grid.first + grid.height)) - stay
            left.append((grid.rows[0] if grid.has_heads else (), gone))
        rows = sum(_rows(grid) for grid in found)
        reduced = without(units, kept)
        if len(reduced.before) > LARGEST_SHARE_KEPT * len(text):
            return None
        gone = sum(len(one) for _, one in left)
        return replace(reduced, gone=gone, of=rows, unit="rows", told=_told(left))


def _grids(text: str, lines: Sequence[str], origin: Origin) -> list[Grid]:
    if _NAMED.search(origin.path) and _NUMBERED.match(lines[0]):
        # A file viewer numbers the lines of a CSV file.
        bare = [_NUMBERED.sub("", line, count=1) for line in lines]
        return grids("\n".join(bare), bare, origin)
    return grids(text, lines, origin)


def _rows(grid: Grid) -> int:
    return len(grid.rows) - grid.has_heads


def _is_long(grid: Grid) -> bool:
    return _rows(grid) >= FEWEST_ROWS


def _size(grid: Grid, lines: Sequence[str]) -> int:
    return sum(map(len, lines[grid.first : grid.first + grid.height])) + grid.height


def _units(text: str, lines: Sequence[str]) -> list[Unit]:
    """One unit for each line, however long, by the numbers that the text shows."""
    units = units_of(text)
    if any(unit.is_part for unit in units):
        units = [Unit(f"{line}\n", number) for number, line in enumerate(lines, 1)]
    return units


def _sample(
    grid: Grid, units: Sequence[Unit], asked: frozenset[str], room: int
) -> tuple[set[int], list[Cells]]:
    """The lines of a table that stay, and the rows that leave."""
    rows = grid.rows[grid.has_heads :]
    verdict = judged(rows, asked)
    places = list(_places(grid))
    joined = [
        Unit("".join(unit.text for unit in units[first : first + height]), first)
        for first, height in places
    ]
    stay = chosen(joined, verdict.must, verdict.worth, room)
    lines = set(_other_lines(grid))
    for at in stay:
        first, height = places[at]
        lines.update(range(first, first + height))
    return lines, [row for at, row in enumerate(rows) if at not in stay]


def _places(grid: Grid) -> Iterator[tuple[int, int]]:
    """Where each row begins, the heads left out, and how many lines it takes."""
    line = grid.first
    is_head = grid.has_heads
    for record in grid.records:
        if record.cells is not None:
            if not is_head:
                yield line, record.height
            is_head = False
        line += record.height


def _other_lines(grid: Grid) -> Iterator[int]:
    """The heads, drawn lines, and the first of those that are no rows."""
    line = grid.first
    is_head = grid.has_heads
    left = MOST_OTHER_LINES
    for record in grid.records:
        if record.cells is None and left > 0:
            left -= 1
            yield from range(line, line + record.height)
        elif record.cells is not None and is_head:
            is_head = False
            yield line
        line += record.height


def _told(left: Sequence[tuple[Cells, list[Cells]]]) -> str:
    said = [ranges(heads or _column_names(rows), rows) for heads, rows in left if rows]
    told = "; ".join(one for one in said if one)
    return f" ({told})" if told else ""


def _column_names(rows: Sequence[Cells]) -> Cells:
    return tuple(f"column {number}" for number in range(1, len(rows[0]) + 1))
