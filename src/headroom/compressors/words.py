"""The words by which a task and a text are compared."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w[\w./:@-]{0,198}\w")


def words_of(text: str) -> list[str]:
    """Names, paths, numbers and words of *text*, in small letters, without what surrounds them."""
    return _WORD.findall(text.lower())
