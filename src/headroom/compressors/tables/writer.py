"""Writes one table in short: the note, and below it the rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, groupby

from headroom.compressors.lines import escaped
from headroom.compressors.tables.columns import Plan, plan_for
from headroom.compressors.tables.grid import MOST_LINES, Cells, Grid, Layout, is_no_row
from headroom.compressors.tables.grid_finder import layout_named
from headroom.compressors.tables.note import SEPARATORS, Note
from headroom.compressors.tables.row import RULE, folded, is_folded, is_row, parted, split

FEW_ROWS_SHARE = 0.05
"""So many of the rows may hold the separator inside a cell, and be left as they are."""


def written(grid: Grid, source: Sequence[str]) -> list[str] | None:
    """The table that has these lines, with its note.

    None where its heads could be misread, or where it is longer than a note can say.
    """
    rows = [cells for record in grid.records if (cells := record.on_one_line) is not None]
    if not rows or rows[0] is not grid.rows[0] or len(source) > MOST_LINES:
        return None
    return _Writer(grid, source, rows).written()


class _Writer:
    """Writes one table, whose *rows* that take one line are given, heads first if it has any."""

    def __init__(self, grid: Grid, source: Sequence[str], rows: Sequence[Cells]) -> None:
        self._grid = grid
        self._source = source
        self._all = rows
        self._names = rows[0] if grid.has_heads else _column_names(len(rows[0]))
        self._rows = rows[grid.has_heads :]
        distinct = [row for row, _ in groupby(self._rows)]
        self._plan = plan_for(self._names, distinct, grid.layout.separator)
        stays = [not self._plan.leaves(at) for at in range(len(self._names))]
        self._heads = tuple(compress(self._names, stays))
        columns = zip(*self._rows, strict=True)
        short = [self._plan.short(at, column) for at, column in enumerate(columns) if stays[at]]
        self._usual = {self._names[at] for at in self._plan.usual}
        self._separator = grid.layout.separator or _separator(self._heads, short)
        self._short = list(zip(*short, strict=True))

    def written(self) -> list[str] | None:
        shown = self._shown()
        clear = [row for row, line in zip(self._all, shown, strict=True) if line is not None]
        if shown[0] is None:
            return None
        # Whoever reads it knows no other rows, so these must be enough to set the table again.
        spec = self._grid.layout.spec(clear)
        lines = self._body(shown, layout_named(spec, clear))
        # The heads are no row, even where a row is the same.
        first = next(at for at, line in enumerate(lines, 1) if is_row(line))
        body = [*lines[:first], *folded(lines[first:])]
        heads = self._separator.join(self._heads)
        is_clear = split(heads, self._separator, self._grid.layout, 0) == self._heads
        note = Note(
            height=len(self._source),
            width=0 if is_clear else len(self._names),
            layout=spec,
            separator="" if self._grid.layout.separator else self._separator,
            has_heads=self._grid.has_heads,
            plan=self._plan,
            names=dict(enumerate(self._names)),
            is_folded=any(map(is_folded, body)),
        )
        return [str(note), *body]

    def _shown(self) -> list[str | None]:
        """For each row how it is written; None where it would be read as something else."""
        rows = zip(self._short, _exceptions(self._plan, self._names, self._rows), strict=True)
        heads = [(self._heads, "")] if self._grid.has_heads else []
        return [self._row(cells, said) for cells, said in (*heads, *rows)]

    def _row(self, cells: Cells, exceptions: str) -> str | None:
        row = self._separator.join(cells)
        line = f"{row} [{exceptions}]" if exceptions else row
        is_read = parted(line, self._usual) == (row, exceptions)
        is_read = is_read and split(row, self._separator, self._grid.layout, len(cells)) == cells
        return line if is_read and is_row(line) and not is_folded(line) else None

    def _body(self, shown: Sequence[str | None], layout: Layout) -> list[str]:
        headings = _headings(self._plan, self._names, self._rows)
        rows = iter(zip(shown, [""] * self._grid.has_heads + headings, strict=True))
        body: list[str] = []
        at = place = 0
        for record in self._grid.records:
            lines = self._source[at : at + record.height]
            at += record.height
            if record.on_one_line is None:
                rule = layout.rule(2 if at == len(self._source) else place)
                body += (_other(line, rule) for line in lines)
                continue
            place = 1
            line, heading = next(rows)
            if heading:
                body.append(f"[{heading}]")
            body.append(escaped(lines[0]) if line is None else line)
        return body


def _other(line: str, rule: str) -> str:
    if line and line == rule:
        return RULE
    return line if line != RULE and is_no_row(line) else escaped(line)


def _column_names(width: int) -> Cells:
    return tuple(f"column {number}" for number in range(1, width + 1))


def _headings(plan: Plan, names: Cells, rows: Sequence[Cells]) -> list[str]:
    """What stands above each row: what has changed since the row before."""
    said: list[list[str]] = [[] for _ in rows]
    for at in plan.above:
        before = ""
        for number, row in enumerate(rows):
            heading = plan.heading(at, row[at])
            if heading != before:
                said[number].append(f"{names[at]} = {heading}")
                before = heading
    return list(map(" | ".join, said))


def _exceptions(plan: Plan, names: Cells, rows: Sequence[Cells]) -> list[str]:
    """What each row says at its end: where it is not as usual."""
    said: list[list[str]] = [[] for _ in rows]
    for at, usual in plan.usual.items():
        for number, row in enumerate(rows):
            if row[at] != usual:
                said[number].append(f"{names[at]} = {row[at]}")
    return list(map(" | ".join, said))


def _separator(heads: Cells, columns: Sequence[Sequence[str]]) -> str:
    """What may stand between cells: a blank where none has one, else a comma, …"""
    few = FEW_ROWS_SHARE * len(columns[0])
    held: dict[str, int] = {}
    for mark in SEPARATORS.values():
        if any(mark in head or (mark == " " and not head) for head in heads[:-1]):
            continue
        held[mark] = sum(
            any(mark in cell or (mark == " " and not cell) for cell in row)
            for row in zip(*columns[:-1], strict=True)
        )
        if held[mark] <= few:
            return mark
    return min(held, key=lambda mark: held[mark], default="\t")
