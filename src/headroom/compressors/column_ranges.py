"""What rows that leave a table had in their columns: counts of kinds, ranges of numbers, dates.

    status: Running 88, Pending 2; restarts: 0 to 14, mean 0.3; date: 2014-7-10 to 2015-2-20
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from headroom.compressors.grid import Cells
from headroom.compressors.telling_cells import number_of, numbers_of

MOST_KINDS = 6
KINDS_TOLD = 4
LONGEST_VALUE = 24
LONGEST_NAME = 32
LONGEST = 500

_UNTOLD = re.compile(r"[\[\]\n\r;\"]")
_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?")


def ranges(heads: Cells, rows: Sequence[Cells]) -> str:
    """In words, for as many columns as there is room for; without brackets and line breaks."""
    said: list[str] = []
    room = LONGEST
    for head, column in zip(heads, zip(*rows, strict=True), strict=True):
        values = _values(column)
        one = f"{_plain(head, LONGEST_NAME)}: {values}"
        if not values or len(one) > room:
            continue
        said.append(one)
        room -= len(one) + 2
    return "; ".join(said)


def _values(column: Sequence[str]) -> str:
    """Kinds, a range, or nothing where there is nothing that a few words could say."""
    counts = Counter(column)
    if len(counts) <= MOST_KINDS:
        return _kinds(counts)
    first, last = column[0], column[-1]
    if _DATE.fullmatch(first) and _DATE.fullmatch(last):
        return f"{_plain(first)} to {_plain(last)}"
    numbers = numbers_of(column)
    if not numbers or _is_counted(column):
        return ""
    least, most = min(numbers), max(numbers)
    mean = sum(number for number, _ in numbers) / len(numbers)
    return f"{_plain(column[least[1]])} to {_plain(column[most[1]])}, mean {mean:.4g}"


def _kinds(counts: Counter[str]) -> str:
    if set(counts) == {""}:
        return ""
    told = (f"{_plain(value) or 'empty'} {count}" for value, count in counts.most_common(KINDS_TOLD))
    more = len(counts) - KINDS_TOLD
    return ", ".join([*told, *([f"{more} more"] if more > 0 else [])])


def _is_counted(column: Sequence[str]) -> bool:
    """Whether these numbers only count the rows."""
    some = [number_of(cell) for cell in column[:4]]
    return len(some) > 1 and all(
        above is not None and below == above + 1 for above, below in zip(some, some[1:])
    )


def _plain(value: str, longest: int = LONGEST_VALUE) -> str:
    plain = _UNTOLD.sub("", value).strip()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
