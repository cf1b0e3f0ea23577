"""What every line-based compressor needs: a cheap glance, and escapes that can be undone."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from types import MappingProxyType

WINDOWS = 12
WINDOW_CHARACTERS = 2_048
QUOTED_CHARACTERS = 40

_ENDINGS = MappingProxyType({1: "st", 2: "nd", 3: "rd"})
_WORD = re.compile(r"[^\W_]{2}")


def glance(text: str) -> str:
    """Whole lines from all over *text*, at most 24 KB, to tell its kind without reading it all."""
    if len(text) <= WINDOWS * WINDOW_CHARACTERS:
        return text
    step = len(text) // WINDOWS
    return "\n".join(_window(text, position * step) for position in range(WINDOWS))


def _window(text: str, start: int) -> str:
    window = text[start : start + WINDOW_CHARACTERS]
    if start:
        window = window.partition("\n")[2]
    return window.rpartition("\n")[0]


def shared_beginning(texts: Collection[str]) -> str:
    """What all of *texts*, at least one, begin with."""
    low, high = min(texts), max(texts)
    for at, (left, right) in enumerate(zip(low, high, strict=False)):
        if left != right:
            return low[:at]
    # Of a text and its beginning, the beginning is the lower.
    return low


def escaped(line: str) -> str:
    """*line* marked as standing for itself, where it would be read as our own notation."""
    return "\\" + line


def worth_it(encoded: str, text: str) -> bool:
    """Whether *encoded* is shorter by more than a reader's trouble."""
    return len(encoded) <= len(text) - max(16, len(text) // 64)


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`: places in a text, where its own lines have numbers."""
    is_teen = number // 10 % 10 == 1
    return f"{number}{'th' if is_teen else _ENDINGS.get(number % 10, 'th')}"


def quoted_ends(lines: Sequence[str]) -> str:
    """The first and the last of *lines* that say something, shortened: `"def a():" … "}"`."""
    ends = (*lines[:8], *lines[-8:])
    telling = [line for line in ends if _WORD.search(line)] or [lines[0]]
    first, last = _shortened(telling[0]), _shortened(telling[-1])
    return f'"{first}"' if first == last else f'"{first}" … "{last}"'


def _shortened(line: str) -> str:
    stripped = line.strip()
    return stripped if len(stripped) <= QUOTED_CHARACTERS else stripped[:QUOTED_CHARACTERS] + "…"
