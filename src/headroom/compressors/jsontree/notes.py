"""Notes inside JSON: what says, in the place of elements or members, that they were left out.

A note is a string, so that what was JSON stays JSON, and no data looks like it:

    "[… rows 12-52 left out]"
"""

from __future__ import annotations

import re

BEGINNING = "[… "
LONGEST_NOTE = 400

# Where all beyond ASCII is escaped, the dots are too.
_BEGINNINGS = ('"[… ', '"[\\u2026 ')
_INSIDE = rf'(?:[^"\\\[\]\x00-\x1f\x7f]|\\u[0-9a-fA-F]{{4}}){{1,{LONGEST_NOTE}}}+'
_NOTE = re.compile(rf'"\[(?:…|\\u2026) {_INSIDE}\]"')
SHOWN_NOTE = re.compile(rf"\[(?:…|\\u2026) {_INSIDE}\](?=\n)")
"""A note as it stands on a line of a table."""
NOTE_LINE = re.compile(rf"\n{_NOTE.pattern}\n")
"""A note between documents that stand on lines of their own."""

_UNTOLD = re.compile(r'[\[\]"\\\x00-\x1f\x7f-\x9f\u2028\u2029]')


def note(said: str) -> str:
    """The note that says *said*, without its quotes; what may not stand in one is left out."""
    told = plain(said)
    if len(told) > LONGEST_NOTE:
        told = told[: LONGEST_NOTE - 1] + "…"
    return f"{BEGINNING}{told}]"


def plain(text: str) -> str:
    """*text* as it may stand in a note or a marker: without brackets, quotes and line breaks."""
    return _UNTOLD.sub("", text)


def is_note(spelled: str) -> bool:
    """Whether a scalar, as spelled in its document, is a note."""
    return spelled.startswith(_BEGINNINGS) and _NOTE.fullmatch(spelled) is not None
