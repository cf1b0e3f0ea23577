"""Where the values of a body stand, looked into only as deep as somebody asks."""

from __future__ import annotations

from msgspec import Raw

from headroom.conversation import Path
from headroom.errors import UnreadableBody
from headroom.wire.scan import (
    READ_OBJECT,
    REFUSALS,
    Span,
    array_spans,
    member_spans,
    object_spans,
    read_array,
)

Inside = dict[str, Span | None] | list[Span]
"""Where the values of an object or a list stand; None for a name that stands twice."""


class Layout:
    """The bytes of a body, as they came and as they can be read, and the spans in them."""

    __slots__ = ("_arrays", "_inside", "_objects", "body", "readable", "span", "spans")

    def __init__(self, body: bytes, readable: bytes, members: dict[str, Raw]) -> None:
        self.body = body
        self.readable = readable
        """As long as the body, the same wherever that is not odd; mostly the very same object."""
        self.span = (readable.index(b"{"), readable.rindex(b"}") + 1)
        """Where the body's object stands."""
        self.spans = object_spans(readable, self.span[0], members)
        """Where the values of the body's members stand; None for a name that stands twice."""
        self._objects = {self.span[0]: members}
        self._arrays: dict[int, list[bytes]] = {}
        self._inside: dict[int, Inside] = {self.span[0]: self.spans}

    def keep(self, name: str, elements: list[bytes]) -> None:
        """Take what is known of the array that is the member *name*, not to read it again."""
        if span := self.spans.get(name):
            self._arrays[span[0]] = elements

    def find(self, path: Path) -> Span:
        """Where the value at *path* stands.  Raises UnreadableBody."""
        span = self.span
        for step in path:
            span = follow(self.inside(span, path), step, path)
        return span

    def inside(self, span: Span, path: Path) -> Inside:
        """What is inside the value at *span*, on the way along *path*.  Raises UnreadableBody."""
        if span[0] not in self._inside:
            try:
                self._inside[span[0]] = self._read(span)
            except REFUSALS as error:
                raise UnreadableBody(f"the way to {path!r} cannot be read") from error
        found = self._inside[span[0]]
        if not found and self.readable[span[0] : span[0] + 1] not in (b"[", b"{"):
            raise leads_nowhere(path)
        return found

    def members(self, span: Span) -> list[Span]:
        """Where the members of the object at *span* stand, whose inside was asked for."""
        return member_spans(self.readable, span[0], self._objects[span[0]])

    def is_plain_string(self, span: Span) -> bool:
        """Whether a string stands there, and reads the same for everybody."""
        start, end = span
        text = self.body[start:end]
        if not text.startswith(b'"') or text != self.readable[start:end]:
            return False
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
        return True

    def _read(self, span: Span) -> Inside:
        start, end = span
        opening = self.readable[start : start + 1]
        if opening == b"[":
            if start not in self._arrays:
                self._arrays[start] = read_array(self.readable[start:end])
            return array_spans(self.readable, start, self._arrays[start])
        if opening == b"{":
            if start not in self._objects:
                self._objects[start] = READ_OBJECT.decode(self.readable[start:end])
            return object_spans(self.readable, start, self._objects[start])
        return []


def follow(inside: Inside, step: str | int, path: Path) -> Span:
    """Where one more step along *path* leads.  Raises UnreadableBody: nowhere, or to two places."""
    found: Span | None = None
    if isinstance(inside, dict) and isinstance(step, str):
        found = inside.get(step)
    elif isinstance(inside, list) and isinstance(step, int) and 0 <= step < len(inside):
        found = inside[step]
    if found is None:
        raise leads_nowhere(path)
    return found


def leads_nowhere(path: Path) -> UnreadableBody:
    """The error that says so."""
    return UnreadableBody(f"{path!r} leads nowhere, or to two places, in the body")
