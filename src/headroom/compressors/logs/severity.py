"""How bad it is what a line of a log says: its level, and words of failure."""

from __future__ import annotations

import re
from types import MappingProxyType

FARTHEST = 160
"""Characters of a line within which its level stands."""

# The upper severities of syslog (RFC 5424), and what programs say when they go wrong.
# In small letters, and so searched ten times as fast as with IGNORECASE.  Each choice begins
# with a letter, not with a group: so the search goes from one such letter to the next.
_FAILURE = re.compile(
    r"errors?(?![a-z])|exceptions?(?![a-z])|failures?(?![a-z])|faults?(?![a-z])"
    r"|fail(?:ed|s|ing)?(?![a-z])|fatal|panic|critical|alert|emerg|traceback|abort|abnormal"
    r"|denied|refused|timed out|unreachable"
)
# First the words, then what may stand before them: so the search goes from word to word.
_CAPITALS = re.compile(
    r"(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|FATAL|CRITICAL|ALERT|EMERG|PANIC)"
    r"(?=[\s\]|)\":,/>]|$)"
)
_BEFORE = frozenset('\t [|("=:/<-')
_SMALL = re.compile(
    r"(?:\[|level=\"?|\"level\": ?\")"
    r"(trace|debug|info|notice|warn(?:ing)?|error|crit(?:ical)?|alert|emerg|fatal)\b"
    r"|: (?:fatal )?(error|warning|note)(?:\[\w{1,16}\])?:"
)
_AT_THE_BEGINNING = re.compile(
    r"(error|warning|note)(?:\[\w{1,16}\])?:|npm (error|ERR!|warn|WARN|notice)"
    r"|\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\d{1,6} +\d{1,6} ([VDIWEF]) "
)
_SAME = MappingProxyType(
    {
        "WARNING": "WARN",
        "CRIT": "CRITICAL",
        "ERR!": "ERROR",
        # The letters of Android.
        "V": "VERBOSE",
        "D": "DEBUG",
        "I": "INFO",
        "W": "WARN",
        "E": "ERROR",
        "F": "FATAL",
    }
)
BAD = frozenset({"ERROR", "SEVERE", "FATAL", "CRITICAL", "ALERT", "EMERG", "PANIC"})


def level_of(line: str) -> str:
    """The level that *line* was logged with, in capital letters: `INFO`; empty for none."""
    found = _AT_THE_BEGINNING.match(line) or _capitals(line) or _small(line)
    if found is None:
        return ""
    said = found[found.lastindex or 0].upper()
    return _SAME.get(said, said)


def _capitals(line: str) -> re.Match[str] | None:
    if _CAPITALS.search(line, 0, FARTHEST) is None:
        return None
    for found in _CAPITALS.finditer(line, 0, FARTHEST):
        if not found.start() or line[found.start() - 1] in _BEFORE:
            return found
    return None


def _small(line: str) -> re.Match[str] | None:
    # One of these begins each match, and most lines have none of them.
    if "[" not in line and ": " not in line and "level" not in line:
        return None
    return _SMALL.search(line, 0, FARTHEST)


def fails(lowered: str) -> bool:
    """Whether a line, given in small letters, has a word of failure."""
    return _FAILURE.search(lowered) is not None
