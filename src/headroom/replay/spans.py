"""What an assistant's turn uses: whole lines, and words that name something.

Lines of 16 characters or more, and words of 7 or more that look like paths, identifiers or
numbers: what an agent can hardly have from anywhere but from what it was told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from headroom.replay.dialects.base import Dialect
from headroom.replay.strings import argument_strings

LINE_CHARACTERS = 16
WORD_CHARACTERS = 7

_WORD = re.compile(r"[\w./\\@~+-]{7,}")
# A digit, a separator of paths or identifiers between two characters, or camelCase.
_NAMING = re.compile(r"\d|[^\W_][_./\\@][^\W_]|[/~]\w|__|[a-z][A-Z]")
_PUNCTUATION = ".-/\\+"

# What came lately is joined to the rest once it outgrows this share of it, so that a long
# history is copied a logarithmic number of times.
_JOIN_SHARE = 4


def said(reply: Iterable[Any], dialect: Dialect) -> Iterator[str]:
    """What a turn says and does: its free text, and all strings in its tool arguments.

    Thinking is neither.
    """
    for item in reply:
        for _, part in dialect.parts(item):
            call = dialect.call(part)
            if call is not None:
                yield from argument_strings(call.arguments)
            elif text := dialect.text(part):
                yield text


def spans(texts: Iterable[str]) -> Iterator[str]:
    """The lines and words in *texts* that count as uses, each once, in reading order."""
    return iter(dict.fromkeys(span for text in texts for span in _spans_of(text)))


class Haystack:
    """Texts to be searched for spans; more may come at any time."""

    __slots__ = ("_joined", "_late", "_late_characters")

    def __init__(self, text: str = "") -> None:
        self._joined = text
        self._late: list[str] = []
        self._late_characters = 0

    def add(self, text: str) -> None:
        """Search in this text too."""
        self._late.append(text)
        self._late_characters += len(text)
        if self._late_characters * _JOIN_SHARE > len(self._joined):
            self._joined = "\n".join((self._joined, *self._late))
            self._late.clear()
            self._late_characters = 0

    def __contains__(self, span: str) -> bool:
        return span in self._joined or any(span in text for text in self._late)


def _spans_of(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.strip()
        if len(stripped) >= LINE_CHARACTERS:
            yield stripped
        for found in _WORD.finditer(stripped):
            word = found.group().rstrip(_PUNCTUATION)
            if len(word) >= WORD_CHARACTERS and _NAMING.search(word):
                yield word
