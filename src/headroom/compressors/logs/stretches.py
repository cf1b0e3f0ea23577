"""Stretches of lines that stand again in the same text, and the line that refers to them.

[6 lines again, from the 23rd line: "Traceback (most recent call last):" … "gave up"]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headroom.compressors.lines import ordinal, quoted_ends

SHORTEST = 160
"""Characters of a stretch that is worth a reference of about a quarter of that."""

REFERENCE = re.compile(
    r"\[([0-9]{1,8}) lines? again, from the ([0-9]{1,8})(?:st|nd|rd|th) line: [^\n]*\]"
)
_LIKE_REFERENCE = re.compile(r"\[[0-9]{1,8} lines? again")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that stand earlier too: *length* lines as from *first*."""

    first: int
    length: int


def stretches(lines: Sequence[str]) -> dict[int, Stretch]:
    """Where lines stand again that stood before, by position; neighbours alike are left out."""
    first_seen: dict[tuple[str, ...], int] = {}
    found: dict[int, Stretch] = {}
    position = 0
    while position < len(lines):
        line = lines[position]
        if position and line == lines[position - 1]:
            position += 1
            continue
        key = (line,) if len(line) >= SHORTEST else tuple(lines[position : position + 3])
        first = first_seen.setdefault(key, position)
        length, characters = _repeated(lines, first, position)
        if characters < SHORTEST:
            position += 1
            continue
        found[position] = Stretch(first, length)
        position += length
    return found


def reference(lines: Sequence[str], stretch: Stretch) -> str:
    """The line that stands for a stretch of *lines*."""
    copied = lines[stretch.first : stretch.first + stretch.length]
    noun = "line" if stretch.length == 1 else "lines"
    return (
        f"[{stretch.length} {noun} again, from the {ordinal(stretch.first + 1)} line: "
        f"{quoted_ends(copied)}]"
    )


def is_like_reference(line: str) -> bool:
    """Whether *line* could be taken for a reference."""
    return line.startswith("[") and _LIKE_REFERENCE.match(line) is not None


def referred(reference: re.Match[str], lines: Sequence[str]) -> Sequence[str]:
    """The lines that a reference stands for.  Raises ValueError when they are not there."""
    first = int(reference[2])
    last = first + int(reference[1]) - 1
    if not 1 <= first <= last <= len(lines):
        raise ValueError(f"lines {first}-{last} do not stand above, where only {len(lines)} are")
    return lines[first - 1 : last]


def _repeated(lines: Sequence[str], first: int, again: int) -> tuple[int, int]:
    """How many lines, and characters, from *first* on stand *again*."""
    length = characters = 0
    while (
        first + length < again
        and again + length < len(lines)
        and lines[first + length] == lines[again + length]
    ):
        characters += len(lines[first + length]) + 1
        length += 1
    return length, characters
