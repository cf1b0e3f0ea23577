"""Where the requests of a batch stand in its body: found one by one, without holding it twice.

Anthropic's stand in a list, OpenAI's in the lines of a file.  What one of them says is looked at
by whoever reads it; nothing here decodes more than a single request at a time.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import islice

from headroom.errors import UnreadableBody
from headroom.wire.scan import (
    READ_OBJECT,
    REFUSALS,
    Span,
    Text,
    member_end,
    name_at,
    object_spans,
    skip,
    value_end,
)

LONGEST_REQUEST = 32 * 1024 * 1024
"""Of one request: a provider takes no longer one (Anthropic, 2026-08)."""
MOST_MEMBERS = 100
"""Beside the list of requests; real bodies have none."""

# Where one request most likely ends: the next begins with one of its names.  Within a text the
# quotes are escaped, so that only a value can look like it, which reading the request shows.
_NEXT = re.compile(rb'\}[ \t\r\n]*,[ \t\r\n]*\{[ \t\r\n]*"(?:custom_id|params)"')
_LOOKED_AT_BYTES = 2 * 1024 * 1024
"""For that; most requests are shorter, and no other thread runs meanwhile."""
_TRIES = 2
_MOST_MISSES = 8
"""After so many requests that did not end where it looked so, that is not tried any more."""


def listed_requests(body: Text, name: str) -> Iterator[Span]:
    """Where the elements of the list that is the member *name* stand, in order.

    Raises UnreadableBody where the body is no such object; what was given before that may not
    be relied on either.
    """
    at = skip(body, 0)
    if body[at : at + 1] != b"{":
        raise UnreadableBody("the body is not a JSON object")
    at = skip(body, at + 1)
    found = False
    for _ in range(MOST_MEMBERS):
        known, at = _name(body, at)
        if known == name:
            if found:
                raise UnreadableBody(f"{name!r} stands twice in the body")
            found = True
            at = yield from _elements(body, at)
        else:
            at = value_end(body, at, at + LONGEST_REQUEST)
        follows = member_end(body, at)
        at = follows.end()
        if follows[1] == b"}":
            break
    if not found or at != len(body):
        raise UnreadableBody(f"the body is not one object with {name!r}")


def _name(body: Text, at: int) -> tuple[str, int]:
    try:
        return name_at(body, at)
    except REFUSALS as error:
        raise UnreadableBody("a name in the body cannot be read") from error


def _elements(body: Text, start: int) -> Generator[Span, None, int]:
    """The elements of the list at *start*; returns where that ends."""
    if body[start : start + 1] != b"[":
        raise UnreadableBody("the requests are no list")
    at = skip(body, start + 1)
    if body[at : at + 1] == b"]":
        return at + 1
    misses = 0
    while True:
        end = _likely_end(body, at) if misses < _MOST_MISSES else 0
        if not end:
            misses += 1
            end = value_end(body, at, at + LONGEST_REQUEST)
        if end == at:
            raise UnreadableBody("a request is missing in the list")
        yield at, end
        at = skip(body, end)
        if body[at : at + 1] == b"]":
            return at + 1
        if body[at : at + 1] != b",":
            raise UnreadableBody("the list of requests does not go on")
        at = skip(body, at + 1)


def _likely_end(body: Text, start: int) -> int:
    """Where the request that begins at *start* ends, if it ends where it looks so; else 0."""
    for match in islice(_NEXT.finditer(body, start, start + _LOOKED_AT_BYTES), _TRIES):
        end = match.start() + 1
        if _is_object(body[start:end]):
            return end
    return 0


def _is_object(value: Text) -> bool:
    # An object ends where its bytes are one: no shorter or longer piece of them is.
    try:
        READ_OBJECT.decode(value)
    except REFUSALS:
        return False
    return True


def lines(body: Text, span: Span) -> Iterator[Span]:
    """Where the lines of this part of the body stand that are not empty, without their ends."""
    at, last = span
    while at < last:
        end = body.find(b"\n", at, last)
        end = last if end < 0 else end
        if end > at:
            yield at, end
        at = end + 1


def member_span(request: bytes, name: str) -> Span | None:
    """Where the value of this member of an object stands; None where there is not just one.

    Raises UnreadableBody where it is no object.
    """
    try:
        members = READ_OBJECT.decode(request)
    except REFUSALS as error:
        raise UnreadableBody("a request of the batch is not a JSON object") from error
    return object_spans(request, request.index(b"{"), members).get(name)
