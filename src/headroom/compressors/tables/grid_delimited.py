"""Rows of cells between separators: CSV, TSV, and their relatives.

Cells keep their quotes, as they were written; a row whose quotes cannot be read is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from headroom.compressors.base import Origin
from headroom.compressors.tables.grid import MOST_COLUMNS, Cells, Grid, Record, is_number

NAMES = MappingProxyType({",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"})
SAMPLE = 60
FEWEST_COLUMNS = 3
FEWEST_COLUMNS_OF_A_NAMED_FILE = 2
FEWEST_ROWS = 5
SHARE_OF_ROWS = 0.9
LINES_OF_SAMPLE = 200
SHARE_OF_NUMBERS = 0.8
LARGEST_SHARE_OF_BLANKS = 0.1
LONGEST_USUAL_CELL = 48
MOST_LINES_OF_A_ROW = 200

_NAMED = re.compile(
    r"\.(?:csv|tsv|tab|psv)\b|\bgh [a-z]{1,20} list\b|\b(?:mysql|psql|sqlite3) ", re.IGNORECASE
)
_SOURCE = re.compile(r"\.(?:py|pyi|js|jsx|ts|tsx|go|rs|java|c|h|cc|cpp|hpp|rb|php|sh|sql|md)$")
_SPEC = re.compile(r"(comma|tab|semicolon|bar)-separated(, no heads)?")


class Delimited:
    """Cells between separators, nothing else."""

    def __init__(self, separator: str) -> None:
        self.separator = separator
        mark = re.escape(separator)
        cell = rf'"(?:[^"\n]++|"")*+"|[^{mark}"\n]*+'
        self._row = re.compile(rf"(?:{cell})(?:{mark}(?:{cell}))*+")
        self._cell = re.compile(rf"({cell})(?:{mark}|$)")

    def cells(self, line: str) -> Cells | None:
        """The cells with their quotes."""
        if '"' not in line:
            return tuple(line.split(self.separator))
        if not self._row.fullmatch(line):
            return None
        found = self._cell.findall(line)
        if len(found) > 1 and not line.endswith(self.separator):
            # The end of the line matches once more.
            found.pop()
        return tuple(found)

    def line(self, cells: Cells, *, is_head: bool) -> str:
        """The cells with separators between them."""
        return self.separator.join(cells)

    def rule(self, place: int) -> str:
        """None is drawn."""
        return ""

    def spec(self, rows: Sequence[Cells]) -> str:
        """`comma-separated`."""
        return f"{NAMES[self.separator]}-separated"


def named(spec: str) -> Delimited | None:
    """The layout that `spec` called so."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    return Delimited(next(mark for mark, name in NAMES.items() if name == found[1]))


def find(lines: Sequence[str], origin: Origin) -> Grid | None:
    """The table that the text is as a whole, or None."""
    is_named = bool(_NAMED.search(f"{origin.path} {origin.command}"))
    if not is_named and _SOURCE.search(origin.path):
        return None
    filled = [number for number, line in enumerate(lines) if line]
    if len(filled) <= FEWEST_ROWS:
        return None
    first, last = filled[0], filled[-1]
    sample = [lines[number] for number in filled[:: max(len(filled) // SAMPLE, 1)]]
    for separator in NAMES:
        if separator not in sample[0] and separator not in sample[-1]:
            continue
        layout = Delimited(separator)
        rows = [layout.cells(line) for line in sample]
        if is_named and any(line.count('"') % 2 for line in sample):
            # Lines inside of quotes are no rows of their own.
            end = min(last, first + LINES_OF_SAMPLE)
            rows = [record.cells for record in _records(lines, first, end, layout)]
        columns = _columns(rows, is_named=is_named)
        if columns and (is_named or _is_data(sample, rows, separator, columns)):
            return _grid(first, list(_records(lines, first, last, layout)), layout, columns)
    return None


def _columns(rows: Sequence[Cells | None], *, is_named: bool) -> int:
    """How many columns nearly all rows have; 0 where they differ."""
    counts = Counter(len(cells) for cells in rows if cells is not None)
    if not counts:
        return 0
    columns, often = counts.most_common(1)[0]
    fewest = FEWEST_COLUMNS_OF_A_NAMED_FILE if is_named else FEWEST_COLUMNS
    is_table = fewest <= columns <= MOST_COLUMNS and often >= SHARE_OF_ROWS * len(rows)
    return columns if is_table else 0


def _is_data(
    sample: Sequence[str], rows: Sequence[Cells | None], separator: str, columns: int
) -> bool:
    """Whether these are rows of a table with heads, not lines of code or prose with commas."""
    heads, *below = [cells for cells in rows if cells is not None and len(cells) == columns]
    if rows[0] is not heads or not _name_columns(heads) or not _hold_numbers(below):
        return False
    text = "\n".join(sample)
    marks = text.count(separator)
    if text.count(separator + " ") > LARGEST_SHARE_OF_BLANKS * marks:
        return False
    indented = sum(line[:1] in (" ", "\t") for line in sample)
    if indented > LARGEST_SHARE_OF_BLANKS * len(sample):
        return False
    return len(text) <= LONGEST_USUAL_CELL * (marks + len(sample))


def _hold_numbers(rows: Sequence[Cells]) -> bool:
    """Whether a column, at least, is one of numbers or dates."""
    return any(
        sum(cell[:1].isdecimal() for cell in column) >= SHARE_OF_NUMBERS * len(rows)
        for column in zip(*rows, strict=True)
    )


def _name_columns(cells: Cells) -> bool:
    """Whether these cells are heads: names, all of them, each another."""
    return (
        len(set(cells)) == len(cells)
        and all(cell and not is_number(cell) for cell in cells[1:])
        and not is_number(cells[0])
    )


def _grid(first: int, found: Sequence[Record], layout: Delimited, columns: int) -> Grid | None:
    records = tuple(
        record if record.cells and len(record.cells) == columns else Record(None, record.height)
        for record in found
    )
    rows = [record.cells for record in records if record.cells is not None]
    if len(rows) <= FEWEST_ROWS or len(rows) < SHARE_OF_ROWS * len(records):
        return None
    return Grid(first, records, layout, _has_heads(rows[0], rows[1:SAMPLE]))


def _has_heads(heads: Cells, below: Sequence[Cells]) -> bool:
    """Whether the first row is of another kind than those below."""
    if any(is_number(cell) for cell in heads):
        return False
    if all(heads) and len(set(heads)) == len(heads):
        return True
    return any(
        sum(is_number(row[at]) for row in below) * 2 > len(below) for at in range(len(heads))
    )


def _records(lines: Sequence[str], first: int, last: int, layout: Delimited) -> Iterator[Record]:
    at = first
    may_be_open = True
    while at <= last:
        height = 1
        if may_be_open and lines[at].count('"') % 2:
            height = _height(lines, at, last)
            may_be_open = height > 0
            height = height or 1
        yield Record(
            layout.cells(lines[at]) if height == 1 else _tall(lines, at, height, layout), height
        )
        at += height


def _height(lines: Sequence[str], first: int, last: int) -> int:
    """How many lines a row takes whose first line opens a quote; 0 where it stays open."""
    for at in range(first + 1, min(first + MOST_LINES_OF_A_ROW, last + 1)):
        if lines[at].count('"') % 2:
            return at - first + 1
    return 0


def _tall(lines: Sequence[str], first: int, height: int, layout: Delimited) -> Cells | None:
    # A line break inside quotes is no more to us than a blank: these cells are only looked at.
    return layout.cells(" ".join(lines[first : first + height]))
