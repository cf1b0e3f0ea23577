"""Search results (grep, ripgrep, git grep): the path once, then its lines.

    [search: "7:text" below "# dir/file" is line 7 of dir/file]
    # src/shapes/area.py
    7:def area(shape):
    8-    width = shape.width
    # src/shapes/
    line.py:3:def length(line):
    point.py:9:def distance(a, b):

A heading that ends with a slash is a directory, and its lines begin with a file name.
A lone `#` closes a group; a backslash marks a line of the source that looks like ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from headroom.compressors.base import Origin
from headroom.compressors.finds import blame as search_blame
from headroom.compressors.finds.paths import BETWEEN_MATCHES, PATH, bare_paths, numbered_paths
from headroom.compressors.lines import escaped, glance, worth_it

HEADER = '[search: "7:text" below "# dir/file" is line 7 of dir/file]'
# A directory heading costs a mark and a line end; below this it saves less than it costs.
SHORTEST_DIRECTORY = 8

_GLANCE = re.compile(rf"^(?:\./|/)?{PATH}:", re.MULTILINE)
_IN_FILE = re.compile(r"[0-9]{1,7}[:-]|:")
_IN_DIRECTORY = re.compile(r"[^/\\:\s]+:")
_NOTATION = re.compile(r"#(?: |$)|\\")


class Search:
    """Lines that each begin with the path of the file they stand in, or with their commit."""

    name = "search"
    kind = "search"
    strategy = "search"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with each path standing once above its lines, or None."""
        if len(_GLANCE.findall(glance(text))) < 3:
            return search_blame.encode(text)
        lines = text.split("\n")
        paths = numbered_paths(lines)
        if paths is None:
            return None
        paths = paths or bare_paths(lines)
        encoded = "\n".join((HEADER, *_encoded(lines, paths)))
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The text with the path in front of each of its lines again."""
        if encoded.startswith(search_blame.HEADER):
            return search_blame.decode(encoded)
        header, newline, body = encoded.partition("\n")
        if header != HEADER or not newline:
            raise ValueError("not search results as we write them: the header line is missing")
        return "\n".join(_decoded(body.split("\n")))


@dataclass(frozen=True, slots=True)
class _File:
    """Neighbouring lines of one file, or of none: then *path* is empty."""

    path: str
    lines: list[str]

    @property
    def directory(self) -> str:
        """What a single match has before its file name, if that is worth a heading."""
        if len(self.lines) > 1 or not self.path:
            return ""
        cut = max(self.path.rfind("/"), self.path.rfind("\\")) + 1
        rest = self.lines[0][cut:]
        return self.path[:cut] if cut >= SHORTEST_DIRECTORY and _IN_DIRECTORY.match(rest) else ""

    def bare_lines(self) -> Iterator[str]:
        """The lines without their path."""
        start = len(self.path)
        for line in self.lines:
            if line == BETWEEN_MATCHES:
                yield line
                continue
            mark = _IN_FILE.match(line, start + 1)
            numbered = mark is not None and mark[0][-1] == line[start] and len(mark[0]) > 1
            yield line[start + 1 :] if numbered else line[start:]


def _encoded(lines: Sequence[str], paths: Sequence[str]) -> Iterator[str]:
    files = [
        _File(path, [lines[position] for position in positions])
        for path, positions in groupby(range(len(lines)), key=paths.__getitem__)
    ]
    inside: re.Pattern[str] | None = None
    for directory, group in groupby(files, key=lambda file: file.directory):
        members = list(group)
        if directory and len(members) > 1:
            yield f"# {directory}"
            yield from (file.lines[0][len(directory) :] for file in members)
            inside = _IN_DIRECTORY
            continue
        for file in members:
            if file.path and len(file.lines) > 1:
                yield f"# {file.path}"
                yield from file.bare_lines()
                inside = _IN_FILE
                continue
            if inside is not None and any(map(inside.match, file.lines)):
                yield "#"
                inside = None
            yield from (escaped(line) if _NOTATION.match(line) else line for line in file.lines)


def _decoded(lines: Sequence[str]) -> Iterator[str]:
    heading = ""
    inside: re.Pattern[str] | None = None
    for line in lines:
        if line.startswith("\\"):
            yield line[1:]
        elif line.startswith("# "):
            heading = line[2:]
            inside = _IN_DIRECTORY if heading.endswith(("/", "\\")) else _IN_FILE
        elif line == "#":
            inside = None
        elif inside is None or (mark := inside.match(line)) is None:
            yield line
        elif inside is _IN_DIRECTORY or mark[0] == ":":
            yield heading + line
        else:
            yield heading + mark[0][-1] + line
