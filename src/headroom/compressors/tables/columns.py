"""What the cells of a column have in common, and how the column is written without it.

A column that is the same in every row leaves; so does one that is nearly always the same: a row
that differs says so at its end.  Groups stand above their rows, and so do parts of dates that
change slowly; what all cells begin or end with is said once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from headroom.compressors.failures import tells_of_failure
from headroom.compressors.lines import shared_beginning
from headroom.compressors.tables.grid import Cells

LONGEST_VALUE = 120
LEAST_GAIN = 12
"""Tokens, roughly, that a clause saves beyond its own."""
CLAUSE_COST = 8
HEADING_COST = 4
EXCEPTION_COST = 4
RUNS_PER_VALUE = 1.25
"""Values that come and go are no groups: they read better in their rows."""
ROWS_PER_RUN = 3
USUAL_SHARE = 0.7
LEAST_DECIMALS = 4
LEAST_PIECES_AROUND = 4
NOTHINGS = frozenset(
    {"N/A", "n/a", "NA", "NULL", "null", "None", "none", "nan", "NaN", "\\N", "<none>", "<nil>"}
)
"""Ways to write that there is no value: an empty cell says the same."""

_PIECE = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|[^\sA-Za-z0-9]")
_UNSAID = re.compile(r"[\[\]…\\\n\r]|; | \| | = |^[\s|=;]|[\s|=;]$|^$")
_MOMENT = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
    r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[AaPp]M|Z|[+-][0-9:]{2,5})?)?"
)
_PARTS = tuple(
    re.compile(rf"(?:[0-9]{{1,9}}[-/.T :,]){{{parts}}}(?=[0-9])") for parts in range(1, 7)
)
_FIXED = re.compile(r"-?[0-9]{1,20}\.([0-9]{1,20})")
_DIRECTORY = re.compile(r".*/", re.DOTALL)
_DOMAIN = re.compile(r"[A-Za-z][\w.-]{0,400}")


@dataclass(slots=True)
class Plan:
    """How the columns of a table are shortened; they are numbered from 0."""

    constants: dict[int, str] = field(default_factory=dict)
    usual: dict[int, str] = field(default_factory=dict)
    """What most rows have; those that differ say so."""
    above: dict[int, int] = field(default_factory=dict)
    """0 where the whole cell stands above its rows, else how many parts of a date."""
    around: dict[int, tuple[str, str]] = field(default_factory=dict)
    decimals: dict[int, int] = field(default_factory=dict)
    nothing: dict[int, str] = field(default_factory=dict)

    def leaves(self, number: int) -> bool:
        """Whether the rows lack this column."""
        is_same = number in self.constants or number in self.usual
        return is_same or self.above.get(number) == 0

    def heading(self, number: int, cell: str) -> str:
        """What stands above the rows for this cell of a column that has headings."""
        parts = self.above[number]
        found = _PARTS[parts - 1].match(cell) if parts else None
        return f"{found[0]}…" if found is not None else cell

    def short(self, number: int, column: Sequence[str]) -> Sequence[str]:
        """The cells of a column that stays, as they are written."""
        if number in self.above:
            return [cell[len(self.heading(number, cell)) - 1 :] for cell in column]
        if number in self.around:
            before, after = map(len, self.around[number])
            return [cell[before : len(cell) - after] for cell in column]
        if number in self.decimals:
            return [cell.rstrip("0").rstrip(".") for cell in column]
        if number in self.nothing:
            return ["" if cell == self.nothing[number] else cell for cell in column]
        return column

    def whole(self, number: int, cell: str, heading: str) -> str:
        """The cell that was written so, below a *heading* if its column has them."""
        if number in self.above:
            return heading.removesuffix("…") + cell
        if number in self.around:
            return cell.join(self.around[number])
        if number in self.decimals:
            units, _, decimals = cell.partition(".")
            return f"{units}.{decimals.ljust(self.decimals[number], '0')}"
        return cell or self.nothing.get(number, cell)


def plan_for(names: Cells, rows: Sequence[Cells], separator: str) -> Plan:
    """The shortenings that are worth their clauses."""
    plan = Plan()
    often = Counter(names)
    for number, column in enumerate(zip(*rows, strict=True)):
        counts = Counter(column)
        is_sayable = often[names[number]] == 1 and _is_sayable(names[number])
        if not (is_sayable and _leaves(plan, number, names[number], column, counts)):
            _stays_shorter(plan, number, column, counts, separator)
    if len(plan.constants) + len(plan.usual) == len(names):
        # A row must have a cell.
        (plan.usual or plan.constants).popitem()
    return plan


def _leaves(
    plan: Plan, number: int, name: str, column: Sequence[str], counts: Mapping[str, int]
) -> bool:
    """Whether the column, or the beginnings of its cells, need not stand in the rows."""
    if len(counts) == 1:
        gain = len(column) * _cost(column[0]) - _pieces(name)
        if gain > LEAST_GAIN + CLAUSE_COST and _is_sayable(column[0] or "-"):
            plan.constants[number] = column[0]
        return True
    parts = _headings(column, counts, name)
    if parts is not None:
        plan.above[number] = parts
        return True
    value = _usual(len(column), counts, name)
    if value is None or tells_of_failure(value):
        # What failed is to be read where it stands.
        return False
    plan.usual[number] = value
    return True


def _stays_shorter(
    plan: Plan, number: int, column: Sequence[str], counts: Mapping[str, int], separator: str
) -> None:
    if (places := _decimals(column)) > 0:
        plan.decimals[number] = places
    elif (found := _around(column)) is not None:
        plan.around[number] = found
    elif separator and (word := _nothing(counts)):
        plan.nothing[number] = word


def _is_sayable(value: str) -> bool:
    return len(value) <= LONGEST_VALUE and not _UNSAID.search(value)


def _pieces(text: str) -> int:
    """About how many tokens a cell has."""
    return len(_PIECE.findall(text))


def _cost(cell: str) -> float:
    """About how many tokens a cell has with its separator; many empty ones are one token."""
    return _pieces(cell) + 1 if cell else 0.25


def _headings(column: Sequence[str], counts: Mapping[str, int], name: str) -> int | None:
    """0 if the cells should stand above their rows, or how many parts of dates should."""
    best: tuple[float, int] | None = None
    if len(counts) * ROWS_PER_RUN <= len(column) and all(map(_is_sayable, counts)):
        gain = sum(count * _cost(cell) for cell, count in counts.items())
        gain -= _headings_cost(column, counts, name)
        best = (gain, 0)
    if _MOMENT.fullmatch(column[0]) and _MOMENT.fullmatch(column[-1]):
        for parts, pattern in enumerate(_PARTS, 1):
            found = [pattern.match(cell) for cell in column]
            starts = [one[0] for one in found if one is not None]
            kinds = Counter(starts)
            if len(starts) < len(column) or len(kinds) * ROWS_PER_RUN > len(column):
                break
            gain = sum(count * _pieces(start) for start, count in kinds.items())
            gain -= _headings_cost(starts, kinds, name)
            best = max(best or (gain, parts), (gain, parts))
    return best[1] if best is not None and best[0] > LEAST_GAIN + CLAUSE_COST else None


def _headings_cost(column: Sequence[str], counts: Mapping[str, int], name: str) -> float:
    """About how many tokens the headings have; without end where these are no groups."""
    runs = [cell for cell, _ in groupby(column)]
    if len(runs) > len(counts) * RUNS_PER_VALUE or len(runs) * ROWS_PER_RUN > len(column):
        return float("inf")
    return sum(_pieces(cell) for cell in runs) + len(runs) * (_pieces(name) + HEADING_COST)


def _usual(rows: int, counts: Mapping[str, int], name: str) -> str | None:
    """What so many of these cells are that the others are exceptions."""
    value = max(counts, key=lambda cell: counts[cell])
    if counts[value] < USUAL_SHARE * rows or not all(_is_sayable(cell or "-") for cell in counts):
        return None
    gain = counts[value] * _cost(value)
    gain -= (rows - counts[value]) * (_pieces(name) + EXCEPTION_COST)
    return value if gain > LEAST_GAIN + CLAUSE_COST + _pieces(name) else None


def _decimals(column: Sequence[str]) -> int:
    """How many decimals all these numbers have, if many of them end in zeros; else 0."""
    first = _FIXED.fullmatch(column[0])
    places = len(first[1]) if first is not None else 0
    if places < LEAST_DECIMALS:
        return 0
    zeros = 0
    for cell in column:
        found = _FIXED.fullmatch(cell)
        if found is None or len(found[1]) != places:
            return 0
        zeros += places - len(found[1].rstrip("0"))
    return places if zeros // 3 > LEAST_GAIN else 0


def _around(column: Sequence[str]) -> tuple[str, str] | None:
    """The directory, or the domain, that all cells begin or end with, if it is long."""
    found = _DIRECTORY.match(shared_beginning(column))
    before = found[0] if found is not None else ""
    after = "" if before else _domain(column)
    pieces = _pieces(before + after)
    if pieces < LEAST_PIECES_AROUND or (len(column) - 1) * pieces <= LEAST_GAIN + CLAUSE_COST:
        return None
    return (before, after) if _is_sayable(before + after) and '"' not in before else None


def _domain(column: Sequence[str]) -> str:
    if len({cell[-1:] for cell in column}) > 1:
        return ""
    turned = [cell[: -LONGEST_VALUE - 1 : -1] for cell in column]
    found = _DOMAIN.match(shared_beginning(turned))
    # Read from its end; it begins with the last of its dots in that direction.
    return found[0][: found[0].rfind(".") + 1][::-1] if found is not None else ""


def _nothing(counts: Mapping[str, int]) -> str:
    """The word for no value that many of these cells are, where none is empty."""
    if "" in counts:
        return ""
    words = [(counts[word] * _pieces(word), word) for word in NOTHINGS if word in counts]
    gain, word = max(words, default=(0, ""))
    return word if gain > LEAST_GAIN else ""
