"""The lines below the note of a table: rows in short, and what else may stand between them.

web-8xkqp 5d [STATUS = Pending]     a row, and at its end where it is not as usual
404,Not found (×3)                  three times the same row
[NAMESPACE = shop]                  what stands above the rows that follow
---                                 the drawn line that belongs there
[… lines 9-90 left out]             a line that stands for others; so may a drawn line
\\any line                           that line as it is
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from headroom.compressors.tables.grid import Cells, Layout, is_no_row

RULE = "---"
SHORTEST_FOLD = 10
"""Characters that folding equal rows must save."""

_FOLD = re.compile(r" \(×([0-9]{1,7})\)$")


def split(line: str, separator: str, layout: Layout | None, width: int) -> Cells | None:
    """The cells that are written so, by the separator of *layout* if that has one.

    Else the last cell may hold the *separator*, if the *width* of the table is known.
    """
    if layout is not None and layout.separator:
        return layout.cells(line)
    return tuple(line.split(separator, width - 1))


def parted(line: str, usual: Collection[str]) -> tuple[str, str]:
    """A row, and what it says at its end of the columns that are *usual* elsewhere."""
    if not usual or not line.endswith("]"):
        return line, ""
    row, _, said = line[:-1].rpartition(" [")
    is_said = all(one.partition(" = ")[0] in usual for one in said.split(" | "))
    return (row, said) if is_said else (line, "")


def is_row(line: str) -> bool:
    """Whether a line below a note is a row in short."""
    return not line.startswith(("[", "\\")) and not is_no_row(line) and line != RULE


def is_folded(line: str) -> bool:
    """Whether a row says that it stands several times."""
    return line.endswith(")") and is_row(line) and _FOLD.search(line) is not None


def folded(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with rows that follow on one another written once."""
    for line, same in groupby(lines):
        times = sum(1 for _ in same)
        if is_row(line) and (times - 1) * (len(line) + 1) >= SHORTEST_FOLD:
            yield f"{line} (×{times})"
        else:
            yield from [line] * times


def unfolded(line: str) -> tuple[str, int]:
    """A row, and how often it stands."""
    found = _FOLD.search(line) if line.endswith(")") else None
    return (line[: found.start()], int(found[1])) if found is not None else (line, 1)
