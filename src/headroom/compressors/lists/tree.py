"""Trees as `tree` draws them: one blank per level says what the branches drew.

    [listing: indentation is the tree]
    shapes
     src
      area.py
      line.py
     README.md

Which branch turns down and which is the last follows from the lines below.  Only drawn lines
begin with a blank; a backslash marks a line of the source that looks like ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from headroom.compressors.lines import escaped

HEADER = "[listing: indentation is the tree"
FEWEST_BRANCHES = 4
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Pen:
    """The four strokes, four characters each, and what the header calls them."""

    name: str
    down: str
    gap: str
    branch: str
    last: str

    def pattern(self) -> re.Pattern[str]:
        down, gap, branch, last = map(re.escape, (self.down, self.gap, self.branch, self.last))
        return re.compile(rf"((?:{down}|{gap}){{0,{DEEPEST}}})(?:{branch}|{last})(.*)")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name and how deep it hangs, 1 below the root."""

    depth: int
    name: str

    @classmethod
    def of(cls, found: re.Match[str] | None) -> _Entry | None:
        """The entry of a drawn line; None where a leading blank would be taken for depth."""
        if found is None or found[2].startswith(" "):
            return None
        return cls(len(found[1]) // 4 + 1, found[2])

    @classmethod
    def read(cls, line: str) -> _Entry:
        name = line.lstrip(" ")
        depth = len(line) - len(name)
        if depth > DEEPEST + 1:
            raise ValueError(f"no tree is {depth} levels deep")
        return cls(depth, name)


PENS = (
    # `tree` itself draws with no-break spaces, most imitations with plain ones.
    _Pen("", "│   ", "    ", "├── ", "└── "),
    _Pen(", drawn by tree", "│\u00a0\u00a0 ", "    ", "├── ", "└── "),
    _Pen(", drawn in ASCII", "|   ", "    ", "|-- ", "`-- "),
    _Pen(", drawn with plus", "|   ", "    ", "+-- ", "\\-- "),
)
_BRANCH = re.compile(r".{0,240}?(?:[├└]── |\|-- |`-- |\+-- )")


def is_likely(lines: Sequence[str]) -> bool:
    """Whether a few lines are branches of a drawn tree."""
    return sum(_BRANCH.match(line) is not None for line in lines) >= FEWEST_BRANCHES


def encode(lines: Sequence[str]) -> tuple[str, list[str]] | None:
    """The header and the lines, shorter; None if nothing is drawn as we would draw it."""
    tried = [(*_undrawn(lines, pen), pen) for pen in PENS]
    if not tried:
        return None
    body, drawn, pen = max(tried, key=lambda attempt: attempt[1])
    return (f"{HEADER}{pen.name}]", body) if drawn else None


def decode(header: str, lines: Sequence[str]) -> Iterator[str]:
    """The tree with its branches drawn."""
    name = header.removeprefix(HEADER).removesuffix("]")
    pen = next((pen for pen in PENS if pen.name == name), None)
    if pen is None:
        raise ValueError(f"no tree is drawn like that: {header!r}")
    for is_drawn, group in groupby(lines, key=lambda line: line.startswith(" ")):
        if is_drawn:
            yield from _drawn([_Entry.read(line) for line in group], pen)
        else:
            yield from (line.removeprefix("\\") for line in group)


def _undrawn(lines: Sequence[str], pen: _Pen) -> tuple[list[str], int]:
    """The lines with drawn ones as indentation, and how many those are."""
    pattern = pen.pattern()
    entries = [_Entry.of(pattern.fullmatch(line)) for line in lines]
    body: list[str] = []
    drawn = 0
    for is_block, group in groupby(
        zip(entries, lines, strict=True), key=lambda pair: bool(pair[0])
    ):
        pairs = list(group)
        block = [entry for entry, _ in pairs if entry is not None]
        originals = [line for _, line in pairs]
        if is_block and _drawn(block, pen) == originals:
            body += [" " * entry.depth + entry.name for entry in block]
            drawn += len(block)
        else:
            body += [escaped(line) if line.startswith((" ", "\\")) else line for line in originals]
    return body, drawn


def _drawn(entries: Sequence[_Entry], pen: _Pen) -> list[str]:
    """The entries with their branches; what follows an entry says whether it is the last."""
    goes_on = [False] * (DEEPEST + 2)
    rows: list[str] = []
    deepest = 0
    for entry in reversed(entries):
        depth = entry.depth
        goes_on[depth + 1 : deepest + 1] = [False] * (deepest - depth)
        deepest = depth
        above = "".join(pen.down if goes_on[level] else pen.gap for level in range(1, depth))
        rows.append(above + (pen.branch if goes_on[depth] else pen.last) + entry.name)
        goes_on[depth] = True
    rows.reverse()
    return rows
