"""Rows of `ls -l`: what most rows share stands once, the blanks that align them not at all.

    [listing: rows without a mode are -rw-r--r-- 1 ada staff SIZE Nov 21 02:43 NAME]
    src/shapes:
    total 24
    drwxr-xr-x 2 ada staff 4096 Nov 21 02:40 old
    812 area.py
    640 line.py

The columns are as wide as their widest cell, as `ls` makes them, block by block; where rows were
cut off, `[columns 2 3 5 4]` says how wide they were: links, owner, group, size.  A backslash
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
USUAL_MODE = 10

_BSD = " in BSD columns"
_BSD_ROW = re.compile(r"[-bcdlps][-rwxsStT]{9}(?:@|\+|  ) *[0-9]+ [^ ]+ *  [^ ]+ *  ")

_MODE = r"[-bcdlps][-rwxsStT]{9}[+.@]?"
_ROW = re.compile(
    rf"({_MODE}) +([0-9]+) +([^\s]+) +([^\s]+) +([0-9][0-9.,]*[KMGTP]?)"
    r" ([A-Z][a-z]{2}) +([0-9]{1,2}) +([0-9]{2}:[0-9]{2}|[0-9]{4}) (.*)"
)
_CELLS = re.compile(
    rf"({_MODE} +[0-9]+) ([^\s]+ +)([^\s]+ +[0-9][0-9.,]*[KMGTP]?) [A-Z][a-z]{{2}} "
)
_COLUMNS = re.compile(
    r"\[columns ([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,3})(?: and mode ([0-9]{1,2}))?\]"
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


@dataclass(frozen=True, slots=True)
class _Widths:
    """How wide the columns of a block are."""

    links: int
    owner: int
    group: int
    size: int
    mode: int
    gap: str

    @classmethod
    def of(cls, rows: Sequence[_Row], usual: _Usual) -> _Widths:
        """As wide as the widest cells."""
        return cls(
            links=max(len(row.links) for row in rows),
            owner=max(len(row.owner) for row in rows),
            group=max(len(row.group) for row in rows),
            size=max(len(row.size) for row in rows),
            mode=11 if usual.is_bsd else max(len(row.mode) for row in rows),
            gap="  " if usual.is_bsd else " ",
        )

    @classmethod
    def that_give(cls, lines: Sequence[str], rows: Sequence[_Row], usual: _Usual) -> _Widths | None:
        """The widths with which the rows are these lines, None where none are."""
        widths = cls.of(rows, usual)
        found = _CELLS.match(lines[0])
        if list(widths.aligned(rows)) == lines or found is None:
            return widths if found else None
        gap = len(widths.gap)
        links = len(found[1]) - widths.mode - 1
        owner = len(found[2]) - gap
        size = len(found[3]) - gap - widths.group
        wider = cls(links, owner, widths.group, size, widths.mode, widths.gap)
        return wider if list(wider.aligned(rows)) == lines else None

    @classmethod
    def read(cls, line: str, usual: _Usual) -> _Widths | None:
        """The widths that this line says."""
        found = _COLUMNS.fullmatch(line)
        if found is None:
            return None
        links, owner, group, size = map(int, found.groups()[:4])
        mode, gap = (11, "  ") if usual.is_bsd else (int(found[5] or 10), " ")
        return cls(links, owner, group, size, mode, gap)

    def said(self) -> str:
        """These widths as a line."""
        mode = "" if self.mode == USUAL_MODE or self.gap == "  " else f" and mode {self.mode}"
        return f"[columns {self.links} {self.owner} {self.group} {self.size}{mode}]"

    def aligned(self, rows: Sequence[_Row]) -> Iterator[str]:
        """The rows in these columns."""
        for row in rows:
            month, day, time = row.date.split(" ")
            yield (
                f"{row.mode:<{self.mode}} {row.links:>{self.links}} {row.owner:<{self.owner}}"
                f"{self.gap}{row.group:<{self.group}}{self.gap}{row.size:>{self.size}}"
                f" {month} {day:>2} {time:>5} {row.name}"
            )


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
        if is_block and (widths := _Widths.that_give(originals, block, usual)):
            body += [] if widths == _Widths.of(block, usual) else [widths.said()]
            body += map(usual.shortened, block)
        else:
            body += [escaped(line) if _is_ours(usual, line) else line for line in originals]
    return usual.header, body


def decode(header: str, lines: Sequence[str]) -> Iterator[str]:
    """The rows as `ls` aligned them."""
    usual = _Usual.read(header)
    block: list[_Row] = []
    widths: _Widths | None = None
    for line in lines:
        row = None if line.startswith("\\") else usual.completed(line)
        if row is not None:
            block.append(row)
            continue
        yield from _block(block, widths, usual)
        block = []
        widths = _Widths.read(line, usual)
        if widths is None:
            yield line.removeprefix("\\")
    yield from _block(block, widths, usual)


def _block(rows: Sequence[_Row], widths: _Widths | None, usual: _Usual) -> Iterator[str]:
    if rows:
        yield from (widths or _Widths.of(rows, usual)).aligned(rows)


def _is_ours(usual: _Usual, line: str) -> bool:
    if line.startswith("\\") or _COLUMNS.fullmatch(line):
        return True
    return usual.completed(line) is not None


def _most_common(values: Iterable[str]) -> str:
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else ""
