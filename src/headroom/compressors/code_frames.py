"""Where the code stands in what a tool tells: between its sentences, behind line numbers.

    Here's the result of running `cat -n` on /srv/shapes/area.py:
         7	def area(shape):
         8	    return shape.width * shape.height

is the code of `/srv/shapes/area.py` from its line 7 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHORTEST_RUN = 8
HEADING_ROWS = 12
CLOSING_ROWS = 40

# `cat -n`, `nl` and the viewers of agents: "     7\t", "7→", "7:", "00007| ".
_NUMBERED = re.compile(r"( {0,12}[0-9]{1,8})( ?[\t→|:])")
# What agents write above a file that they show.
_HEADING = re.compile(
    r"Chunk ID: |Wall time: |Process (?:exited|running) with |Original token count: "
    r"|Total output lines: |Exit code: |Output:|Here's the (?:result of running|content) "
    r"|\[File: |\(\d{1,8} more lines? above\)|OBSERVATION:|File: |Path: |```\w{0,12}\s*$"
    r"|==> .{1,300} <==\s*$|</?[a-z_]{2,20}(?: [^<>]{0,300})?>(?:[^<>]{0,300}</[a-z_]{2,20}>)?\s*$"
)
_CLOSING = re.compile(
    r"</[a-z_-]{2,30}>\s*$|```\s*$|bash-\$|\s*$|\(\d{1,8} more lines? below\)"
    r"|\((?:Open file: |Current directory: |Results? |End of file)"
)
_REMINDER = re.compile(r"\s{0,8}<system-reminder>")
_NAMED_FILE = re.compile(r"[\w~./\\@+ -]{0,300}[\w)\]-]\.[A-Za-z+]{1,4}\b")


@dataclass(frozen=True, slots=True)
class Section:
    """One piece of code in a text: *lines* without the numbers, from row *first* of the text.

    *columns* is what stood in front of each line, *numbers* the number of each: as shown, else
    the row, counted from 1.  *heading* is what the tool wrote above it.
    """

    first: int
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: tuple[int, ...]
    heading: str = ""

    @property
    def code(self) -> str:
        """The code as it stands in its file."""
        return "\n".join(self.lines)


def sections(rows: Sequence[str]) -> tuple[Section, ...]:
    """The pieces of code in the text that has these *rows*, in their order."""
    runs = tuple(_runs(rows))
    if sum(len(run.lines) for run in runs) * 2 > len(rows):
        return runs
    return (_unnumbered(rows),)


def file_named(section: Section) -> str:
    """The file that the heading of a section names; empty if none."""
    found = _NAMED_FILE.findall(section.heading[-2_000:])
    return found[-1].strip() if found else ""


def _unnumbered(rows: Sequence[str]) -> Section:
    first, last = _headed(rows), len(rows)
    for row in range(max(first, last - CLOSING_ROWS), last):
        if _REMINDER.match(rows[row]):
            last = row
            break
    least = max(first, last - CLOSING_ROWS)
    while last > least and _CLOSING.match(rows[last - 1]):
        last -= 1
    lines = tuple(rows[first:last])
    numbers = tuple(range(first + 1, last + 1))
    return Section(first, lines, ("",) * len(lines), numbers, "\n".join(rows[:first]))


def _headed(rows: Sequence[str]) -> int:
    """How many rows at the top are not code."""
    heading = 0
    for row, line in enumerate(rows[:HEADING_ROWS]):
        if _HEADING.match(line):
            heading = row + 1
    return heading


def _runs(rows: Sequence[str]) -> Iterator[Section]:
    """The runs of consecutive numbers; `nl` leaves blank lines without one."""
    row = heading = 0
    while row < len(rows):
        found = _NUMBERED.match(rows[row])
        if found is None:
            row += 1
            continue
        last = _last_of_run(rows, row, int(found[1]), found[2])
        if last - row + 1 >= SHORTEST_RUN:
            yield _numbered(rows, row, last, "\n".join(rows[heading:row]))
            heading = last + 1
        row = last + 1


def _last_of_run(rows: Sequence[str], first: int, number: int, mark: str) -> int:
    last = first
    for row in range(first + 1, len(rows)):
        line = rows[row]
        found = _NUMBERED.match(line)
        if found is None:
            if line.strip():
                break
            continue
        if found[2] != mark or int(found[1]) != number + 1:
            break
        number += 1
        last = row
    return last


def _numbered(rows: Sequence[str], first: int, last: int, heading: str) -> Section:
    lines: list[str] = []
    columns: list[str] = []
    numbers: list[int] = []
    for line in reversed(rows[first : last + 1]):
        found = _NUMBERED.match(line)
        # A blank line without a number goes with the line below it.
        width = found.end() if found is not None else len(line)
        columns.append(line[:width])
        lines.append(line[width:])
        numbers.append(int(found[1]) if found is not None else numbers[-1])
    lines, columns, numbers = lines[::-1], columns[::-1], numbers[::-1]
    if columns[0][-1] in "|:" and all(line[:1] in (" ", "", "\r") for line in lines):
        # The blank behind the mark is not the code's.
        columns = [
            column + line[:1].strip("\r") for column, line in zip(columns, lines, strict=True)
        ]
        lines = [line.removeprefix(" ") for line in lines]
    return Section(first, tuple(lines), tuple(columns), tuple(numbers), heading)
