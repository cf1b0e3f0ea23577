"""`git blame`: who wrote a commit and when is said once, the commit only where it changes.

    [blame: a line without a commit is of the commit above; author and date stand once for each]
    61ce6c59c (Ada Byron 2011-11-10) 1) def area(shape):
    2)     width = shape.width
    eaf3318dd (Tove Lind 2015-02-18) 3)     check(width)
    61ce6c59c 4)     return width * shape.height

The columns are as wide as their widest cell, as git makes them; where the output is a part of
a longer one, the header says how wide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headroom.compressors.lines import escaped, glance, worth_it

HEADER = (
    "[blame: a line without a commit is of the commit above; author and date stand once for each"
)
FEWEST_LINES = 6

_COMMIT = r"\^?[0-9a-f]{7,40}"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:]{8} [+-][0-9]{4})?"
_LINE = re.compile(rf"({_COMMIT}) \((\S.{{0,79}}?) +({_DATE}) +([0-9]{{1,7}})\)(.*)")
_GLANCE = re.compile(rf"^{_COMMIT} \(\S.{{0,119}} [0-9]{{1,7}}\)", re.MULTILINE)
_SHORT = re.compile(rf"(?:({_COMMIT}) (?:\((\S.{{0,79}}?) ({_DATE})\) )?)?([0-9]{{1,7}})\)(.*)")
_PADDED = re.compile(r"; padded to ([0-9]{1,3}) and ([0-9])")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, and which commit it is of."""

    commit: str
    author: str
    date: str
    number: str
    text: str

    @classmethod
    def read(cls, line: str) -> _Line | None:
        found = _LINE.fullmatch(line)
        return cls(*found.groups()) if found else None


@dataclass(frozen=True, slots=True)
class _Widths:
    """Of the columns of authors and of line numbers."""

    author: int
    number: int

    @classmethod
    def of(cls, lines: Sequence[_Line]) -> _Widths:
        """As wide as the widest of these."""
        author = max((_width(line.author) for line in lines), default=0)
        return cls(author, max((len(line.number) for line in lines), default=0))

    def written(self, line: _Line) -> str:
        """The line as git prints it."""
        author = line.author + " " * (self.author - _width(line.author))
        number = f"{line.number:>{self.number}}"
        return f"{line.commit} ({author} {line.date} {number}){line.text}"


def encode(text: str) -> str | None:
    """*text* with each commit told once, or None when it is not from git blame or no shorter."""
    if len(_GLANCE.findall(glance(text))) < FEWEST_LINES:
        return None
    lines = text.split("\n")
    read = [_Line.read(line) for line in lines]
    blamed = [line for line in read if line is not None]
    if not blamed:
        return None
    widths = _widths_in(text, blamed[0])
    padded = f"; padded to {widths.author} and {widths.number}"
    header = HEADER if widths == _Widths.of(blamed) else HEADER + padded
    encoded = "\n".join((f"{header}]", *_encoded(lines, read, widths)))
    return encoded if worth_it(encoded, text) else None


def decode(encoded: str) -> str:
    """The text with its commits on each line again.  Raises ValueError on anything else."""
    header, newline, body = encoded.partition("\n")
    if not newline or not header.startswith(HEADER) or not header.endswith("]"):
        raise ValueError("not lines of git blame as we write them: the header line is missing")
    lines = list(_decoded(body.split("\n")))
    padded = _PADDED.fullmatch(header, len(HEADER), len(header) - 1)
    blamed = [line for line in lines if isinstance(line, _Line)]
    widths = _Widths(int(padded[1]), int(padded[2])) if padded else _Widths.of(blamed)
    return "\n".join(widths.written(line) if isinstance(line, _Line) else line for line in lines)


def _widths_in(text: str, line: _Line) -> _Widths:
    """How wide the columns are where this line, the first of its kind, stands."""
    at = text.index(f"{line.commit} ({line.author} ")
    inside = text[at : text.index(f"{line.number})", at)]
    author = inside.index(line.date) - len(f"{line.commit} (") - 1
    number = len(inside) - inside.index(line.date) - len(line.date) - 1 + len(line.number)
    return _Widths(author - len(line.author) + _width(line.author), number)


def _width(text: str) -> int:
    """The columns that a terminal takes for *text*."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _encoded(lines: Sequence[str], read: Sequence[_Line | None], widths: _Widths) -> Iterator[str]:
    told: dict[str, tuple[str, str]] = {}
    above = ""
    for line, blamed in zip(lines, read, strict=True):
        if blamed is None or widths.written(blamed) != line:
            yield escaped(line) if line.startswith("\\") or _SHORT.fullmatch(line) else line
            continue
        who = (blamed.author, blamed.date)
        said = f"{blamed.number}){blamed.text}"
        if told.get(blamed.commit) != who:
            said = f"{blamed.commit} ({blamed.author} {blamed.date}) {said}"
        elif blamed.commit != above:
            said = f"{blamed.commit} {said}"
        yield said
        told[blamed.commit] = who
        above = blamed.commit


def _decoded(lines: Sequence[str]) -> Iterator[_Line | str]:
    told: dict[str, tuple[str, str]] = {}
    above = ""
    for line in lines:
        found = _SHORT.fullmatch(line)
        if found is None:
            yield line.removeprefix("\\")
            continue
        commit, author, date, number, text = found.groups()
        above = commit or above
        if author:
            told[above] = (author, date)
        if above not in told:
            raise ValueError(f"whose line {number} is should stand above {line[:40]!r}")
        yield _Line(above, *told[above], number, text)
