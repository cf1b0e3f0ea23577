"""Tables whose columns are only aligned: kubectl, docker, ps, df, pip list, data frames.

    NAME      READY   AGE        columns begin at a place, or end at one where they are
    web-6d4     1/1    5d        set to the right

Blanks pad them, and part them where cells are wide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from headroom.compressors.tables.grid import (
    FULLEST,
    Cells,
    Grid,
    Record,
    block_from,
    is_no_row,
    table,
)

FEWEST_COLUMNS = 3
FEWEST_RULED_COLUMNS = 2
FEWEST_ROWS = 4
LONGEST_HEADS = 600
SHARE_OF_ROWS = 0.9
SHARE_OF_NUMBERS = 0.8
ROWS_PER_ODD_ONE = 8
"""From so many rows on, one may be out of line: a footer, or a cell that is too wide."""
USUAL_GAPS = (1, 2, 3)

_HEADS = re.compile(r" {0,40}(?:[0-9]{0,4}[A-Za-z%#(][\w%#/()+-]{0,40}[.:]?(?: {1,400}|$)){2,60}")
_UPPER = re.compile(r"[^a-z]+")
_GROUPS = re.compile(
    r" {0,40}(?:-{1,400}(?: {1,20}-{1,400}){1,60}|={1,400}(?: {1,20}={1,400}){1,60}) {0,40}"
)
_WORD = re.compile(r"\S+")
_SPEC = re.compile(
    r"columns (?:([0-9]{1,3}) apart|at ([0-9]{1,4}>?(?: [0-9]{1,4}>?){0,99}))"
    r"(?:, lines ([0-9]{1,4}) long)?(, with blanks at the end)?"
)


class Columns:
    """Cells that begin, or end, at the place of their column."""

    separator = ""

    def __init__(
        self,
        places: Sequence[tuple[int, bool]],
        *,
        reach: Sequence[slice] = (),
        length: int = 0,
        ends_in_blanks: bool = False,
        rule: str = "",
    ) -> None:
        """Each of *places* says where a column begins; or ends, where its second half is true.

        *reach* is where to look for the cells of a line; only what is read needs it.
        """
        self._places = tuple(places)
        self._reach = tuple(reach)
        self._joints = tuple(slice(part.start - 1, part.start + 1) for part in self._reach[1:])
        self._length = length
        self._ends_in_blanks = ends_in_blanks
        self._rule = rule

    def drawn_for(self, rows: Sequence[Cells]) -> Columns:
        """The same layout, with the rule that is drawn below heads when these are the rows."""
        return Columns(
            self._places,
            reach=self._reach,
            length=self._length,
            ends_in_blanks=self._ends_in_blanks,
            rule=_usual_rule(rows, self._gap(rows)),
        )

    def cells(self, line: str) -> Cells | None:
        """The cells of a row, stripped; none where two of them run into one another."""
        for joint in self._joints:
            around = line[joint]
            if " " not in around and len(around) > 1:
                return None
        cells = tuple([line[part].strip(" ") for part in self._reach])
        return cells if self.line(cells, is_head=False) == line else None

    def line(self, cells: Cells, *, is_head: bool) -> str:
        """The cells at their places."""
        written = ""
        for cell, (place, is_end) in zip(cells, self._places, strict=True):
            if is_end:
                written += cell.rjust(place - len(written))
            else:
                written = written.ljust(place) + cell
        if self._length or self._ends_in_blanks:
            return written.ljust(self._length)
        return written.rstrip(" ")

    def rule(self, place: int) -> str:
        """Dashes under each column."""
        return self._rule if place == 1 else ""

    def spec(self, rows: Sequence[Cells]) -> str:
        """`columns 3 apart`, or their places where they are not as wide as the widest cells."""
        gap = self._gap(rows)
        places = " ".join(f"{place}{'>' * is_end}" for place, is_end in self._places)
        said = f"columns {gap} apart" if gap else f"columns at {places}"
        if self._length:
            said += f", lines {self._length} long"
        return f"{said}, with blanks at the end" if self._ends_in_blanks else said

    def _gap(self, rows: Sequence[Cells]) -> int:
        """How far columns that are as wide as their widest cells are apart, 0 if they are not."""
        usual = (gap for gap in USUAL_GAPS if self._places == _usual_places(rows, gap))
        return next(usual, 0)


def named(spec: str, rows: Sequence[Cells]) -> Columns | None:
    """The layout that `spec` called so."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    if found[1]:
        places = _usual_places(rows, int(found[1]))
    else:
        words = found[2].split()
        places = tuple((int(word.rstrip(">")), word[-1] == ">") for word in words)
    if not rows or len(places) != len(rows[0]):
        raise ValueError(f"{spec!r} does not fit {len(rows and rows[0])} columns")
    layout = Columns(places, length=int(found[3] or 0), ends_in_blanks=bool(found[4]))
    return layout.drawn_for(rows)


def may_be_heads(line: str) -> bool:
    """Whether a line could name columns: three words or more, none of them a number."""
    return len(line) <= LONGEST_HEADS and "  " in line and _HEADS.fullmatch(line) is not None


def is_ruled(line: str) -> bool:
    """Whether a line underlines columns: `------- ---`."""
    return len(line) <= LONGEST_HEADS and _GROUPS.fullmatch(line) is not None


