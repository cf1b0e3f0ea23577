"""What a terminal would not show: colour codes, overwritten progress, padding at line ends.

Only text that carries a terminal's own control characters is touched, so that a file with
meaningful trailing blanks is never mistaken for screen output.
"""

from __future__ import annotations

import re

ESCAPE = "\x1b"

# CSI sequences that only colour or clear (final byte m, K), and window titles (OSC).  Cursor
# movements change what is shown where; a text with any other escape is left alone.
_HARMLESS = re.compile(r"\x1b\[[0-9;:]{0,32}[mK]|\x1b\][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)|\x1b\(B")


def clean(text: str) -> str | None:
    """What the terminal shows of *text*, or None when that is *text* itself."""
    if ESCAPE not in text and not _has_progress(text):
        return None
    shown = _HARMLESS.sub("", text)
    if ESCAPE in shown:
        return None
    shown = "\n".join(_last_shown(line) for line in shown.split("\n"))
    return shown if shown != text else None


def _has_progress(text: str) -> bool:
    """True when some line is overwritten by a carriage return, which is not a CRLF ending."""
    return text.count("\r") > text.count("\r\n") + text.endswith("\r")


def _last_shown(line: str) -> str:
    """What stays on the screen of a line that returned to its start; a CRLF ending is kept."""
    ending = "\r" if line.endswith("\r") else ""
    shown = ""
    # From the last writing back: an earlier one shows only where it is longer.
    for part in reversed(line.rstrip("\r").split("\r")):
        if len(part) > len(shown):
            shown += part[len(shown) :]
    return shown.rstrip(" \t") + ending
