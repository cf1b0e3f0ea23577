"""The marker: how a shortened text says what was left out of it, and how to have it again.

    [412 of 530 rows left out (level: INFO 412). Original kept: headroom_retrieve hash=1f3a…]

Where the model has no such tool, the marker says how its own tools show the rest, and
names the original without it: `Original kept: hash=1f3a…`.

Written and read here only.  A marker grants nothing: it names content, and who may have that
content is decided where originals are kept.  Text of users and tools that looks like a marker
is text; nothing in this package resolves markers that it finds in a request.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

TOOL = "headroom_retrieve"

# Counted by a test: every request of a conversation pays for these words.
TOOL_PURPOSE = "Shows text that was left out"
TOOL_ARGUMENTS = ("hash", "query", "lines")

KEY_CHARACTERS = 24
LONGEST_TOLD = 800

_KEY = re.compile(rf"[0-9a-f]{{{KEY_CHARACTERS}}}")
_MARKER = re.compile(
    r"\[([0-9]{1,12}) of ([0-9]{1,12}) ([a-z]{1,20}) left out"
    rf"([^\[\]\n]{{0,{LONGEST_TOLD}}})\. Original kept: ({TOOL} )?hash=([0-9a-f]{{24}})\]"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker: *gone* of *of* units are left out; *unit* is `rows`, `lines`, …

    *told* says more about what is gone, without brackets or line breaks; *key* is the key of
    the original; *by_tool* is false where the model was not given the tool that shows it.
    """

    gone: int
    of: int
    unit: str
    told: str
    key: str
    by_tool: bool = True

    def __str__(self) -> str:
        said = f"{self.gone} of {self.of} {self.unit} left out{self.told}"
        tool = f"{TOOL} " if self.by_tool else ""
        return f"[{said}. Original kept: {tool}hash={self.key}]"


def key_of(original: str) -> str:
    """The key of a text: 24 hexadecimal digits of the SHA-256 over its UTF-8 bytes."""
    return hashlib.sha256(original.encode()).hexdigest()[:KEY_CHARACTERS]


def is_key(text: str) -> bool:
    """Whether this has the shape of a key: 24 lower-case hexadecimal digits."""
    return _KEY.fullmatch(text) is not None


def find_markers(text: str) -> tuple[Marker, ...]:
    """The markers in *text*, in order.  Only for text that we wrote ourselves."""
    return tuple(
        Marker(int(found[1]), int(found[2]), found[3], found[4], found[6], by_tool=bool(found[5]))
        for found in _MARKER.finditer(text)
    )
