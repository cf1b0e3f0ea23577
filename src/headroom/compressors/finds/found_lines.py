"""Search results, read line by line: which line of which file each of them shows.

    src/app.py:12:def run():        each line with its path (grep, ripgrep, git grep)

    src/app.py                      each path once, above its lines (ripgrep on a terminal,
    12:def run():                   the search tools of agents: `Line 12: …`, `12| …`)

    12:def run():                   one file, of which the call alone says which it is

Lines of context, headings and what stands between matches are told apart from the matches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from headroom.compressors.finds.paths import BETWEEN_MATCHES, RISING, bare_paths, numbered_paths

Kind = Literal["match", "context", "heading", "between", "other"]

FEWEST_MATCHES = 3
VIEW = 8
"""Out of ten neighbours: where so many lines follow one another, a file is being shown."""

_NUMBER = re.compile(r"([0-9]{1,7})([:-])")
_UNDER_HEADING = re.compile(r"\s{0,8}(?:Line |L)?([0-9]{1,7})(?:([:-])|\s?\|)")
_HEADING = re.compile(
    r"(?:File: |#{1,3} |[*•-] )?[`\"]?((?:[A-Za-z]:)?[^\s:\"'<>|*?;`]"
    r"[^\t\r\n:\"'<>|*?;`]{0,300}?)[`\"]?:?(?: \([0-9]{1,7} match(?:es)?\))?:?"
)
_LIKE_A_FILE = re.compile(r"[/\\.][\w-]{0,80}[^\W\d_][\w-]{0,80}$")


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line: the file whose line it shows, that line's number (0 if it is not said), and
    where the file's own text begins in it.
    """

    kind: Kind
    path: str = ""
    number: int = 0
    start: int = 0

    @property
    def is_of_a_file(self) -> bool:
        """Whether it shows a line of a file."""
        return self.kind in ("match", "context")


OTHER = FoundLine("other")


def found_lines(lines: Sequence[str], *, of_one_file: bool) -> list[FoundLine]:
    """What each of *lines* shows; an empty list where they are no search results.

    *of_one_file*: the call was a search, so numbers alone may be lines of the file it names.
    """
    paths = numbered_paths(lines)
    if paths is None:
        return []
    if paths:
        return _with_paths(lines, paths)
    found = _below_headings(lines)
    if not found and of_one_file:
        found = _numbers_only(lines)
    return found or _with_paths(lines, bare_paths(lines))


def _with_paths(lines: Sequence[str], paths: Sequence[str]) -> list[FoundLine]:
    found = [_with_path(line, path) for line, path in zip(lines, paths, strict=True)]
    return _if_enough(found)


def _with_path(line: str, path: str) -> FoundLine:
    if line in (BETWEEN_MATCHES, ""):
        return FoundLine("between", path)
    if not path:
        return OTHER
    number = _NUMBER.match(line, len(path) + 1)
    if number is None or number[2] != line[len(path)]:
        return FoundLine("match", path, 0, len(path) + 1)
    kind: Kind = "match" if number[2] == ":" else "context"
    return FoundLine(kind, path, int(number[1]), number.end())


def _below_headings(lines: Sequence[str]) -> list[FoundLine]:
    found: list[FoundLine] = []
    path = ""
    for position, line in enumerate(lines):
        numbered = _UNDER_HEADING.match(line)
        if path and numbered:
            found.append(_numbered(numbered, path))
        elif line in (BETWEEN_MATCHES, ""):
            found.append(FoundLine("between", path if line else ""))
        elif heading := _heading(lines, position):
            path = heading
            found.append(FoundLine("heading", path))
        else:
            path = ""
            found.append(OTHER)
    return _if_enough(found) if _is_search(found) else []


def _heading(lines: Sequence[str], position: int) -> str:
    """The path that this line is, if a numbered line follows."""
    if position + 1 == len(lines) or not _UNDER_HEADING.match(lines[position + 1]):
        return ""
    found = _HEADING.fullmatch(lines[position][:400])
    if found is None or not _LIKE_A_FILE.search(found[1]):
        return ""
    return found[1]


def _numbers_only(lines: Sequence[str]) -> list[FoundLine]:
    found: list[FoundLine] = []
    for line in lines:
        number = _NUMBER.match(line)
        if number:
            found.append(_numbered(number, ""))
        else:
            found.append(FoundLine("between") if line in (BETWEEN_MATCHES, "") else OTHER)
    return _if_enough(found) if _is_search(found) else []


def _is_search(found: Sequence[FoundLine]) -> bool:
    """Whether numbers rise within each file, but not by one: that is a file being shown."""
    shown = [one for one in found if one.is_of_a_file]
    neighbours = [(a.number, b.number) for a, b in pairwise(shown) if a.path == b.path]
    rising = sum(below > above for above, below in neighbours)
    next_to = sum(below == above + 1 for above, below in neighbours)
    apart = any(one.kind == "between" for one in found)
    if rising * 10 < len(neighbours) * RISING:
        return False
    return apart or next_to * 10 < len(neighbours) * VIEW


def _numbered(number: re.Match[str], path: str) -> FoundLine:
    kind: Kind = "context" if number[2] == "-" else "match"
    return FoundLine(kind, path, int(number[1]), number.end())


def _if_enough(found: list[FoundLine]) -> list[FoundLine]:
    matches = sum(one.kind == "match" for one in found)
    return found if matches >= FEWEST_MATCHES else []