def find(lines: Sequence[str], heads: int) -> Grid | None:
    """The table that line *heads* names the columns of, or None."""
    block = block_from(lines, heads + 1)
    rows = [line for line in block if not is_no_row(line)]
    if len(rows) < FEWEST_ROWS:
        return None
    extents = _extents(lines[heads], rows)
    if len(extents) < FEWEST_COLUMNS:
        return None
    grid = _aligned(lines, heads, block, extents, first=heads)
    return grid if grid is not None and _is_likely(lines[heads], grid) else None


def find_ruled(lines: Sequence[str], at: int) -> Grid | None:
    """The table whose columns line *at* underlines, or None."""
    extents = [found.span() for found in _WORD.finditer(lines[at])]
    is_top = lines[at + 2 : at + 3] == [lines[at]]
    heads = at + 1 if is_top else at - 1
    if heads < 0 or len(extents) < FEWEST_RULED_COLUMNS:
        return None
    block = block_from(lines, heads + 1)
    return _aligned(lines, heads, block, extents, first=min(heads, at))


def _extents(heads: str, rows: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where each column has letters: what is blank between them all parts them.

    A stretch without a head, and one with a head but without cells (the second word of one),
    belongs to the column left of it.
    """
    width = len(heads.rstrip(" "))
    last_head = heads.rstrip(" ").rfind(" ") + 1
    if sum(min(len(row), width) for row in rows) < FULLEST * last_head * len(rows):
        return []
    few = max(len(rows) // 20, len(rows) >= ROWS_PER_ODD_ONE)
    rows = [row[:width].ljust(width) for row in rows]
    filled = [len(rows) - column.count(" ") > few for column in zip(*rows, strict=True)]
    extents: list[tuple[int, int]] = []
    for is_filled, run in groupby(range(width), key=lambda at: filled[at] or heads[at] != " "):
        places = list(run)
        start, end = places[0], places[-1] + 1
        if not is_filled:
            continue
        has_cells = any(filled[start:end])
        is_near = bool(extents) and extents[-1][1] + 1 == start
        if extents and (not heads[start:end].strip(" ") or (is_near and not has_cells)):
            extents[-1] = (extents[-1][0], end)
        else:
            extents.append((start, end))
    return extents


def _aligned(
    lines: Sequence[str],
    heads: int,
    block: Sequence[str],
    extents: Sequence[tuple[int, int]],
    *,
    first: int,
) -> Grid | None:
    rows = [line for line in block if not is_no_row(line)]
    if not rows:
        return None
    all_lines = [lines[heads], *rows]
    places = [_place(extent, all_lines) for extent in extents[:-1]]
    places.append(_last_place(extents[-1], all_lines))
    reach = _reach(extents, places)
    lengths = set(map(len, all_lines))
    length = lengths.pop() if len(lengths) == 1 else 0
    in_blanks = not length and any(line.endswith(" ") for line in rows)
    layout = Columns(places, reach=reach, length=length, ends_in_blanks=in_blanks)
    named = layout.cells(lines[heads])
    if named is None:
        return None
    above = [Record(None)] * (heads - first) + [Record(named)]
    found = [None if is_no_row(line) else layout.cells(line) for line in block]
    if len(found) - found.count(None) < SHARE_OF_ROWS * len(rows):
        return None
    drawn = layout.drawn_for([named, *(cells for cells in found if cells is not None)])
    return table(first, above, block, found, drawn)


def _place(extent: tuple[int, int], lines: Sequence[str]) -> tuple[int, bool]:
    """Where a column begins; or ends, if more of its cells end at one place."""
    start, end = extent
    lefts = sum(line[start : start + 1] not in (" ", "") for line in lines)
    rights = sum(line[end - 1 : end] not in (" ", "") for line in lines)
    return (end, True) if rights > lefts else (start, False)


def _last_place(extent: tuple[int, int], lines: Sequence[str]) -> tuple[int, bool]:
    start, _ = extent
    ends = {len(line.rstrip(" ")) for line in lines}
    lefts = sum(line[start : start + 1] not in (" ", "") for line in lines)
    return (ends.pop(), True) if len(ends) == 1 and lefts < len(lines) else (start, False)


def _reach(extents: Sequence[tuple[int, int]], places: Sequence[tuple[int, bool]]) -> list[slice]:
    """Where to look for cells: a column reaches up to where the next one may begin."""
    starts = [0]
    for (left, right), (_, is_end) in zip(pairwise(extents), places[1:], strict=True):
        starts.append(left[1] if is_end else right[0])
    return [slice(a, b) for a, b in pairwise([*starts, None])]


def _usual_places(rows: Sequence[Cells], gap: int) -> tuple[tuple[int, bool], ...]:
    places: list[tuple[int, bool]] = []
    at = 0
    for column in zip(*rows, strict=True):
        places.append((at, False))
        at += max(map(len, column)) + gap
    return tuple(places)


def _usual_rule(rows: Sequence[Cells], gap: int) -> str:
    if not gap:
        return ""
    return (" " * gap).join("-" * max(map(len, column)) for column in zip(*rows, strict=True))


def _is_likely(heads: str, grid: Grid) -> bool:
    """Whether the first line names columns: in capitals, or over numbers."""
    if _UPPER.fullmatch(heads):
        return True
    below = grid.rows[1:]
    return any(
        sum(cell[:1].isdecimal() for cell in column) >= SHARE_OF_NUMBERS * len(below)
        for column in list(zip(*below, strict=True))[1:]
    )
