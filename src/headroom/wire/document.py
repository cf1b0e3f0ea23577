"""A JSON body as bytes that can be edited without being written anew.

The body is decoded only as far as it is looked into: top-level members first, elements
of an array when asked for, deeper on the way to an edit.  An edit replaces the bytes of
one string; every other byte stays as it came.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import xxhash
from msgspec import Raw

from headroom.conversation import Edit
from headroom.errors import UnreadableBody
from headroom.wire.rewritten import Change, Rewritten
from headroom.wire.scan import (
    READ_OBJECT,
    REFUSALS,
    Span,
    array_spans,
    holds_more,
    is_deeper,
    object_spans,
    read_array,
)
from headroom.wire.shadow import shadow, without_byte_order_mark

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
_ENCODE = msgspec.json.Encoder()
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

    __slots__ = ("_arrays", "_elements", "_members", "_readable", "_spans", "body")

    def __init__(self, body: bytes, readable: bytes, members: dict[str, Raw]) -> None:
        if len(members) > MOST_MEMBERS:
            raise UnreadableBody(f"the body has more than {MOST_MEMBERS} members")
        self.body = body
        """The bytes as they came."""
        self._readable = readable
        self._spans = object_spans(readable, readable.index(b"{"), members)
        self._arrays: dict[str, list[bytes]] = {}
        self._elements: dict[str, tuple[Element, ...]] = {}
        self._members: dict[str, Element | None] = {}
        for name, value in members.items():
            self._look_into(name, value)

    @classmethod
    def read(cls, body: bytes) -> Document:
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
            span = self._spans.get(name)
            self._members[name] = None if span is None else self._element(span)
        return self._members[name]

    def get(self, name: str) -> Any:
        """The decoded top-level member, or None when it is missing or cannot be decoded."""
        member = self.member(name)
        return None if member is None else member.value

    def elements(self, name: str) -> Sequence[Element]:
        """The elements of a top-level array; empty when it is missing or not an array."""
        if name not in self._elements:
            self._elements[name] = self._read_elements(name)
        return self._elements[name]

    def rewrite(self, edits: Sequence[Edit], rewritten: Rewritten | None = None) -> bytes:
        """The body with each edit's string in place of the one at its path.

        Without edits the very same bytes object.  *rewritten* saves writing messages again
        that an earlier request had, edited in the same way.  Raises UnreadableBody when a
        path cannot be followed safely: duplicate keys on the way, not a string there.
        Raises ValueError for two edits of one path, and for text that UTF-8 cannot express.
        """
        if not edits:
            return self.body
        if len({edit.path for edit in edits}) < len(edits):
            raise ValueError("two edits of one plan have the same path")
        if rewritten is not None and self._readable is self.body:
            return self._rewritten(edits, rewritten)
        new = sorted((span, _ENCODE.encode(text)) for span, text in self._located(edits))
        return _spliced(self.body, new)

    def _rewritten(self, edits: Sequence[Edit], rewritten: Rewritten) -> bytes:
        """The same, message by message."""
        new: list[tuple[Span, bytes]] = []
        missed: list[tuple[Span, tuple[Change, ...]]] = []
        unwritten: list[Edit] = []
        for span, group in self._by_message(edits):
            changes = tuple((edit.path[2:], edit.text) for edit in group)
            message = rewritten.get(self.body[slice(*span)], changes)
            if message is None:
                missed.append((span, changes))
                unwritten.extend(group)
            else:
                new.append((span, message))
        located = deque(sorted(self._located(unwritten)) if unwritten else ())
        for (start, end), changes in sorted(missed):
            inner: list[tuple[Span, bytes]] = []
            while located and located[0][0][0] < end:
                (first, last), text = located.popleft()
                inner.append(((first - start, last - start), _ENCODE.encode(text)))
            raw = self.body[start:end]
            message = _spliced(raw, inner)
            rewritten.put(raw, changes, message)
            new.append(((start, end), message))
        return _spliced(self.body, sorted(new))

    def _by_message(self, edits: Sequence[Edit]) -> Iterator[tuple[Span, list[Edit]]]:
        """The edits of each message, or of each other top-level value, with its span."""
        groups: defaultdict[tuple[str | int, ...], list[Edit]] = defaultdict(list)
        for edit in edits:
            groups[edit.path[:2]].append(edit)
        spans: dict[str, list[Span]] = {}
        for (name, *step), group in groups.items():
            whole = _follow(self._spans, name, group[0])
            if not step or not isinstance(name, str) or name not in self._arrays:
                yield whole, group
                continue
            if name not in spans:
                spans[name] = array_spans(self._readable, whole[0], self._arrays[name])
            yield _follow(spans[name], step[0], group[0]), group

    def _look_into(self, name: str, value: Raw) -> None:
        if memoryview(value)[0] != _ARRAY:
            too_deep = is_deeper(bytes(value), DEEPEST - 1)
        elif holds_more(bytes(value), MOST_VALUES):
            raise UnreadableBody(f"{name!r} holds more than {MOST_VALUES} values")
        else:
            # Split here, because long histories hold more brackets than levels are allowed.
            items = self._arrays[name] = read_array(value)
            if len(items) > MOST_ELEMENTS:
                raise UnreadableBody(f"{name!r} has more than {MOST_ELEMENTS} elements")
            suspects = (item for item in items if len(item) > 2 * (DEEPEST - 2))
            too_deep = any(is_deeper(item, DEEPEST - 2) for item in suspects)
        if too_deep:
            raise UnreadableBody(f"{name!r} in the body is nested deeper than {DEEPEST}")

    def _read_elements(self, name: str) -> tuple[Element, ...]:
        span = self._spans.get(name)
        if span is None or name not in self._arrays:
            return ()
        values = self._arrays[name]
        if self._readable is self.body:
            return tuple(Element(value) for value in values)
        return tuple(self._element(each) for each in array_spans(self._readable, span[0], values))

    def _element(self, span: Span) -> Element:
        start, end = span
        if self._readable is self.body:
            return Element(self.body[start:end])
        return Element(self.body[start:end], self._readable[start:end])

    def _located(self, edits: Sequence[Edit]) -> list[tuple[Span, str]]:
        """Where the string of each edit stands, with its new text."""
        located = []
        pending = [(0, span, group) for span, group in self._steps(0, None, edits)]
        while pending:
            depth, span, group = pending.pop()
            here = [edit for edit in group if len(edit.path) == depth + 1]
            if not here:
                steps = self._steps(depth + 1, span, group)
                pending.extend((depth + 1, inner, inner_group) for inner, inner_group in steps)
            elif len(group) > 1 or not self._is_plain_string(span):
                raise UnreadableBody(f"there is no string to edit at {here[0].path!r}")
            else:
                located.append((span, here[0].text))
        return located

    def _steps(
        self, depth: int, span: Span | None, edits: Sequence[Edit]
    ) -> list[tuple[Span, list[Edit]]]:
        """The edits by the value that their paths lead to next, *depth* steps down."""
        groups: defaultdict[str | int, list[Edit]] = defaultdict(list)
        for edit in edits:
            groups[edit.path[depth] if depth < len(edit.path) else ""].append(edit)
        spans = self._spans if span is None else self._inner_spans(depth, span, edits[0])
        return [(_follow(spans, step, group[0]), group) for step, group in groups.items()]

    def _inner_spans(
        self, depth: int, span: Span, edit: Edit
    ) -> dict[str, Span | None] | list[Span]:
        start, end = span
        opening = self._readable[start : start + 1]
        name = edit.path[0]
        try:
            if opening == b"[" and depth == 1 and isinstance(name, str):
                return array_spans(self._readable, start, self._arrays[name])
            value = self._readable[start:end]
            if opening == b"[":
                return array_spans(self._readable, start, read_array(value))
            if opening == b"{":
                return object_spans(self._readable, start, READ_OBJECT.decode(value))
        except REFUSALS as error:
            raise UnreadableBody(f"the way to {edit.path!r} cannot be read") from error
        return []

    def _is_plain_string(self, span: Span) -> bool:
        start, end = span
        text = self.body[start:end]
        if not text.startswith(b'"') or text != self._readable[start:end]:
            return False
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
        return True


def _follow(spans: dict[str, Span | None] | list[Span], step: str | int, edit: Edit) -> Span:
    found: Span | None = None
    if isinstance(spans, dict) and isinstance(step, str):
        found = spans.get(step)
    elif isinstance(spans, list) and isinstance(step, int) and 0 <= step < len(spans):
        found = spans[step]
    if found is None:
        raise UnreadableBody(f"{edit.path!r} leads nowhere, or to two places, in the body")
    return found


def _spliced(raw: bytes, new: Sequence[tuple[Span, bytes]]) -> bytes:
    """*raw* with other bytes in place of each span; the spans are in order."""
    pieces, at = [], 0
    for (start, end), replacement in new:
        pieces += [raw[at:start], replacement]
        at = end
    pieces.append(raw[at:])
    return b"".join(pieces)
