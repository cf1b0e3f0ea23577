"""Server-sent events as the bytes that they are: a stream, cut where its events end.

What `sse.EventReader` says about a stream that goes by, this says about one that is taken
apart: each frame is one event with its blank line, and all frames together are the stream.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_HELD_BYTES = 1_000_000
"""What is held of one event by default; the events of real providers stay below."""

# Every pair of line ends that the standard knows: an empty line ends an event.
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_LONGEST_BLANK_LINE = 4
# In JSON they only stand between values, where a space says the same.
_LINE_ENDS = re.compile(rb"[\r\n]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event with its blank line, or a piece of one that was too large to be held.

    *data* is what `sse.Event` calls so; empty for comments, for pieces, and where there is none.
    """

    raw: bytes
    data: bytes = b""


class Frames:
    """Takes a stream apart as it comes; never raises on any bytes."""

    __slots__ = ("_held", "_in_pieces", "_searched", "limit")

    def __init__(self, *, limit: int = MOST_HELD_BYTES) -> None:
        self.limit = limit
        """Bytes of one event beyond which it goes on in pieces, unread."""
        self._held = bytearray()
        self._searched = 0
        self._in_pieces = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that *chunk* completes, and pieces of one that is too large."""
        self._held += chunk
        frames: list[Frame] = []
        while found := _BLANK_LINE.search(self._held, self._searched):
            frames.append(self._frame(bytes(self._held[: found.end()])))
            del self._held[: found.end()]
            self._searched = 0
        self._searched = max(len(self._held) - _LONGEST_BLANK_LINE + 1, 0)
        if len(self._held) > self.limit:
            frames.append(self._piece())
        return frames

    def close(self) -> list[Frame]:
        """What is left: an event without its blank line, not to be read.  Begins anew."""
        rest, self._held = bytes(self._held), bytearray()
        self._searched, self._in_pieces = 0, False
        return [Frame(rest)] if rest else []

    def _frame(self, raw: bytes) -> Frame:
        if self._in_pieces:
            self._in_pieces = False
            return Frame(raw)
        return Frame(raw, _data_of(raw))

    def _piece(self) -> Frame:
        """All that is held, but for what may be the beginning of a blank line."""
        keep = _LONGEST_BLANK_LINE - 1
        piece = bytes(self._held[:-keep])
        del self._held[:-keep]
        self._searched = 0
        self._in_pieces = True
        return Frame(piece)


def framed(data: bytes, name: str = "") -> bytes:
    """An event of this data, which is one line, with this name if it has one."""
    named = b"event: " + name.encode() + b"\n" if name else b""
    return named + b"data: " + data + b"\n\n"


def with_data(raw: bytes, data: bytes) -> bytes:
    """The frame *raw* with this JSON as its data, all else as it was."""
    line_of_data = b"data: " + _LINE_ENDS.sub(b" ", data)
    kept: list[bytes] = []
    written = False
    for line in raw.splitlines(keepends=True):
        if not line.startswith(b"data:"):
            kept.append(line)
        elif not written:
            kept.append(line_of_data + line[len(line.rstrip(b"\r\n")) :])
            written = True
    return b"".join(kept)


def _data_of(raw: bytes) -> bytes:
    lines = raw.removeprefix(_BYTE_ORDER_MARK).splitlines()
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:"))
