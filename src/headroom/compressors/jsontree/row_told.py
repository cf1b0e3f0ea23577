"""What to say of rows that left: how many of each kind, from where to where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from headroom.compressors.jsontree.marks import says
from headroom.compressors.jsontree.notes import plain
from headroom.compressors.jsontree.row_columns import Column

MOST_COLUMNS = 6
MOST_VALUES = 4
LONGEST_VALUE = 24
LONGEST_TOLD = 320
MOST_DIFFERENT = 0.5
"""Different values, as a share of the rows, up to which a field sorts rows into kinds."""

_TIME = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,+Z-]{2,30})?"')


def told_of(columns: Sequence[Column], gone: Collection[int], wanted: frozenset[str]) -> str:
    """`level: 400× INFO, 12× DEBUG; took_ms 3 to 5002` of the rows that are *gone*."""
    said: list[str] = []
    length = 0
    for column in sorted(columns, key=lambda column: _place(column, wanted)):
        one = _column_told(column, gone)
        length += len(one) + 2
        if not one or length > LONGEST_TOLD:
            length -= len(one) + 2
            continue
        said.append(one)
        if len(said) == MOST_COLUMNS:
            break
    return "; ".join(said)


def _place(column: Column, wanted: frozenset[str]) -> int:
    """What was asked for comes first, what is the same everywhere last."""
    if says(wanted, column.name):
        return 0
    return 1 if len(column.counts) > 1 else 2


def _column_told(column: Column, gone: Collection[int]) -> str:
    left = [v for v, row in zip(column.values, column.rows, strict=True) if row in gone]
    if len(left) < 2:
        return ""
    name = _short(column.name) or "values"
    if len(column.counts) > MOST_VALUES:
        if all(map(_TIME.fullmatch, left)):
            return f"{name} {_short(min(left))} to {_short(max(left))}"
        numbers = [number for number, row in column.numbers if row in gone]
        if len(numbers) > len(left) // 2:
            return f"{name} {_number(min(numbers))} to {_number(max(numbers))}"
    counts = Counter(left)
    if len(counts) == 1:
        tells = len(column.counts) > 1 or (left[0][0] == '"' and left[0] != '""')
        return f"{name}: all {_short(left[0]) or 'empty'}" if tells else ""
    if len(counts) > max(MOST_DIFFERENT * len(left), MOST_VALUES):
        return ""
    return f"{name}: {', '.join(_counted(counts))}"


def _counted(counts: Counter[str]) -> Iterator[str]:
    shown = counts.most_common(MOST_VALUES)
    for value, count in shown:
        yield f"{count}× {_short(value) or 'empty'}"
    if len(counts) > len(shown):
        others = len(counts) - len(shown)
        left = counts.total() - sum(count for _, count in shown)
        yield f"{left}× {others} other value{'s' * (others > 1)}"


def _short(text: str) -> str:
    shown = plain(text).strip()
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[: LONGEST_VALUE - 1]}…"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6g}"
