"""Which file the lines of search results stand in, where each line begins with its path.

    src/app.py:12:def run():      a match
    src/app.py-13-    start()     context, known by the match next to it
    docs/guide.md:how to run      a match without a number

Numbers that do not rise within a file are times or ports, and no such lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from headroom.compressors.path_kinds import may_be_path

BETWEEN_MATCHES = "--"
# Out of ten neighbours within one file, so many must have rising line numbers: else what
# looks like line numbers are times or ports.
RISING = 8
PATH = r"(?:[A-Za-z]:)?[^\s:\"'<>|*?;][^\t\r\n\f\v:\"'<>|*?;]{0,300}"

_NUMBERED = re.compile(rf"({PATH}):([0-9]{{1,7}}):")
_BARE = re.compile(r"([^\s:\"'<>|*?;]{1,300}):")
_FILE = re.compile(r"[./\\][\w-]*[^\W\d_][\w-]*$")
_CONTEXT = re.compile(r"[0-9]{1,7}-")
_LETTER = re.compile(r"[^\W\d_]")


def numbered_paths(lines: Sequence[str]) -> list[str] | None:
    """The path at the beginning of each line, "" where there is none.

    [] if nothing is numbered, None if what looks like line numbers is something else.
    """
    paths = ["" for _ in lines]
    last, number, rising, neighbours = "", 0, 0, 0
    for position, line in enumerate(lines):
        found = _NUMBERED.match(line)
        if found is None or not _names_a_file(found[1]):
            continue
        if found[1] == last:
            neighbours += 1
            rising += int(found[2]) >= number
        last, number = found[1], int(found[2])
        paths[position] = last
    if not last:
        return []
    if rising * 10 < neighbours * RISING:
        return None
    _add_context(lines, paths, range(len(lines)))
    _add_context(lines, paths, range(len(lines) - 1, -1, -1))
    for position in range(1, len(lines) - 1):
        if lines[position] == BETWEEN_MATCHES and paths[position - 1] == paths[position + 1]:
            paths[position] = paths[position - 1]
    return paths


def _add_context(lines: Sequence[str], paths: list[str], order: range) -> None:
    """Give `path-8-text` the path of the match next to it."""
    last = ""
    for position in order:
        if paths[position]:
            last = paths[position]
        elif last and _is_context(lines[position], last):
            paths[position] = last


def _is_context(line: str, path: str) -> bool:
    return line.startswith(f"{path}-") and _CONTEXT.match(line, len(path) + 1) is not None


def bare_paths(lines: Sequence[str]) -> list[str]:
    """As above for `path:text`; only files with two lines in a row count, so no prose does."""
    paths = [
        found[1] if (found := _BARE.match(line)) and _FILE.search(found[1]) else ""
        for line in lines
    ]
    paths.append("")
    alone = [
        path != paths[position - 1] and path != paths[position + 1]
        for position, path in enumerate(paths[:-1])
    ]
    paths.pop()
    return ["" if single else path for path, single in zip(paths, alone, strict=True)]


def _names_a_file(path: str) -> bool:
    if path.endswith(("/", "\\")) or not _LETTER.search(path):
        return False
    return may_be_path(path)
