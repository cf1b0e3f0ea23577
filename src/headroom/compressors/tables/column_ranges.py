"""What rows that leave a table had in their columns: counts of kinds, ranges of numbers, dates.

status: Running 88, Pending 2; restarts: 0 to 14, mean 0.3; date: 2014-7-10 to 2015-2-20
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from headroom.compressors.tables.grid import Cells
from headroom.compressors.tables.telling_cells import numbers_of

MOST_KINDS = 6
KINDS_TOLD = 4
LONGEST_VALUE = 24
LONGEST_NAME = 32
LONGEST = 500
WHOLE_MEANS = 1_000
"""From here on a mean is told without decimals."""

_IDENTIFIER = re.compile(
    r"(?:.*[\s_.-])?(?i:id|pid|uid|ppid|no|nr|zip|phone|code|uuid)|.*[a-z](?:ID|Id|No|Nr)"
)
_UNTOLD = re.compile(r"[\[\]\n\r;\"]")
_DATE = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})(?:[T ].*)?")
_YEAR_FIRST, _MONTH_FIRST, _DAY_FIRST = (0, 1, 2), (2, 0, 1), (2, 1, 0)


def ranges(heads: Cells, gone: Sequence[Cells], rows: Sequence[Cells]) -> str:
    """What is *gone* of these *rows*, for as many columns as there is room for.

    Without brackets and line breaks.
    """
    said: list[str] = []
    room = LONGEST
    columns = zip(heads, zip(*gone, strict=True), zip(*rows, strict=True), strict=True)
    for head, column, whole in columns:
        # What is the same in all rows can be seen in those that stay; a range of names is none.
        if not head or _IDENTIFIER.fullmatch(head) or len(set(whole)) == 1:
            continue
        values = _values(column)
        one = f"{_plain(head, LONGEST_NAME)}: {values}"
        if values and len(one) <= room:
            said.append(one)
            room -= len(one) + 2
    return "; ".join(said)


def _values(column: Sequence[str]) -> str:
    """Kinds, a range, or nothing where there is nothing that a few words could say."""
    counts = Counter(column)
    if len(counts) <= MOST_KINDS:
        return _kinds(counts)
    if _DATE.fullmatch(column[0]):
        return _dates(column)
    numbers = numbers_of(column)
    if not numbers or _are_counted([number for number, _ in numbers]):
        return ""
    least, most = min(numbers), max(numbers)
    mean = sum(number for number, _ in numbers) / len(numbers)
    said = f"{mean:.0f}" if abs(mean) >= WHOLE_MEANS else f"{mean:.3g}"
    return f"{_plain(column[least[1]])} to {_plain(column[most[1]])}, mean {said}"


def _kinds(counts: Counter[str]) -> str:
    told = [
        f"{_plain(value) or 'empty'} {count}" for value, count in counts.most_common(KINDS_TOLD)
    ]
    more = len(counts) - KINDS_TOLD
    return ", ".join([*told, *([f"{more} more"] if more > 0 else [])])


def _are_counted(numbers: Sequence[float]) -> bool:
    """Whether these numbers only count the rows."""
    return all(below == above + 1 for above, below in pairwise(numbers[:4]))


def _dates(column: Sequence[str]) -> str:
    """From the earliest to the latest; nothing where day and month cannot be told apart."""
    found = [one.groups() for cell in column if (one := _DATE.fullmatch(cell)) is not None]
    if len(found) < len(column):
        return ""
    days = [tuple(map(int, parts)) for parts in found]
    for order in (_YEAR_FIRST, _MONTH_FIRST, _DAY_FIRST):
        keys = [tuple(day[at] for at in order) for day in days]
        if keys == sorted(keys) or keys == sorted(keys, reverse=True):
            return f"{_plain(column[0])} to {_plain(column[-1])}"
    if all(len(parts[0]) == len("2026") for parts in found):
        first = min(range(len(days)), key=days.__getitem__)
        last = max(range(len(days)), key=days.__getitem__)
        return f"{_plain(column[first])} to {_plain(column[last])}"
    return ""


def _plain(value: str, longest: int = LONGEST_VALUE) -> str:
    plain = _UNTOLD.sub("", value).strip()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
