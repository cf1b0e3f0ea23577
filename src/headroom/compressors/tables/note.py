"""The line above a table that says how it is written.

    [table of 109 lines: blanks for columns 3 apart; in brackets above: 1 NAMESPACE; …]

First the layout that the table had, then what was done to its columns, which count from 1:

    every row: 9 NODE = <none>          the column is left out
    unless a row says otherwise: 4 STATUS = Running
    in brackets above: 1 Year           so is this: `[Year = 1982]` stands above its rows
    in brackets above: 2 date…          its cells go on from `[date = 2014-7-…]` above them
    column 8: ….eu-west-1.internal      its cells go where the dots are
    columns 7-13: 12 decimals, zeros at the end left out
    columns 16-21: empty is N/A
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from headroom.compressors.tables.columns import Plan
from headroom.compressors.units import runs

BEGINS = "[table of "
SEPARATORS = MappingProxyType({"blanks": " ", "commas": ",", "bars": "|", "tabs": "\t"})
HEADLESS = "no heads"
FOLDED = "(×3) is a row three times"
MOST_COLUMNS = 10_000

_NOTE = re.compile(r"\[table of ([0-9]{1,7}) lines(?:, ([0-9]{1,5}) columns)?: (.*)\]")
_WRITTEN = re.compile(r"(blanks|commas|bars|tabs) for (.*)")
_CONSTANT = re.compile(r"([0-9]{1,5}) (.*?) = (.*)")
_ABOVE = re.compile(r"([0-9]{1,5}) (.*?)(…?)")
_COLUMNS = re.compile(r"columns? ([0-9, -]{1,4000}): (.*)")
_DECIMALS = re.compile(r"([0-9]{1,2}) decimals, zeros at the end left out")
_NOTHING = re.compile(r"empty is (\S{1,20})")
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Note:
    """How a table of so many lines is written.

    *separator* stands between cells in place of what the *layout* has; empty where that is
    kept.  *names* are those of the columns that the rows lack.
    """

    height: int
    layout: str
    width: int = 0
    """How many columns there are, where the names above them do not tell."""
    separator: str = ""
    has_heads: bool = True
    plan: Plan = field(default_factory=Plan)
    names: Mapping[int, str] = field(default_factory=dict)
    is_folded: bool = False

    def __str__(self) -> str:
        written = {mark: word for word, mark in SEPARATORS.items()}
        said = [f"{written[self.separator]} for {self.layout}" if self.separator else self.layout]
        if not self.has_heads:
            said.append(HEADLESS)
        said += _clauses(self.plan, self.names)
        if self.is_folded:
            said.append(FOLDED)
        columns = f", {self.width} columns" if self.width else ""
        return f"[table of {self.height} lines{columns}: {'; '.join(said)}]"


def read(line: str) -> Note | None:
    """What a note says; None if this line is none.  Raises ValueError where it makes no sense."""
    found = _NOTE.fullmatch(line)
    if found is None:
        return None
    layout, *said = found[3].split("; ")
    written = _WRITTEN.fullmatch(layout)
    has_heads = said[:1] != [HEADLESS]
    are_folded = said[-1:] == [FOLDED]
    plan, names = _read_clauses(said[not has_heads : len(said) - are_folded])
    return Note(
        height=int(found[1]),
        layout=written[2] if written is not None else layout,
        width=int(found[2] or 0),
        separator=SEPARATORS[written[1]] if written is not None else "",
        has_heads=has_heads,
        plan=plan,
        names=names,
        is_folded=are_folded,
    )


def _clauses(plan: Plan, names: Mapping[int, str]) -> Iterator[str]:
    if plan.constants:
        said = (f"{at + 1} {names[at]} = {value}" for at, value in plan.constants.items())
        yield f"every row: {' | '.join(said)}"
    if plan.usual:
        said = (f"{at + 1} {names[at]} = {value}" for at, value in plan.usual.items())
        yield f"unless a row says otherwise: {' | '.join(said)}"
    if plan.above:
        said = (f"{at + 1} {names[at]}{'…' * (parts > 0)}" for at, parts in plan.above.items())
        yield f"in brackets above: {' | '.join(said)}"
    ways = {at: f"{before}…{after}" for at, (before, after) in plan.around.items()}
    ways |= {
        at: f"{places} decimals, zeros at the end left out" for at, places in plan.decimals.items()
    }
    ways |= {at: f"empty is {word}" for at, word in plan.nothing.items()}
    for way in dict.fromkeys(ways.values()):
        yield f"{_columns([at + 1 for at in ways if ways[at] == way])}: {way}"


def _columns(numbers: Sequence[int]) -> str:
    """`columns 3, 7-13`."""
    pieces = (f"{first}" if first == last else f"{first}-{last}" for first, last in runs(numbers))
    return f"column{'s' * (len(numbers) > 1)} {', '.join(pieces)}"


def _read_clauses(said: Sequence[str]) -> tuple[Plan, dict[int, str]]:
    plan = Plan()
    names: dict[int, str] = {}
    for clause in said:
        kind, _, items = clause.partition(": ")
        if kind in ("every row", "unless a row says otherwise"):
            values = plan.constants if kind == "every row" else plan.usual
            for number, name, value in _items(_CONSTANT, items):
                values[number], names[number] = value, name
        elif kind == "in brackets above":
            for number, name, dots in _items(_ABOVE, items):
                plan.above[number], names[number] = len(dots), name
        else:
            _read_way(plan, *_read_columns(clause))
    return plan, names


def _read_way(plan: Plan, numbers: Sequence[int], way: str) -> None:
    if (places := _DECIMALS.fullmatch(way)) is not None:
        plan.decimals.update(dict.fromkeys(numbers, int(places[1])))
    elif (word := _NOTHING.fullmatch(way)) is not None:
        plan.nothing.update(dict.fromkeys(numbers, word[1]))
    else:
        before, _, after = way.partition("…")
        plan.around.update(dict.fromkeys(numbers, (before, after)))


def _items(pattern: re.Pattern[str], items: str) -> Iterator[tuple[int, str, str]]:
    for item in items.split(" | "):
        found = pattern.fullmatch(item)
        if found is None or not 0 < int(found[1]) <= MOST_COLUMNS:
            raise ValueError(f"{item!r} says nothing of a column")
        yield int(found[1]) - 1, found[2], found[3]


def _read_columns(clause: str) -> tuple[list[int], str]:
    found = _COLUMNS.fullmatch(clause)
    if found is None:
        raise ValueError(f"{clause!r} says nothing of columns")
    numbers: list[int] = []
    for piece in found[1].split(", "):
        ends = _RANGE.fullmatch(piece)
        if ends is None:
            raise ValueError(f"{piece!r} is no range of columns")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if not 0 < first <= last <= MOST_COLUMNS:
            raise ValueError(f"columns {piece} are not there")
        numbers += range(first - 1, last)
    return numbers, found[2]
