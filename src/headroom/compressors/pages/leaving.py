"""Which boilerplate of a page may leave, what is said of it, and what of it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from headroom.compressors.pages.tree import UNSEEN, Element
from headroom.compressors.units import NAMED_GAP
from headroom.compressors.words import words_of

MOST_ASKED_FOR = 5
LONGEST_MESSAGE = 600
"""Characters up to which a part that tells of a failure is a message, not boilerplate."""

FAILURE = re.compile(r"(?i)\b(?:error|exception|traceback|failed|failure|fatal|denied)\b")

_CONTENT = frozenset({"main", "article", "h1"})


def may_leave(element: Element, largest: float) -> bool:
    """Whether a part that looks like boilerplate holds no content, no more than *largest*
    characters, enough to be named, and no message of a failure."""
    if any(one.tag in _CONTENT for one in element.elements()):
        return False
    length = sum(map(len, element.texts()))
    if length > largest or _size(element, length) < NAMED_GAP:
        return False
    return length > LONGEST_MESSAGE or not any(map(FAILURE.search, element.texts()))


def said_of(element: Element) -> str:
    """What leaves, and how much of it: `navigation (34 links)`."""
    links = sum(1 for one in element.elements() if one.tag == "a")
    size = f"{links} links" if links > 1 else f"{sum(map(len, element.texts())):,} characters"
    return f"{element.part} ({size})"


def asked_for(element: Element, words: frozenset[str]) -> Iterator[Element]:
    """The first links and lines inside that hold one of these words."""
    return islice(_holding(element, words), MOST_ASKED_FOR) if words else iter(())


def _holding(element: Element, words: frozenset[str]) -> Iterator[Element]:
    for one in element.elements():
        if one.part or one.tag in UNSEEN:
            continue
        own = " ".join(child for child in one.children if isinstance(child, str))
        said = f"{own} {one.attributes.get('href', '')}"
        if own.strip() and not words.isdisjoint(words_of(said)):
            yield one


def _size(element: Element, length: int) -> int:
    """Characters that an element has as Markdown, about: its text, and where its links lead."""
    return length + sum(len(one.attributes.get("href", "")) for one in element.elements())
