"""Tables (CSV, Markdown, SQL clients, kubectl, docker, ps, df): rows without what repeats.

    [table of 40 lines: blanks for columns 3 apart; unless a row says otherwise: 3 READY = 1/1 | …]
    NAME AGE
    [NAMESPACE = default]
    web-6d4cf56db6-8xkqp 5d
    [NAMESPACE = kube-system]
    coredns-5d78c9869d-2xjvl 12d [READY = 0/1 | STATUS = CrashLoopBackOff]

Padding and borders leave, and columns are written without what their cells have in common; the
note says how.  `---` is a drawn line; a backslash marks a line that stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, groupby

from headroom.compressors import tabular_note
from headroom.compressors.base import Origin
from headroom.compressors.grid import Cells, Grid, Layout, is_no_row
from headroom.compressors.grid_finder import grids, layout_named
from headroom.compressors.lines import escaped, worth_it
from headroom.compressors.tabular_columns import plan_for
from headroom.compressors.tabular_note import SEPARATORS, Note

HEADER = "[text with tables: a line above each says how it is written]"
CRLF = "; lines end in CRLF]"
RULE = "---"
FEW_ROWS_SHARE = 0.05
"""So many of the rows may hold the separator inside a cell, and be left as they are."""
SHORTEST_FOLD = 10

_TOKEN = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|[^\sA-Za-z0-9]{1,4}|\s{2,}|\n")
_FOLD = re.compile(r" \(×([0-9]{1,7})\)$")


class Tabular:
    """Rows of cells, in whatever way they are set."""

    name = "tabular"
    strategy = "tabular"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with its tables in short, or None."""
        bare = _without_returns(text)
        lines = bare.split("\n")
        found = grids(bare, lines, origin)
        body = list(_encoded(lines, found)) if found else []
        if not any(map(_is_note, body)):
            return None
        if not _is_note(body[0]):
            body.insert(0, HEADER)
        if bare is not text:
            body[0] = body[0].removesuffix("]") + CRLF
        encoded = "\n".join(body)
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The text with its tables as they were set."""
        header, *body = encoded.split("\n")
        has_returns = header.endswith(CRLF)
        if has_returns:
            header = header.removesuffix(CRLF) + "]"
        if header != HEADER:
            if tabular_note.read(header) is None:
                raise ValueError("not tables as we write them: the header line is missing")
            body.insert(0, header)
        return ("\r\n" if has_returns else "\n").join(_decoded(iter(body)))


def _without_returns(text: str) -> str:
    """The text without carriage returns, if each of its lines ends with one."""
    returns = text.count("\r")
    if not returns or text.count("\r\n") != returns or text.count("\n") != returns:
        return text
    return text.replace("\r\n", "\n")


def _is_note(line: str) -> bool:
    return line.startswith(tabular_note.BEGINS)


def _encoded(lines: Sequence[str], found: Sequence[Grid]) -> Iterator[str]:
    at = 0
    for grid in found:
        yield from map(_outside, lines[at : grid.first])
        at = grid.first + grid.height
        source = lines[grid.first : at]
        written = _Writer(grid, source).written()
        yield from written if _tokens(written) < _tokens(source) else map(_outside, source)
    yield from map(_outside, lines[at:])


def _tokens(lines: Sequence[str]) -> int:
    """About how many: blanks that pad are one, as many as they are."""
    return len(_TOKEN.findall("\n".join(lines)))


def _outside(line: str) -> str:
    return escaped(line) if line.startswith(("\\", tabular_note.BEGINS)) else line


class _Writer:
    """Writes one table."""

    def __init__(self, grid: Grid, source: Sequence[str]) -> None:
        self._grid = grid
        self._source = source
        rows = [cells for record in grid.records if (cells := record.on_one_line) is not None]
        first = rows[0]
        self._names = first if grid.has_heads else _column_names(len(first))
        self._rows = rows[1:] if grid.has_heads else rows
        distinct = [row for row, _ in groupby(self._rows)]
        self._plan = plan_for(self._names, distinct, grid.layout.separator)
        stays = [not self._plan.leaves(at) for at in range(len(first))]
        self._heads = tuple(compress(self._names, stays))
        columns = zip(*self._rows, strict=True)
        short = [self._plan.short(at, column) for at, column in enumerate(columns) if stays[at]]
        self._usual = {self._names[at]: at for at in self._plan.usual}
        self._separator = grid.layout.separator or _separator(self._heads, short)
        self._short = list(zip(*short, strict=True))

    def written(self) -> list[str]:
        """The note and the lines below it."""
        body = list(_folded(self._body()))
        heads = self._separator.join(self._heads)
        is_clear = self._split(heads, 0) == self._heads
        note = Note(
            height=len(self._source),
            width=0 if is_clear else len(self._names),
            layout=self._grid.layout.spec(self._grid.rows),
            separator="" if self._grid.layout.separator else self._separator,
            has_heads=self._grid.has_heads,
            plan=self._plan,
            names=dict(enumerate(self._names)),
            is_folded=any(_FOLD.search(line) and line[:1] != "\\" for line in body),
        )
        return [str(note), *body]

    def _body(self) -> Iterator[str]:
        rows = iter(zip(self._short, self._headings(), self._exceptions(), strict=True))
        at = place = 0
        for record in self._grid.records:
            lines = self._source[at : at + record.height]
            at += record.height
            if record.on_one_line is None:
                is_last = at == len(self._source)
                yield from (self._other(line, 2 if is_last else place) for line in lines)
            elif not place and self._grid.has_heads:
                yield self._row(lines[0], self._heads, "")
                place = 1
            else:
                cells, heading, exceptions = next(rows)
                if heading:
                    yield f"[{heading}]"
                yield self._row(lines[0], cells, exceptions)
                place = 1

    def _row(self, source: str, cells: Cells, exceptions: str) -> str:
        written = self._separator.join(cells)
        said = f"{written} [{exceptions}]" if exceptions else written
        is_read = _parted(said, self._usual) == (written, exceptions)
        is_clear = is_read and self._split(written, len(cells)) == cells
        return said if is_clear and not _is_ours(said) else escaped(source)

    def _split(self, line: str, width: int) -> Cells | None:
        return _split(line, self._separator, self._grid.layout, width)

    def _other(self, line: str, place: int) -> str:
        if line and line == self._grid.layout.rule(place):
            return RULE
        return line if line != RULE and is_no_row(line) else escaped(line)

    def _headings(self) -> list[str]:
        """What stands above each row: what has changed since the row before."""
        said: list[list[str]] = [[] for _ in self._rows]
        for at in self._plan.above:
            before = ""
            for number, row in enumerate(self._rows):
                heading = self._plan.heading(at, row[at])
                if heading != before:
                    said[number].append(f"{self._names[at]} = {heading}")
                    before = heading
        return list(map(" | ".join, said))

    def _exceptions(self) -> list[str]:
        """What each row says at its end: where it is not as usual."""
        said: list[list[str]] = [[] for _ in self._rows]
        for at, usual in self._plan.usual.items():
            for number, row in enumerate(self._rows):
                if row[at] != usual:
                    said[number].append(f"{self._names[at]} = {row[at]}")
        return list(map(" | ".join, said))


def _column_names(width: int) -> Cells:
    return tuple(f"column {number}" for number in range(1, width + 1))


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


def _split(line: str, separator: str, layout: Layout | None, width: int) -> Cells | None:
    """The cells that are written so; a last cell may hold the separator if *width* is known."""
    if layout is not None and layout.separator:
        return layout.cells(line)
    return tuple(line.split(separator, width - 1))


def _parted(line: str, usual: Mapping[str, int]) -> tuple[str, str]:
    """A row, and what it says at its end of columns that are not as usual."""
    if not usual or not line.endswith("]"):
        return line, ""
    row, _, said = line[:-1].rpartition(" [")
    is_said = all(one.partition(" = ")[0] in usual for one in said.split(" | "))
    return (row, said) if is_said else (line, "")


def _is_ours(line: str) -> bool:
    return line.startswith(("[", "\\")) or is_no_row(line) or _FOLD.search(line) is not None


def _folded(body: Iterator[str]) -> Iterator[str]:
    for line, same in groupby(body):
        times = sum(1 for _ in same)
        is_row = not line.startswith(("[", "\\")) and not is_no_row(line)
        if is_row and (times - 1) * (len(line) + 1) >= SHORTEST_FOLD:
            yield f"{line} (×{times})"
        else:
            yield from [line] * times


def _decoded(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        note = tabular_note.read(line)
        if note is not None:
            yield from _Reader(note).lines(lines)
        else:
            yield line.removeprefix("\\")


class _Reader:
    """Reads one table."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._by_name = {note.names[at]: at for at in note.plan.above}
        self._usual = {note.names[at]: at for at in note.plan.usual}
        self._above: dict[int, str] = {}
        self._width = note.width
        self._layout = None if note.separator else layout_named(note.layout, [])
        self._rows: list[Cells] = []

    def lines(self, body: Iterator[str]) -> Iterator[str]:
        """The lines of the table, of which *body* has as many as the note says, in short."""
        items: list[str | int] = []
        while len(items) < self._note.height:
            line = next(body, None)
            if line is None:
                raise ValueError(f"the table is cut after {len(items)} lines")
            items += self._items(line, self._note.height - len(items))
        layout = layout_named(self._note.layout, self._rows)
        rows = self._rows
        place = 0
        for at, item in enumerate(items):
            if isinstance(item, int):
                is_head = self._note.has_heads and item == 0
                yield layout.line(rows[item], is_head=is_head)
                place = 1
            else:
                is_rule = item == RULE
                yield layout.rule(2 if at + 1 == len(items) else place) if is_rule else item[1:]

    def _items(self, line: str, room: int) -> Iterator[str | int]:
        """Rows by their numbers, drawn lines, and others, marked by a backslash."""
        if line == RULE or line.startswith("\\"):
            yield line
        elif is_no_row(line):
            yield escaped(line)
        elif line.startswith("["):
            self._read_heading(line)
        else:
            fold = _FOLD.search(line) if line.endswith(")") else None
            times = int(fold[1]) if fold is not None else 1
            if times > room:
                raise ValueError(f"{times} rows where the table has room for {room}")
            self._rows.append(self._whole(line[: fold.start()] if fold is not None else line))
            yield from [len(self._rows) - 1] * times

    def _read_heading(self, line: str) -> None:
        for said in line[1:-1].split(" | "):
            name, _, value = said.partition(" = ")
            if name not in self._by_name:
                raise ValueError(f"{said[:60]!r} names no column that has headings")
            self._above[self._by_name[name]] = value

    def _whole(self, line: str) -> Cells:
        """The cells of all columns of the row that is written so."""
        plan = self._note.plan
        row, said = _parted(line, self._usual)
        left = self._left(said)
        cells = _split(row, self._note.separator, self._layout, self._width - len(left))
        if cells is None:
            raise ValueError(f"{line[:60]!r} is no row")
        self._width = self._width or len(cells) + len(left)
        if len(cells) + len(left) != self._width or max(left, default=0) >= self._width:
            raise ValueError(f"{line[:60]!r} has not the cells of {self._width} columns")
        rest = iter(cells)
        columns = range(self._width)
        if self._note.has_heads and not self._rows:
            return tuple(self._note.names[at] if at in left else next(rest) for at in columns)
        return tuple(
            left[at] if at in left else plan.whole(at, next(rest), self._above.get(at, ""))
            for at in columns
        )

    def _left(self, said: str) -> dict[int, str]:
        """The cells of the columns that the rows lack; *said* are those of this row alone."""
        plan = self._note.plan
        left = {**plan.constants, **plan.usual}
        for at, parts in plan.above.items():
            if not parts:
                left[at] = self._above.get(at, "")
        for one in said.split(" | ") if said else ():
            name, _, value = one.partition(" = ")
            left[self._usual[name]] = value
        return left
