"""Numbered lines (`cat -n`, `nl`, file viewers): every fifth number is enough.

A run of consecutive numbers is announced by `[lines 7-60]`; its first line and every line
whose number divides by five keep their number, the others show only their content.

    [numbered: every 5th line shows its number]
    [lines 7-60]
    7→def area(shape):
        width = shape.width
        height = shape.height
    10→    return width * height
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headroom.compressors.base import Origin
from headroom.compressors.lines import escaped, glance, worth_it

HEADER = "[numbered: every 5th line shows its number]"
STEP = 5
SHORTEST_RUN = 8
# `cat -n`, `nl` and the file viewers of the agents all pad to six.
USUAL_WIDTH = {"\t": 6, "→": 6}

_NUMBERED = re.compile(r"( {0,12})([1-9][0-9]{0,7}|0)( ?[\t→|:])")
_GLANCE = re.compile(r"^ {0,12}[0-9]{1,8} ?[\t→|:].*\n {0,12}[0-9]{1,8} ?[\t→|:]", re.MULTILINE)
_MARKER = re.compile(
    r"\[lines ([0-9]{1,8})-([0-9]{1,8})(?:, padded to ([0-9]{1,2})|, (not) padded)?\]"
)
_ESCAPED = re.compile(r"\\*\[lines [0-9]")


class Numbered:
    """Text with line numbers, in whole or in part."""

    name = "numbered"
    kind = "numbered"
    strategy = "numbered"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with four of five line numbers left out, or None."""
        if not _GLANCE.search(glance(text)):
            return None
        lines = text.split("\n")
        body = list(_encoded(lines))
        if len(body) == len(lines):
            return None
        encoded = "\n".join((HEADER, *body))
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The text with all its numbers again."""
        header, newline, body = encoded.partition("\n")
        if header != HEADER or not newline:
            raise ValueError("not numbered lines as we write them: the header line is missing")
        return "\n".join(_decoded(iter(body.split("\n"))))


def _encoded(lines: list[str]) -> Iterator[str]:
    position = 0
    while position < len(lines):
        run = _Run.at(lines, position)
        if run is None:
            yield _verbatim(lines[position])
            position += 1
            continue
        if run.length < SHORTEST_RUN:
            yield from map(_verbatim, lines[position : position + run.length])
        else:
            yield from run.encoded(lines[position : position + run.length])
        position += run.length


def _verbatim(line: str) -> str:
    return escaped(line) if _ESCAPED.match(line) else line


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive numbers, written in one way."""

    first: int
    length: int
    width: int
    separator: str

    @classmethod
    def at(cls, lines: list[str], position: int) -> _Run | None:
        """The run that begins with the line at *position*, if that line is numbered."""
        found = _NUMBERED.match(lines[position])
        if found is None:
            return None
        blanks, digits, separator = found.groups()
        width = len(blanks) + len(digits) if blanks else 0
        first = int(digits)
        last = first
        while position + 1 < len(lines):
            position += 1
            if not lines[position].startswith(f"{last + 1:>{width}}{separator}"):
                break
            last += 1
        return cls(first, last - first + 1, width, separator)

    def encoded(self, lines: list[str]) -> Iterator[str]:
        yield self._marker()
        for number, line in enumerate(lines, self.first):
            bare = line.lstrip(" ")
            shown = number == self.first or number % STEP == 0
            yield bare if shown else bare[len(str(number)) + len(self.separator) :]

    def _marker(self) -> str:
        padding = ""
        if self.width != USUAL_WIDTH.get(self.separator, 0):
            padding = f", padded to {self.width}" if self.width else ", not padded"
        return f"[lines {self.first}-{self.first + self.length - 1}{padding}]"


def _decoded(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if _ESCAPED.match(line) and line.startswith("\\"):
            yield line[1:]
            continue
        marker = _MARKER.fullmatch(line)
        if marker is None:
            yield line
            continue
        yield from _renumbered(lines, marker)


def _renumbered(lines: Iterator[str], marker: re.Match[str]) -> Iterator[str]:
    first, last = int(marker[1]), int(marker[2])
    opening = next(lines, "")
    found = _NUMBERED.match(opening)
    if found is None or int(found[2]) != first or last < first:
        raise ValueError(f"line {first} should stand below {marker[0]!r}, not {opening[:40]!r}")
    separator = found[3]
    width = 0 if marker[4] else int(marker[3] or USUAL_WIDTH.get(separator, 0))
    yield f"{opening:>{len(opening) + max(0, width - len(found[2]))}}"
    for number in range(first + 1, last + 1):
        line = next(lines, None)
        if line is None:
            raise ValueError(f"the lines announced by {marker[0]!r} are cut at {number}")
        blanks = " " * (width - len(str(number)))
        yield blanks + line if number % STEP == 0 else f"{number:>{width}}{separator}{line}"
