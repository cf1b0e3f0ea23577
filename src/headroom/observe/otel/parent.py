"""The caller's own trace, as its header `traceparent` names it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# W3C Trace Context: version 00 has four parts; later ones may have more (w3.org/TR/trace-context).
_HEADER = re.compile(r"(?P<version>[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Parent:
    """The span in which the caller made its call."""

    trace_id: bytes
    span_id: bytes
    is_sampled: bool = True
    """False where the caller wants no trace of it."""


def parent_of(header: str) -> Parent | None:
    """The parent that this header names; None where it names none that is valid."""
    found = _HEADER.fullmatch(header.strip()[:LONGEST])
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    trace_id, span_id = bytes.fromhex(trace), bytes.fromhex(span)
    if version == "ff" or (version == "00" and more) or not any(trace_id) or not any(span_id):
        return None
    return Parent(trace_id, span_id, is_sampled=bool(int(flags, 16) & _SAMPLED))
