"""Tables (CSV, Markdown, SQL clients, kubectl, docker, ps, df): rows without what repeats.

    [table of 40 lines: blanks for columns 3 apart; unless a row says otherwise: 3 READY = 1/1 | …]
    NAME AGE
    [NAMESPACE = default]
    web-6d4cf56db6-8xkqp 5d
    [NAMESPACE = kube-system]
    coredns-5d78c9869d-2xjvl 12d [READY = 0/1 | STATUS = CrashLoopBackOff]

Padding and borders leave, and columns are written without what their cells have in common; the
note says how.  A backslash marks a line that stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headroom.compressors.base import Origin
from headroom.compressors.lines import escaped, worth_it
from headroom.compressors.tables import note as tabular_note
from headroom.compressors.tables.grid import Grid
from headroom.compressors.tables.grid_finder import grids
from headroom.compressors.tables.reader import restored
from headroom.compressors.tables.writer import written

HEADER = "[text with tables: a line above each says how it is written]"
CRLF = "; lines end in CRLF]"

_TOKEN = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|[^\sA-Za-z0-9]{1,4}|\s{2,}|\n")


class Tabular:
    """Rows of cells, in whatever way they are set."""

    name = "tabular"
    kind = "tabular"
    strategy = "tabular"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with its tables in short, or None."""
        bare = _without_returns(text)
        lines = bare.split("\n")
        found = grids(bare, lines, origin)
        body = list(_encoded(lines, found)) if found else []
        if not any(map(_is_note, body)):
            return None
        if not _is_note(body[0]):
            body.insert(0, HEADER)
        if bare is not text:
            body[0] = body[0].removesuffix("]") + CRLF
        encoded = "\n".join(body)
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The text with its tables as they were set."""
        header, *body = encoded.split("\n")
        has_returns = header.endswith(CRLF)
        if has_returns:
            header = header.removesuffix(CRLF) + "]"
        if header != HEADER:
            if tabular_note.read(header) is None:
                raise ValueError("not tables as we write them: the header line is missing")
            body.insert(0, header)
        return ("\r\n" if has_returns else "\n").join(_decoded(iter(body)))


def _without_returns(text: str) -> str:
    """The text without carriage returns, if each of its lines ends with one."""
    returns = text.count("\r")
    if not returns or text.count("\r\n") != returns or text.count("\n") != returns:
        return text
    return text.replace("\r\n", "\n")


def _is_note(line: str) -> bool:
    return line.startswith(tabular_note.BEGINS)


def _encoded(lines: Sequence[str], found: Sequence[Grid]) -> Iterator[str]:
    at = 0
    for grid in found:
        yield from map(_outside, lines[at : grid.first])
        at = grid.first + grid.height
        source = lines[grid.first : at]
        table = written(grid, source)
        # Whether one table is worth its note is seen on the whole; of many, each must be.
        if table is None or (len(found) > 1 and _tokens(table) >= _tokens(source)):
            yield from map(_outside, source)
        else:
            yield from table
    yield from map(_outside, lines[at:])


def _tokens(lines: Sequence[str]) -> int:
    """About how many: blanks that pad are one, as many as they are."""
    return len(_TOKEN.findall("\n".join(lines)))


def _outside(line: str) -> str:
    return escaped(line) if line.startswith(("\\", tabular_note.BEGINS)) else line


def _decoded(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        note = tabular_note.read(line)
        if note is not None:
            yield from restored(note, lines)
        else:
            yield line.removeprefix("\\")
