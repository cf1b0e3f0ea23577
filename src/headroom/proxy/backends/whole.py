"""Replies that a backend makes itself: bodies that are read whole, and errors in a dialect."""

from __future__ import annotations

from dataclasses import dataclass

from headroom.proxy.answers import DIALECTS
from headroom.proxy.call import Headers
from headroom.proxy.reply import Reply

LARGEST_BYTES = 1_048_576
"""Of an error, or of a count: more is read by nobody."""

REPLACED = frozenset({b"content-length", b"content-type", b"content-encoding"})


@dataclass(slots=True)
class Said:
    """A body that is there."""

    body: bytes

    async def read(self) -> bytes:
        """See `Source.read`."""
        body, self.body = self.body, b""
        return body

    def close(self) -> None:
        """See `Source.close`."""


def said(status: int, body: bytes, headers: Headers) -> Reply:
    """A reply of JSON, with those of another reply's *headers* that do not speak of its body."""
    head = [each for each in headers if each[0] not in REPLACED]
    kind = (b"content-type", b"application/json")
    return Reply(status, [kind, (b"content-length", b"%d" % len(body)), *head], Said(body))


def error_in(dialect: str, status: int, message: str, headers: Headers) -> Reply:
    """An error in the shape of this dialect."""
    return said(status, DIALECTS[dialect].error_body(status, message), headers)


async def read_whole(reply: Reply) -> bytes:
    """The whole body, as far as anybody reads it; the reply is closed.  Raises UpstreamError."""
    held: list[bytes] = []
    size = 0
    try:
        while size < LARGEST_BYTES and (piece := await reply.read()):
            held.append(piece)
            size += len(piece)
    finally:
        reply.close()
    return b"".join(held)
