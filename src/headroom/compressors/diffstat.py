"""Statistics of diffs (`git diff --stat`, pulls, merges): each directory once, no columns.

    [diffstat: "area.py" below "# src/shapes/" is src/shapes/area.py; columns 24, 3]
     README.md                |  12 +-
    # src/shapes/
    area.py | 12 ++-
    line.py | 4 -
    ./setup.py | 2 +-
     9 files changed, 80 insertions(+), 12 deletions(-)

The first and the last file stand as they were.  `./` is the top directory; a backslash marks a
line of the source that looks like ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from headroom.compressors.base import Origin
from headroom.compressors.lines import escaped, glance, worth_it

FEWEST_FILES = 8
MOST_COLUMNS = 400

_HEADER = re.compile(
    r'\[diffstat: "[^"\n]*" below "# [^"\n]*" is [^;\n]*; columns ([0-9]{1,3}), ([0-9]{1,3})\]'
)
_STAT = re.compile(r" (\S.{0,400}?) {1,400}\| {1,12}([0-9]{1,9}|Bin)((?: [^\r\n]{0,200})?)")
_GLANCE = re.compile(r"^ \S.{0,400}? \| {1,12}(?:[0-9]|Bin)", re.MULTILINE)
_OURS = re.compile(r"(\S.{0,400}?) \| ([0-9]{1,9}|Bin)((?: [^\r\n]{0,200})?)")
_UNTOLD = re.compile(r"[\";]")
_TOP = "./"


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide the columns of paths and of counts are."""

    path: int
    count: int

    def line(self, path: str, count: str, graph: str) -> str:
        """The line of a file as git prints it."""
        return f" {path.ljust(self.path)} | {count.rjust(self.count)}{graph}"


class Diffstat:
    """Lines that each say of a file how many of its lines changed."""

    name = "diffstat"
    kind = "diff"
    strategy = "diffstat"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with each directory once and without padding, or None."""
        if len(_GLANCE.findall(glance(text))) < FEWEST_FILES:
            return None
        lines = text.split("\n")
        files = [at for at, line in enumerate(lines) if _STAT.fullmatch(line)]
        columns = _columns(lines[files[0]]) if len(files) >= FEWEST_FILES else None
        if columns is None:
            return None
        ends = (files[0], files[-1])
        paths = [None if at in ends else _path(line, columns) for at, line in enumerate(lines)]
        body = list(_written(lines, paths))
        encoded = "\n".join((_header(body, columns), *body))
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The statistics as git printed them."""
        header, newline, body = encoded.partition("\n")
        found = _HEADER.fullmatch(header)
        if not newline or found is None:
            raise ValueError("not a diffstat as we write it: the header line is missing")
        columns = _Columns(int(found[1]), int(found[2]))
        return "\n".join(_decoded(body.split("\n"), columns))


def _columns(line: str) -> _Columns | None:
    """The columns by which this line was printed."""
    found = _STAT.fullmatch(line)
    if found is None or found.end(2) > MOST_COLUMNS:
        return None
    bar = line.index("|", found.end(1))
    return _Columns(bar - 2, found.end(2) - bar - 2)


def _path(line: str, columns: _Columns) -> str | None:
    """The path that a line is about, or None where it is not printed by these columns."""
    found = _STAT.fullmatch(line)
    if found is None or columns.line(found[1], found[2], found[3]) != line:
        return None
    return None if found[1].startswith((_TOP, "#", "\\", "/")) else found[1]


def _written(lines: Sequence[str], paths: Sequence[str | None]) -> Iterator[str]:
    directory = ""
    for at, (line, path) in enumerate(zip(lines, paths, strict=True)):
        if path is None:
            yield escaped(line) if _is_mistakable(line) else line
            continue
        its = path[: path.rfind("/") + 1]
        if its != directory and its and at + 1 < len(paths) and _is_in(paths[at + 1], its):
            directory = its
            yield f"# {directory}"
        shown = path[len(directory) :] if directory and its == directory else _TOP + path
        found = _STAT.fullmatch(line)
        yield f"{shown} | {found[2]}{found[3]}" if found else line


def _is_in(path: str | None, directory: str) -> bool:
    return path is not None and path[: path.rfind("/") + 1] == directory


def _is_mistakable(line: str) -> bool:
    return line.startswith(("\\", "# ")) or _OURS.fullmatch(line) is not None


def _header(body: Sequence[str], columns: _Columns) -> str:
    """What the first line says, with an example of this text."""
    directory, name = "src/", "app.py"
    for above, line in pairwise(body):
        found = _OURS.fullmatch(line)
        if above.startswith("# ") and found is not None and not _UNTOLD.search(above + line):
            directory, name = above[2:], found[1]
            break
    example = f'"{name}" below "# {directory}" is {directory}{name}'
    return f"[diffstat: {example}; columns {columns.path}, {columns.count}]"


def _decoded(body: Sequence[str], columns: _Columns) -> Iterator[str]:
    directory = ""
    for line in body:
        found = _OURS.fullmatch(line)
        if line.startswith("\\"):
            yield line[1:]
        elif line.startswith("# "):
            directory = line[2:]
        elif found is not None:
            name = found[1]
            path = name[len(_TOP) :] if name.startswith(_TOP) else directory + name
            yield columns.line(path, found[2], found[3])
        else:
            yield line
