"""Long tables in plain text, cut down to the rows that tell something; the rest is named.

Heads stay, and what stands around the table.  The rows that stay are as they were, in their
order; lines say where others stood, and the sentence for the marker what they held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from headroom.compressors.base import Ask, Origin, Reduced, whole
from headroom.compressors.tables.column_ranges import ranges
from headroom.compressors.tables.grid import Cells, Grid
from headroom.compressors.tables.grid_finder import grids
from headroom.compressors.tables.telling_cells import judged
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
    kind = "tabular"
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
        room = ask.room_or(self.usual_tokens, per_token=CHARACTERS_PER_TOKEN)
        kept = set(range(len(units)))
        said: list[str] = []
        gone = 0
        for grid, size in zip(found, sizes, strict=True):
            share = room * size // sum(sizes)
            stay, left = _sample(grid, units, ask.words, share)
            kept -= set(range(grid.first, grid.first + grid.height)) - stay
            said.append(ranges(_heads(grid), left, _rows(grid)) if left else "")
            gone += len(left)
        reduced = without(units, kept)
        if len(reduced.before) > LARGEST_SHARE_KEPT * len(text):
            return whole(text)
        told = "; ".join(filter(None, said))
        rows = sum(len(_rows(grid)) for grid in found)
        return replace(reduced, gone=gone, of=rows, unit="rows", told=f" ({told})" if told else "")


def _grids(text: str, lines: Sequence[str], origin: Origin) -> list[Grid]:
    if _NAMED.search(origin.path) and _NUMBERED.match(lines[0]):
        # A file viewer numbers the lines of a CSV file.
        bare = [_NUMBERED.sub("", line, count=1) for line in lines]
        return grids("\n".join(bare), bare, origin)
    return grids(text, lines, origin)


def _rows(grid: Grid) -> list[Cells]:
    return grid.rows[grid.has_heads :]


def _heads(grid: Grid) -> Cells:
    first = grid.rows[0]
    if grid.has_heads:
        return first
    return tuple(f"column {number}" for number in range(1, len(first) + 1))


def _is_long(grid: Grid) -> bool:
    return len(_rows(grid)) >= FEWEST_ROWS


def _size(grid: Grid, lines: Sequence[str]) -> int:
    return sum(map(len, lines[grid.first : grid.first + grid.height])) + grid.height


def _units(text: str, lines: Sequence[str]) -> list[Unit]:
    """One unit for each line, however long, by the numbers that the text shows."""
    if _NUMBERED.match(lines[0]):
        units = units_of(text)
        if not any(unit.is_part for unit in units):
            return units
    whole = [Unit(f"{line}\n", number) for number, line in enumerate(lines, 1)]
    return whole if lines[-1] else whole[:-1]


def _sample(
    grid: Grid, units: Sequence[Unit], asked: frozenset[str], room: int
) -> tuple[set[int], list[Cells]]:
    """The lines of a table that stay, and the rows that leave."""
    rows = _rows(grid)
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
