"""The words by which a task and a text are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[\w./:@-]{2,200}")
_AROUND = ".:/-@"


def words_of(text: str) -> Iterator[str]:
    """Names, paths, numbers and words of *text*, in small letters, without what surrounds them."""
    for found in _WORD.findall(text.lower()):
        word = found.strip(_AROUND)
        if len(word) > 1:
            yield word
