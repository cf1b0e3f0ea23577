"""Time stamps of log lines: where they stand, and how one is told from the one above it.

2024-05-01 12:00:01,120
:04,007                     three seconds later
01:09,440 → 12:01:09,440    written :01:09,440, from the first colon that is needed
"""

from __future__ import annotations

import re

FARTHEST = 64
LONGEST = 40
"""Characters of a line within which its stamp begins, and those that it has at most."""

_DATE = (
    r"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d(?:[-/.]\d{2,4})?"
    r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d|\d{1,2}/[A-Z][a-z]{2}/\d{4})[ T:_-]"
)
_CLOCK = r"\d{1,2}(?::\d\d:\d\d|\.\d\d\.\d\d)(?:[.,]\d{1,9})?(?![\d:])"
# Found much faster, and no stamp is without it.
_HEART = re.compile(r"\d(?:[:.]\d\d[:.]\d\d|\d{5} \d{6} )")
STAMP = re.compile(
    rf"(?<![\w:./-])(?:(?:{_DATE})?{_CLOCK}|\d{{6}} \d{{6}}(?= (?:\d{{1,6}} )?[A-Z]{{4,8}} ))"
)
# What `shortened` can give: a stamp, or the end of one.
SHOWN = (
    r"(?:[A-Z][a-z]{2} ){0,2}[\d:](?:[\d:.,/_T-]|[A-Z][a-z]{2}|(?<=[\d/]) (?=[ \d]))"
    r"{0,40}"
)


def may_have_stamps(text: str) -> bool:
    """Whether any line of *text* may have a time stamp: in most of what builds print none has."""
    return _HEART.search(text) is not None


def stamp_in(line: str) -> re.Match[str] | None:
    """The first time stamp near the beginning of *line*."""
    if _HEART.search(line, 0, FARTHEST + LONGEST) is None:
        return None
    found = STAMP.search(line, 0, FARTHEST + LONGEST)
    return found if found is not None and found.start() <= FARTHEST else None


def shortened(stamp: str, above: str) -> str | None:
    """*stamp* from where it differs from the one *above*, or None where that cannot be undone."""
    if stamp == above:
        return ""
    if len(stamp) != len(above):
        return stamp if len(stamp) > len(above) else None
    differs = next(at for at, sign in enumerate(stamp) if sign != above[at])
    colon = stamp.rfind(":", 0, differs + 1)
    blank = stamp.rfind(" ", 0, differs) + 1
    return stamp[max(colon, blank) :]


def restored(shown: str, above: str) -> str:
    """The stamp that was shortened to *shown* below *above*."""
    return above[: len(above) - len(shown)] + shown if len(shown) < len(above) else shown
