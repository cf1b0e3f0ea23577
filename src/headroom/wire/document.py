"""A JSON body as bytes that can be edited without being written anew.

The body is decoded only as far as it is looked into: top-level members first, elements
of an array when asked for, deeper on the way to a change.  A change is spliced into the
bytes (see `splice`); every other byte stays as it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

import msgspec
import xxhash
from msgspec import Raw

from headroom.conversation import Change, Edit, Path, Remove, Replace
from headroom.errors import UnreadableBody
from headroom.wire.layout import Layout
from headroom.wire.rewritten import Rewritten, inner
from headroom.wire.scan import (
    READ_OBJECT,
    REFUSALS,
    Span,
    array_spans,
    holds_more,
    is_deeper,
    read_array,
)
from headroom.wire.shadow import shadow, without_byte_order_mark
from headroom.wire.splice import spliced

DEEPEST = 256
"""Levels of arrays and objects that are read, the body itself included.

Real requests stay below 30; deeper ones are an attack on whoever parses recursively.
"""

MOST_ELEMENTS = 100_000
"""Elements of an array that are read.  Anthropic: at most 100,000 messages per request
(docs.anthropic.com/en/api/messages, 2025-11)."""

MOST_MEMBERS = 1_000
"""Top-level members that are read; real requests have some thirty."""

MOST_VALUES = 1_000_000
"""Values in an array that is read, those inside its elements included: what decoding them
takes in memory is some 60 times their bytes."""

_DECODE = msgspec.json.Decoder()
_ARRAY = ord("[")


class Element:
    """One value of a body: its exact bytes, and what they say when asked for."""

    __slots__ = ("_exact", "_read", "_readable", "_value", "raw")

    def __init__(self, raw: bytes, readable: bytes | None = None) -> None:
        self.raw = raw
        """The value's bytes as they stand in the body."""
        self._readable = raw if readable is None else readable
        self._exact = self._readable == raw
        self._read = False
        self._value: Any = None

    @property
    def value(self) -> Any:
        """The decoded value; read from an equal-length shadow when the bytes are odd."""
        if not self._read:
            self._read = True
            self._value = self._decoded()
        return self._value

    @property
    def exact(self) -> bool:
        """False when *value* was read from a shadow (a lone surrogate, NaN): do not edit it."""
        return self._exact and (self._read or self._decodes_exactly())

    @property
    def digest(self) -> bytes:
        """16 bytes that are the same for the same bytes: for memos within a process only."""
        return xxhash.xxh3_128_digest(self.raw)

    def _decodes_exactly(self) -> bool:
        _ = self.value
        return self._exact

    def _decoded(self) -> Any:
        try:
            return _DECODE.decode(self._readable)
        except REFUSALS:
            self._exact = False
        try:
            return _DECODE.decode(shadow(self._readable))
        except REFUSALS:
            return None


