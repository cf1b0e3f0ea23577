"""The columns of rows of JSON: what each field holds, row by row, nested fields included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from math import isfinite

from headroom.compressors.json_text import Node, Object

NESTED_LEVELS = 4
MOST_CELLS = 200
"""Scalars of one row that are looked at."""
MOST_COLUMNS = 400
MOST_LISTED = 12
"""Items of a list in a row that are looked at."""

_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_QUOTED_NUMBER = re.compile(r'"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"')


class Column:
    """One field: its values as spelled, and the number of the row that each stands in."""

    __slots__ = ("_numbers", "counts", "fills", "name", "rows", "values")

    def __init__(self, name: str, values: Sequence[str], rows: Sequence[int]) -> None:
        self.name = name
        self.values = values
        self.rows = rows
        self.counts = Counter(values)
        """How often each value stands in it."""
        self.fills = len(set(rows)) == len(rows)
        """Whether each row that has it has it once."""
        self._numbers: list[tuple[float, int]] | None = None

    @property
    def numbers(self) -> list[tuple[float, int]]:
        """Its numbers, quoted ones where all are, each with the number of its row."""
        if self._numbers is None:
            self._numbers = list(_numbers(self.values, self.rows))
        return self._numbers


def _numbers(values: Sequence[str], rows: Sequence[int]) -> Iterator[tuple[float, int]]:
    pattern = _NUMBER
    if values[0][0] == '"':
        if not all(map(_QUOTED_NUMBER.fullmatch, values)):
            return
        pattern = _QUOTED_NUMBER
    for value, row in zip(values, rows, strict=True):
        if pattern.fullmatch(value):
            number = float(value.strip('"'))
            if isfinite(number):
                yield number, row


def columns_of(rows: Sequence[Node]) -> list[Column]:
    """The columns of these rows, in the order in which their fields are first met."""
    first = rows[0]
    if isinstance(first, Object) and all(_is_like(row, first) for row in rows):
        numbers = range(len(rows))
        values = zip(*(row.values for row in rows if isinstance(row, Object)), strict=True)
        named = zip(first.keys, values, strict=True)
        return [Column(plain_name(key), column, numbers) for key, column in named]
    found: dict[str, tuple[list[str], list[int]]] = {}
    for number, row in enumerate(rows):
        for field, spelled in cells_of(row):
            known = found.get(field)
            if known is None:
                known = found[field] = [], []
            known[0].append(spelled)
            known[1].append(number)
    if len(found) > MOST_COLUMNS:
        found = {name: cells for name, cells in found.items() if len(cells[0]) > 1}
    return [Column(name, *cells) for name, cells in islice(found.items(), MOST_COLUMNS)]


def cells_of(row: Node) -> Iterator[tuple[str, str]]:
    """The scalars of a row, each with the names that lead to it."""
    cells: list[tuple[str, str]] = []
    _collect(row, "", 0, cells)
    return iter(cells)


def plain_name(key: str) -> str:
    """A key without its quotes."""
    return key[1:-1] if key[0] == '"' else ""


def _is_like(row: Node, first: Object) -> bool:
    return (
        isinstance(row, Object)
        and row.keys == first.keys
        and all(isinstance(value, str) for value in row.values)
    )


def _collect(node: Node, name: str, depth: int, cells: list[tuple[str, str]]) -> None:
    if isinstance(node, str):
        cells.append((name, node))
    elif depth > NESTED_LEVELS or len(cells) >= MOST_CELLS:
        return
    elif isinstance(node, Object):
        before = f"{name}." if name else ""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(value, str):
                cells.append((f"{before}{key[1:-1]}", value))
            else:
                _collect(value, f"{before}{plain_name(key)}", depth + 1, cells)
    else:
        for place, item in enumerate(node.items[:MOST_LISTED], 1):
            inside = f"{name}[]" if depth else f"{place}."
            _collect(item, inside, depth + 1, cells)
