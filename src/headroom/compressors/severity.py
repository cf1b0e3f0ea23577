"""How bad it is what a line of a log says: its level, and words of failure."""

from __future__ import annotations

import re
from types import MappingProxyType

FARTHEST = 160
"""Characters of a line within which its level stands."""

# The upper severities of syslog (RFC 5424), and what programs say when they go wrong.
# In small letters, and so searched ten times as fast as with IGNORECASE.
_FAILURE = re.compile(
    r"(?:error|exception|failure|fault)s?(?![a-z])|fail(?:ed|s|ing)?(?![a-z])|fatal|panic"
    r"|critical|alert|emerg|traceback|abort|abnormal|denied|refused|timed out|unreachable"
)
_CAPITALS = "TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|FATAL|CRITICAL|ALERT|EMERG|PANIC"
_SMALL = "trace|debug|info|notice|warn(?:ing)?|error|crit(?:ical)?|alert|emerg|fatal"
_LEVEL = re.compile(
    rf"(?:^|[\s\[|(\"=:/<-])({_CAPITALS})(?=[\s\]|)\":,/>]|$)"
    rf"|(?:\[|level=\"?|\"level\": ?\")({_SMALL})\b"
    r"|(?:^|:\d{1,6}: )(?:fatal )?(error|warning|note)(?:\[\w{1,16}\])?:"
    r"|^npm (error|ERR!|warn|WARN|notice)"
    r"|^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\d{1,6} +\d{1,6} ([VDIWEF]) "
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
    found = _LEVEL.search(line, 0, FARTHEST)
    if found is None:
        return ""
    said = found[found.lastindex or 0].upper()
    return _SAME.get(said, said)


def fails(lowered: str) -> bool:
    """Whether a line, given in small letters, has a word of failure."""
    return _FAILURE.search(lowered) is not None
