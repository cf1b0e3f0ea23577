"""How one scalar or key is spelled in a table: without quotes wherever that cannot be misread."""

from __future__ import annotations

import re

from headroom.compressors.jsontree.style import Style, unescaped
from headroom.compressors.jsontree.text import LITERAL

BLOCK = '"""'
LEAST_BREAKS = 2
"""Line breaks in a string from which it is written as a block of lines."""
LINE, ROW, FLOW = 0, 1, 2
"""Where a value stands: alone on its line, as a cell of a line, or inside brackets."""

_SPECIAL = r"""["\[\]{}(#&*~…\s]|\.[\w@$/-]*+=|\."|!json|[0-9]++ (?:rows|items|lists)"""
_BARE = (
    re.compile(rf"(?!{_SPECIAL})[^\n\r]*+(?<!\s)"),
    re.compile(rf"(?!{_SPECIAL})[^\n\r,]*+(?<!\s)"),
    re.compile(rf"(?!{_SPECIAL})[^\n\r,()\[\]{{}}]*+(?<!\s)"),
)
ENDS = (re.compile(r"[^\n]*+"), re.compile(r"[^\n,]*+"), re.compile(r"[^\n,()\[\]{}]*+"))
"""For each place, what a bare value reaches up to."""

NAME = re.compile(r"[A-Za-z_@$][\w@$/-]*+")
QUOTED = re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"')
EXTENDS = re.compile(rf"=({NAME.pattern}|{QUOTED.pattern})\+({QUOTED.pattern})")
NAMED = re.compile(rf"\.({NAME.pattern}|{QUOTED.pattern})=")


class Speller:
    """Spells the scalars of one document, and reads them back."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._spelled: dict[tuple[str, int, bool], str] = {}

    def spell(self, scalar: str, place: int, *, text: bool = False) -> str:
        """*scalar* as it stands in the table; *text* when all here is text, numbers too."""
        known = self._spelled.get((scalar, place, text))
        if known is None:
            known = self._spelled[scalar, place, text] = self._spell(scalar, place, text=text)
        return known

    def _spell(self, scalar: str, place: int, *, text: bool) -> str:
        if scalar[0] != '"':
            return scalar
        shown = self._style.show(scalar[1:-1])
        if shown.count("\\n") >= LEAST_BREAKS:
            lines = unescaped(shown)
            if lines is not None and BLOCK not in lines:
                return f"{BLOCK}\n{lines}\n{BLOCK}"
        if shown and _BARE[place].fullmatch(shown):
            literal = LITERAL.fullmatch(shown)
            if not literal or (text and shown[0] in "-0123456789"):
                return shown
        return f'"{shown}"'

    def read_block(self, lines: str) -> str:
        """The string whose lines stand in a block."""
        return self._style.spelled(lines)

    def quoted(self, body: str) -> str:
        """The inside of a string, in quotes."""
        return f'"{self._style.show(body)}"'

    def note(self, note: str) -> str:
        """A note as it stands on a line of its own."""
        return self._style.show(note[1:-1])

    def name(self, key: str) -> str:
        """A key as it stands before `:` or `=` or in a list of columns."""
        shown = self._style.show(key[1:-1])
        return shown if NAME.fullmatch(shown) else f'"{shown}"'

    def read(self, spelled: str, *, text: bool = False) -> str:
        """The scalar that `spell` wrote so."""
        if spelled[:1] == '"':
            return self._style.hide(spelled)
        if LITERAL.fullmatch(spelled) and not (text and spelled[0] in "-0123456789"):
            return spelled
        return f'"{self._style.hide(spelled)}"'
