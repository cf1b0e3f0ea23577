"""Reads one table that was written in short, and sets it again."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.compressors.lines import escaped
from headroom.compressors.tables.grid import Cells, is_no_row
from headroom.compressors.tables.grid_finder import layout_named
from headroom.compressors.tables.note import Note
from headroom.compressors.tables.row import RULE, parted, split, unfolded


def restored(note: Note, body: Iterator[str]) -> Iterator[str]:
    """The lines of the table that *note* says; *body* goes on behind it.  Raises ValueError."""
    yield from _Reader(note).lines(body)


class _Reader:
    def __init__(self, note: Note) -> None:
        plan = note.plan
        self._note = note
        self._headed = {note.names[at]: at for at in plan.above}
        self._usual = {note.names[at]: at for at in plan.usual}
        self._above = {at: "" for at, parts in plan.above.items() if not parts}
        self._beginnings: dict[int, str] = {}
        self._width = note.width
        self._layout = None if note.separator else layout_named(note.layout, [])
        self._rows: list[Cells] = []

    def lines(self, body: Iterator[str]) -> Iterator[str]:
        items: list[str | int] = []
        while len(items) < self._note.height:
            line = next(body, None)
            if line is None:
                raise ValueError(f"the table is cut after {len(items)} lines")
            items += self._items(line, self._note.height - len(items))
        layout = layout_named(self._note.layout, self._rows)
        place = 0
        for at, item in enumerate(items):
            if isinstance(item, int):
                place = 1
                yield layout.line(self._rows[item], is_head=self._note.has_heads and not item)
            elif item == RULE:
                yield layout.rule(2 if at + 1 == len(items) else place)
            else:
                yield item[1:]

    def _items(self, line: str, room: int) -> Iterator[str | int]:
        """Rows by their numbers, drawn lines, and others, marked by a backslash."""
        if line == RULE or line.startswith("\\"):
            yield line
        elif is_no_row(line):
            yield escaped(line)
        elif line.startswith("["):
            self._read_heading(line)
        else:
            row, times = unfolded(line)
            if times > room:
                raise ValueError(f"{times} rows where the table has room for {room}")
            self._rows.append(self._whole(row))
            yield from [len(self._rows) - 1] * times

    def _read_heading(self, line: str) -> None:
        for said in line[1:-1].split(" | "):
            name, _, value = said.partition(" = ")
            if name not in self._headed:
                raise ValueError(f"{said[:60]!r} names no column that has headings")
            at = self._headed[name]
            (self._above if at in self._above else self._beginnings)[at] = value

    def _whole(self, line: str) -> Cells:
        """The cells of all columns of the row that is written so."""
        row, said = parted(line, self._usual)
        left = self._left(said)
        cells = split(row, self._note.separator, self._layout, self._width - len(left))
        if cells is None:
            raise ValueError(f"{line[:60]!r} is no row")
        self._width = self._width or len(cells) + len(left)
        if len(cells) + len(left) != self._width or max(left, default=0) >= self._width:
            raise ValueError(f"{line[:60]!r} has not the cells of {self._width} columns")
        rest = iter(cells)
        columns = range(self._width)
        if self._note.has_heads and not self._rows:
            return tuple(self._note.names[at] if at in left else next(rest) for at in columns)
        return tuple(left[at] if at in left else self._cell(at, next(rest)) for at in columns)

    def _cell(self, at: int, cell: str) -> str:
        return self._note.plan.whole(at, cell, self._beginnings.get(at, ""))

    def _left(self, said: str) -> dict[int, str]:
        """The cells of the columns that the rows lack; *said* are those of this row alone."""
        left = {**self._note.plan.constants, **self._note.plan.usual, **self._above}
        for one in said.split(" | ") if said else ():
            name, _, value = one.partition(" = ")
            left[self._usual[name]] = value
        return left
