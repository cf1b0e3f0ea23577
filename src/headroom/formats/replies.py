"""How every dialect watches a reply: whole at its end, or event by event as it streams.

Nothing here may disturb the relay: whatever the bytes are, watching never raises, and what
would need more than a megabyte is given up quietly.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from headroom.formats.base import CallMade, Finished, ReplyEvent
from headroom.wire.scan import REFUSALS
from headroom.wire.shadow import shadow
from headroom.wire.sse import Event, EventReader

LARGEST_REPLY = 1_000_000
"""Bytes of a reply that are held to be read at its end."""

MOST_TOKENS = 10**12
"""What is counted as more is no count of tokens."""

LARGEST_CALLS = 400_000
"""Bytes of half-finished calls that are held, beside the event that is coming in."""

# How Chat Completions end a stream.
_DONE = b"[DONE]"

See = Callable[[dict[str, Any]], Iterable[ReplyEvent]]
"""What a dialect makes of one JSON object of a reply."""


class WholeReply:
    """Holds a reply that is not streamed, and reads it when it has ended."""

    def __init__(self, see: See, *, at_end: Callable[[], Iterable[ReplyEvent]] = tuple) -> None:
        """*at_end* says what only the end completes."""
        self._see = see
        self._at_end = at_end
        self._held = bytearray()
        self._too_large = False

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """Nothing yet."""
        self._too_large = self._too_large or len(self._held) + len(chunk) > LARGEST_REPLY
        if self._too_large:
            self._held.clear()
        else:
            self._held += chunk
        return ()

    def close(self) -> Sequence[ReplyEvent]:
        """What the reply says; nothing if it was too large, or is not what was expected."""
        held, self._held = bytes(self._held), bytearray()
        reply = read_json(held)
        # Gemini's streams come as one list where their client has not asked for events.
        told = objects([reply] if isinstance(reply, dict) else reply)
        said = [event for each in told for event in self._see(each)]
        return (*said, *self._at_end())


class StreamedReply:
    """Reads a stream event by event, as it goes by."""

    def __init__(self, see: See, *, at_end: Callable[[], Iterable[ReplyEvent]] = tuple) -> None:
        """*at_end* says what only the end completes: `[DONE]`, or the end of the body."""
        self._see = see
        self._at_end = at_end
        self._events = EventReader(limit=LARGEST_REPLY - LARGEST_CALLS)
        self._has_failed = False

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """What the events that this chunk completes say."""
        return self._read(self._events.feed(chunk))

    def close(self) -> Sequence[ReplyEvent]:
        """What only the end of the body completes."""
        said = [*self._read(self._events.close()), *self._at_end()]
        return [one for one in said if not self._is_belied(one)]

    def _read(self, events: Iterable[Event]) -> list[ReplyEvent]:
        said: list[ReplyEvent] = []
        for event in events:
            if event.data.strip() == _DONE:
                said.extend(self._at_end())
                continue
            value = read_json(event.data)
            if isinstance(value, dict):
                self._has_failed = self._has_failed or _says_error(value)
                said.extend(self._see(value))
        return [one for one in said if not self._is_belied(one)]

    def _is_belied(self, said: ReplyEvent) -> bool:
        """Whether this is an end that comes after an error: then nothing is whole."""
        return self._has_failed and isinstance(said, Finished)


def _says_error(event: Mapping[str, Any]) -> bool:
    """Whether an event of any dialect says that something went wrong."""
    return event.get("type") == "error" or bool(event.get("error"))


class CallPieces:
    """Calls whose arguments arrive in pieces, each under a key of the dialect's choice."""

    def __init__(self) -> None:
        self._begun: dict[Hashable, _Begun] = {}
        self._room = LARGEST_CALLS

    def begin(self, key: Hashable, call_id: str, name: str, *, is_text: bool = False) -> None:
        """A call begins; *is_text* when its pieces are plain text instead of JSON."""
        self._drop(key)
        call = _Begun(call_id, name, is_text=is_text)
        if call.size <= self._room:
            self._room -= call.size
            self._begun[key] = call

    def add(self, key: Hashable, piece: str) -> None:
        """More of the arguments of the call under *key*, if there is one."""
        call = self._begun.get(key)
        if call is None:
            return
        more = piece.encode()
        if len(more) > self._room:
            self._drop(key)
        else:
            self._room -= len(more)
            call.arguments += more

    def id_at(self, key: Hashable) -> str | None:
        """The id of the call under *key*, if there is one."""
        return self._begun[key].id if key in self._begun else None

    def end(self, key: Hashable) -> CallMade | None:
        """The call under *key*; None when there is none or its arguments were cut short."""
        call = self._drop(key)
        return None if call is None else call.made()

    def begun(self) -> tuple[Hashable, ...]:
        """The keys of the calls that have begun, in order."""
        return tuple(self._begun)

    def _drop(self, key: Hashable) -> _Begun | None:
        call = self._begun.pop(key, None)
        self._room += 0 if call is None else call.size
        return call


class _Begun:
    """A call that is not complete yet."""

    __slots__ = ("arguments", "id", "is_text", "name")

    def __init__(self, call_id: str, name: str, *, is_text: bool) -> None:
        self.id = call_id
        self.name = name
        self.is_text = is_text
        self.arguments = bytearray()

    @property
    def size(self) -> int:
        # What Python needs for the entry itself; names that are not ASCII take up to four
        # bytes a letter.
        return 500 + 4 * (len(self.id) + len(self.name)) + len(self.arguments)

    def made(self) -> CallMade | None:
        text = self.arguments.decode()
        if self.is_text:
            return CallMade(self.id, self.name, msgspec.json.encode({"input": text}).decode())
        return CallMade(self.id, self.name, text or "{}") if _is_whole(text) else None


def read_json(text: bytes) -> Any:
    """What these bytes say; None when they are not JSON."""
    try:
        return msgspec.json.decode(text)
    except REFUSALS:
        pass
    try:
        return msgspec.json.decode(shadow(text))
    except REFUSALS:
        return None


def number(members: Mapping[str, Any], name: str) -> int:
    """The count under this name, 0 when there is none that makes sense."""
    value = members.get(name)
    return value if type(value) is int and 0 < value <= MOST_TOKENS else 0


def member(value: Any, name: str) -> dict[str, Any]:
    """The object under this name, empty when there is none."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in what should be a list of objects."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_at(value: Mapping[str, Any], name: str) -> str:
    """The text under this name, empty when there is none."""
    text = value.get(name)
    return text if isinstance(text, str) else ""


def _is_whole(arguments: str) -> bool:
    if not arguments.strip():
        return True
    try:
        msgspec.json.decode(arguments)
    except REFUSALS:
        return False
    return True
