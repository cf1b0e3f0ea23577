"""Where JSON documents stand inside a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headroom.compressors.jsontree.text import LITERAL

_START = re.compile(r"[\[{](?=\s*+[\"\[{\]}0-9tfn-])")
# One bracket, or all that stands up to the next one: few steps for a long document.
_PART = re.compile(
    r'[\[\]{}]|(?:"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+"'
    rf"|[\s,:]++|(?:{LITERAL.pattern})(?![\w.+-]))++"
)


def find_documents(text: str) -> Iterator[tuple[int, int]]:
    """Where arrays and objects begin and end, outermost, in order.

    Goes on after what stops an attempt, so that no character is read twice.
    """
    at = 0
    while start := _START.search(text, at):
        end, closed = _end(text, start.start())
        if closed:
            yield start.start(), end
        at = end


def _end(text: str, start: int) -> tuple[int, bool]:
    """Where the container that begins at *start* ends, or what cannot be JSON stands."""
    at, depth = start, 0
    while part := _PART.match(text, at):
        first, at = text[at], part.end()
        if first in "[{":
            depth += 1
        elif first in "]}":
            depth -= 1
            if depth == 0:
                return at, True
    return max(at, start + 1), False
