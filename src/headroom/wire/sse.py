"""Server-sent events, watched as they go by.

The reader is given copies of the bytes that are passed on, cut anywhere, and says which
events they complete.  Format: html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_HELD_BYTES = 1_000_000
"""What a reader holds of one event by default; the events of real providers stay below."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_FIELD = len(_BYTE_ORDER_MARK + b"event:")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (`message` when the stream gives none) and its data lines, joined.

    *data* is as it came, UTF-8 if the server keeps to the standard.  An *oversized* event
    was larger than its reader holds; its data is empty.
    """

    name: str
    data: bytes
    oversized: bool = False


class EventReader:
    """Finds the events in a stream that comes in chunks; never raises on any bytes.

    At most *limit* bytes are held between two calls, however long lines and events are.
    """

    def __init__(self, *, limit: int = MOST_HELD_BYTES) -> None:
        self._limit = limit
        self._line = bytearray()  # the begun line, unless it is overlong
        self._line_is_overlong = False
        self._is_first_line = True
        self._ended_with_return = False
        self._name = b""
        self._data = bytearray()  # each line with a line feed behind it
        self._oversized = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that *chunk* completes."""
        if b"\r" in chunk or self._ended_with_return:
            chunk = self._with_plain_line_ends(chunk)
        *ended, begun = chunk.split(b"\n")
        events = [event for piece in ended if (event := self._end_line(piece))]
        if begun:
            self._continue_line(begun)
        return events

    def close(self) -> list[Event]:
        """The event that lacks only its blank line, or its last line end too.

        The standard drops such an event; a provider that ends so has still told its usage.
        """
        if self._line or self._line_is_overlong:
            self._end_line(b"")
        event = self._end_event()
        return [event] if event else []

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        if self._ended_with_return and chunk:
            # The line feed of a pair that was cut: its line has ended already.
            chunk = chunk.removeprefix(b"\n")
            self._ended_with_return = False
        if chunk:
            self._ended_with_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _continue_line(self, piece: bytes) -> None:
        if self._line_is_overlong:
            return
        if len(self._line) + len(piece) <= self._room():
            self._line += piece
            return
        begin = bytes(self._line[:_LONGEST_FIELD]) + piece[:_LONGEST_FIELD]
        if self._field_of(begin)[0] in (b"data", b"event"):
            self._drop_event()
        self._line.clear()
        self._line_is_overlong = True

    def _room(self) -> int:
        # Never so little that one could not tell which field an overlong line begins.
        return max(self._limit - len(self._name) - len(self._data), _LONGEST_FIELD)

    def _drop_event(self) -> None:
        self._oversized = True
        self._data.clear()

    def _end_line(self, piece: bytes) -> Event | None:
        if self._line or self._line_is_overlong or len(piece) > self._room():
            self._continue_line(piece)
            piece = bytes(self._line)
            self._line.clear()
        was_overlong, self._line_is_overlong = self._line_is_overlong, False
        event = None
        if piece:
            self._take_field(*self._field_of(piece))
        elif not was_overlong:
            event = self._end_event()
        self._is_first_line = False
        return event

    def _field_of(self, line: bytes) -> tuple[bytes, bytes]:
        if self._is_first_line:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        field, _, value = line.partition(b":")
        return field, value.removeprefix(b" ")

    def _take_field(self, field: bytes, value: bytes) -> None:
        if field == b"event":
            self._name = value
        elif field == b"data" and not self._oversized:
            self._data += value + b"\n"
            if len(self._data) > self._limit:
                self._drop_event()

    def _end_event(self) -> Event | None:
        event = None
        if self._data or self._oversized:
            name = self._name.decode("utf-8", "replace") or "message"
            event = Event(name, bytes(self._data[:-1]), self._oversized)
        self._name = b""
        self._data.clear()
        self._oversized = False
        return event