class Document:
    """A request body: read once, edited by splicing, untouched bytes stay the same."""

    __slots__ = ("_arrays", "_elements", "_layout", "_members", "body")

    def __init__(self, body: bytes, readable: bytes, members: dict[str, Raw]) -> None:
        if len(members) > MOST_MEMBERS:
            raise UnreadableBody(f"the body has more than {MOST_MEMBERS} members")
        self.body = body
        """The bytes as they came."""
        self._layout = Layout(body, readable, members)
        self._arrays: dict[str, list[bytes]] = {}
        self._elements: dict[str, tuple[Element, ...]] = {}
        self._members: dict[str, Element | None] = {}
        for name, value in members.items():
            self._look_into(name, value)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Find the top-level members.  Raises UnreadableBody: not a JSON object, too deep, …

        What only some readers accept (lone surrogates, NaN, bytes that are not UTF-8, a
        byte order mark) is read from an equal-length shadow; it is never written anew.
        """
        try:
            return cls(body, body, READ_OBJECT.decode(body))
        except RecursionError as error:
            raise UnreadableBody("the body is nested too deeply") from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            readable = shadow(without_byte_order_mark(body))
        try:
            return cls(body, readable, READ_OBJECT.decode(readable))
        except REFUSALS as error:
            raise UnreadableBody(f"the body is not a JSON object: {error}") from error

    def member(self, name: str) -> Element | None:
        """The top-level member, or None when it is missing or stands there twice."""
        if name not in self._members:
            span = self._layout.spans.get(name)
            self._members[name] = None if span is None else self._element(span)
        return self._members[name]

    def has(self, name: str) -> bool:
        """Whether there is a top-level member of this name, be it one that stands there twice."""
        return name in self._layout.spans

    def get(self, name: str) -> Any:
        """The decoded top-level member, or None when it is missing or cannot be decoded."""
        member = self.member(name)
        return None if member is None else member.value

    def elements(self, name: str) -> Sequence[Element]:
        """The elements of a top-level array; empty when it is missing or not an array."""
        if name not in self._elements:
            self._elements[name] = self._read_elements(name)
        return self._elements[name]

    def rewrite(self, changes: Sequence[Change], rewritten: Rewritten | None = None) -> bytes:
        """The body with all *changes* made; their paths and indices are of the body as it came.

        Without changes the very same bytes object.  *rewritten* saves writing messages again
        that an earlier request had, changed in the same way.  Raises UnreadableBody when a
        path cannot be followed safely: duplicate keys on the way, not what the change asks
        for there, a member to put that is there already, a split that leaves a part empty.
        Raises ValueError for changes at odds with one another (two of one path, one inside
        what another replaces or removes, two splits at one index), and for text that UTF-8
        cannot express.
        """
        if not changes:
            return self.body
        whole: list[Change] = []
        by_message: defaultdict[Path, list[Change]] = defaultdict(list)
        for change in changes:
            inside_message = _is_inside_element(change) and change.path[0] in self._arrays
            (by_message[change.path[:2]] if inside_message else whole).append(change)
        memory = rewritten if self._layout.readable is self.body else None
        for path, group in by_message.items():
            whole.append(Replace(path, self._message(path, group, memory)))
        return spliced(self._layout, whole)

    def _message(self, path: Path, changes: list[Change], memory: Rewritten | None) -> bytes:
        """What the element of a top-level array becomes."""
        if memory is None:
            return spliced(self._layout, changes, at=path)
        raw = self.body[slice(*self._layout.find(path))]
        key = tuple(inner(change, len(path)) for change in changes)
        message = memory.get(raw, key)
        if message is None:
            message = spliced(self._layout, changes, at=path)
            memory.put(raw, key, message)
        return message

    def _look_into(self, name: str, value: Raw) -> None:
        if memoryview(value)[0] != _ARRAY:
            too_deep = is_deeper(bytes(value), DEEPEST - 1)
        elif holds_more(bytes(value), MOST_VALUES):
            raise UnreadableBody(f"{name!r} holds more than {MOST_VALUES} values")
        else:
            # Split here, because long histories hold more brackets than levels are allowed.
            items = self._arrays[name] = read_array(value)
            self._layout.keep(name, items)
            if len(items) > MOST_ELEMENTS:
                raise UnreadableBody(f"{name!r} has more than {MOST_ELEMENTS} elements")
            suspects = (item for item in items if len(item) > 2 * (DEEPEST - 2))
            too_deep = any(is_deeper(item, DEEPEST - 2) for item in suspects)
        if too_deep:
            raise UnreadableBody(f"{name!r} in the body is nested deeper than {DEEPEST}")

    def _read_elements(self, name: str) -> tuple[Element, ...]:
        span = self._layout.spans.get(name)
        if span is None or name not in self._arrays:
            return ()
        if self._layout.readable is self.body:
            return tuple(Element(value) for value in self._arrays[name])
        spans = array_spans(self._layout.readable, span[0], self._arrays[name])
        return tuple(self._element(each) for each in spans)

    def _element(self, span: Span) -> Element:
        raw = self.body[slice(*span)]
        return Element(raw, self._layout.readable[slice(*span)])


def _is_inside_element(change: Change) -> bool:
    """Whether its path leads into an element of a top-level value, not just to it."""
    is_of_the_element = len(change.path) == 2 and isinstance(change, (Edit, Replace, Remove))
    return len(change.path) >= 2 and not is_of_the_element
