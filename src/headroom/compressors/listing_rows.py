"""Rows of `ls -l`: what most rows share stands once, the blanks that align them not at all.

    [listing: rows without a mode are -rw-r--r-- 1 ada staff SIZE Nov 21 02:43 NAME]
    src/shapes:
    total 24
    drwxr-xr-x 2 ada staff 4096 Nov 21 02:40 old
    812 area.py
    640 line.py

The columns are as wide as their widest cell, as `ls` makes them, block by block.  A backslash
marks a line of the source that looks like ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from headroom.compressors.lines import escaped

HEADER = "[listing: rows without a mode are "
FEWEST_ROWS = 4

_BSD = " in BSD columns"
_BSD_ROW = re.compile(r"[-bcdlps][-rwxsStT]{9}(?:@|\+|  ) *[0-9]+ [^ ]+ *  [^ ]+ *  ")

_MODE = r"[-bcdlps][-rwxsStT]{9}[+.@]?"
_ROW = re.compile(
    rf"({_MODE}) +([0-9]+) +([^\s]+) +([^\s]+) +([0-9][0-9.,]*[KMGTP]?)"
    r" ([A-Z][a-z]{2}) +([0-9]{1,2}) +([0-9]{2}:[0-9]{2}|[0-9]{4}) (.*)"
)
_SHORT = re.compile(r"([0-9][0-9.,]*[KMGTP]?) (?:([A-Z][a-z]{2} [0-9]{1,2} [0-9:]{4,5}) )?(.*)")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row by its columns; *date* with single blanks."""

    mode: str
    links: str
    owner: str
    group: str
    size: str
    date: str
    name: str

    @classmethod
    def read(cls, line: str) -> _Row | None:
        found = _ROW.fullmatch(line)
        if found is None:
            return None
        mode, links, owner, group, size, month, day, time, name = found.groups()
        return cls(mode, links, owner, group, size, f"{month} {day} {time}", name)

    @property
    def ownership(self) -> str:
        return f"{self.mode} {self.links} {self.owner} {self.group}"

    def written(self) -> str:
        """The row with all its columns, one blank between them."""
        return f"{self.ownership} {self.size} {self.date} {self.name}"


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a row has when it does not say so; an empty date is said by each row."""

    ownership: str
    date: str
    is_bsd: bool

    @classmethod
    def of(cls, rows: Sequence[_Row], *, is_bsd: bool) -> _Usual:
        ownership = _most_common(row.ownership for row in rows)
        dates = [row.date for row in rows if row.ownership == ownership]
        date = _most_common(dates)
        return cls(ownership, date if dates.count(date) * 2 > len(dates) else "", is_bsd)

    @classmethod
    def read(cls, header: str) -> _Usual:
        inside = header.removeprefix(HEADER).removesuffix("]")
        bare = inside.removesuffix(_BSD)
        ownership, _, rest = bare.partition(" SIZE ")
        date = rest.removesuffix(" NAME")
        if not _ROW.fullmatch(f"{ownership} 0 Jan 1 00:00 x"):
            raise ValueError(f"{ownership!r} is not mode, links, owner and group")
        return cls(ownership, "" if date == "DATE" else date, inside != bare)

    @property
    def header(self) -> str:
        columns = _BSD if self.is_bsd else ""
        return f"{HEADER}{self.ownership} SIZE {self.date or 'DATE'} NAME{columns}]"

    def shortened(self, row: _Row) -> str:
        if row.ownership != self.ownership:
            return row.written()
        date = "" if row.date == self.date else row.date + " "
        short = f"{row.size} {date}{row.name}"
        return short if self.completed(short) == row else row.written()

    def completed(self, line: str) -> _Row | None:
        """The row that *line* stands for, None if it stands for itself."""
        found = _SHORT.fullmatch(line)
        if found is None:
            return _Row.read(line)
        size, date, name = found.groups()
        mode, links, owner, group = self.ownership.split(" ")
        return _Row(mode, links, owner, group, size, date or self.date, name)


def is_likely(lines: Sequence[str]) -> bool:
    """Whether a few lines are rows of `ls -l`."""
    return sum(_ROW.match(line) is not None for line in lines) >= FEWEST_ROWS


def encode(lines: Sequence[str]) -> tuple[str, list[str]] | None:
    """The header and the lines, shorter; None if there are no rows."""
    rows = [_Row.read(line) for line in lines]
    found = [row for row in rows if row is not None]
    if not found:
        return None
    usual = _Usual.of(found, is_bsd=any(_BSD_ROW.match(line) for line in lines))
    body: list[str] = []
    for is_block, group in groupby(zip(rows, lines, strict=True), key=lambda pair: bool(pair[0])):
        pairs = list(group)
        block = [row for row, _ in pairs if row is not None]
        originals = [line for _, line in pairs]
        if is_block and list(_aligned(block, is_bsd=usual.is_bsd)) == originals:
            body += map(usual.shortened, block)
        else:
            body += [escaped(line) if _is_ours(usual, line) else line for line in originals]
    return usual.header, body


def decode(header: str, lines: Sequence[str]) -> Iterator[str]:
    """The rows as `ls` aligned them."""
    usual = _Usual.read(header)
    block: list[_Row] = []
    for line in lines:
        row = None if line.startswith("\\") else usual.completed(line)
        if row is not None:
            block.append(row)
            continue
        yield from _aligned(block, is_bsd=usual.is_bsd)
        block = []
        yield line.removeprefix("\\")
    yield from _aligned(block, is_bsd=usual.is_bsd)


def _is_ours(usual: _Usual, line: str) -> bool:
    return line.startswith("\\") or usual.completed(line) is not None


def _most_common(values: Iterable[str]) -> str:
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else ""


def _aligned(rows: Sequence[_Row], *, is_bsd: bool) -> Iterator[str]:
    if not rows:
        return
    links = max(len(row.links) for row in rows)
    owner = max(len(row.owner) for row in rows)
    group = max(len(row.group) for row in rows)
    size = max(len(row.size) for row in rows)
    mode, gap = (11, "  ") if is_bsd else (max(len(row.mode) for row in rows), " ")
    for row in rows:
        month, day, time = row.date.split(" ")
        yield (
            f"{row.mode:<{mode}} {row.links:>{links}} {row.owner:<{owner}}{gap}"
            f"{row.group:<{group}}{gap}{row.size:>{size}} {month} {day:>2} {time:>5} {row.name}"
        )
