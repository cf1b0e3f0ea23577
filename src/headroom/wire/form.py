"""The parts of a form (multipart/form-data, RFC 7578): what each is called, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headroom.errors import UnreadableBody
from headroom.wire.scan import Span, Text

MOST_PARTS = 32
LONGEST_HEAD = 8_192

# RFC 2046 5.1.1: at most 70 characters, perhaps in quotes.
_BOUNDARY = re.compile(
    r"""\s*multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\\\r\n]{1,70})"|([^\s;,"]{1,70}))""",
    re.IGNORECASE,
)
_NAME = re.compile(rb'^content-disposition:[^\r\n]*[;\s]name="([^"\\\r\n]{1,200})"', re.I | re.M)
# What says how its content is written, or how long it is: then it cannot become another.
_FIXED = re.compile(
    rb"^content-(?:transfer-encoding:[ \t]*(?!binary|8bit|7bit)|length:|md5:|digest:)", re.I | re.M
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, and where its content stands in the form."""

    name: str
    span: Span


def boundary_in(content_type: str) -> bytes:
    """What stands between the parts, as this content type says; empty where it is no form."""
    found = _BOUNDARY.match(content_type)
    return (found[1] or found[2]).encode("latin-1") if found else b""


def parts_of(body: Text, boundary: bytes) -> list[Part]:
    """All parts.  Raises UnreadableBody where the form is not as it should be."""
    between = b"--" + boundary
    if not body.startswith(between):
        raise UnreadableBody("the form does not begin with its boundary")
    parts: list[Part] = []
    at = len(between)
    while not body.startswith(b"--", at):
        start = _content(body, at, between)
        # The line end before a boundary belongs to that; an empty part may share its head's.
        end = body.find(b"\r\n" + between, start - 2)
        if end < 0 or len(parts) == MOST_PARTS:
            raise UnreadableBody("the form does not end")
        name = _NAME.search(body, at, start)
        if name is None or _FIXED.search(body, at, start):
            raise UnreadableBody("a part of the form has no name, or cannot become another")
        parts.append(Part(name[1].decode("utf-8", "replace"), (start, max(start, end))))
        at = end + 2 + len(between)
    return parts


def _content(body: Text, at: int, between: bytes) -> int:
    """Where the content of the part begins whose head begins at *at*, behind its boundary."""
    head_end = body.find(b"\r\n\r\n", at, at + LONGEST_HEAD)
    is_cut = head_end >= 0 and body.find(b"\r\n" + between, at, head_end + 2) >= 0
    if not body.startswith(b"\r\n", at) or head_end < 0 or is_cut:
        raise UnreadableBody("a part of the form has no head")
    return head_end + 4
