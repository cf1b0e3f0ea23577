"""Where values stand in JSON bytes: offsets by walking, never by recursion.

The fast reader (msgspec) says what the values of one object or array are; walking over
spaces, commas and keys says where they are.  Where the two disagree (a key that stands
twice), a slower scanner of our own finds the end of a value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Raw

from headroom.errors import UnreadableBody

Span = tuple[int, int]
"""Start and end of a value in a body."""

Text = bytes | bytearray

READ_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_READ_ARRAY = msgspec.json.Decoder(list[Raw])
REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the fast reader raises for bytes that it cannot read."""

_DECODE = msgspec.json.Decoder()
_READ_STRING = msgspec.json.Decoder(str)
_SPACES = re.compile(rb"[ \t\r\n]*")
_PLAIN_KEY = re.compile(rb'"([^"\\]*)"')
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_COMMA = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")
_MEMBER_ENDS = re.compile(rb"[ \t\r\n]*([,}])[ \t\r\n]*")
_NEXT_TOKEN = re.compile(rb'["\[\]{}]')
_SCALAR = re.compile(rb"[^ \t\r\n,\]}]*")

_STRING = re.compile(rb'"[^"]*"')

_NEITHER_BRACKET_NOR_QUOTE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_STEPS = tuple({91: 1, 123: 1, 93: -1, 125: -1}.get(byte, 0) for byte in range(256))
# Beyond this many, small containers cost more memory and time than looking at each bracket.
_MANY_BRACKETS = 10_000
# Walking them takes a second per million; who sends so many means no good.
_MOST_REPEATED_NAMES = 1_000


def read_array(text: bytes | Raw) -> list[bytes]:
    """The bytes of each element of the JSON array *text*.  Raises one of REFUSALS."""
    return [bytes(value) for value in _READ_ARRAY.decode(text)]


def object_spans(text: bytes, start: int, values: Mapping[str, Raw]) -> dict[str, Span | None]:
    """Where the values of the object at *start* stand; None for a name that stands twice.

    *values* is what the fast reader found in this object.  Raises UnreadableBody.
    """
    spans: dict[str, Span | None] = {}
    most = len(values) + _MOST_REPEATED_NAMES
    for count, (name, _, at, end) in enumerate(_members(text, start, values)):
        if count > most:
            raise UnreadableBody(f"names stand more than once, {name!r} the last of many")
        spans[name] = None if name in spans else (at, end)
    return spans


def member_spans(text: bytes, start: int, values: Mapping[str, Raw]) -> list[Span]:
    """Where the members of the object at *start* stand, names included; also those that repeat.

    *values* is what the fast reader found in this object.  Raises UnreadableBody.
    """
    return [(key, end) for _, key, _, end in _members(text, start, values)]


def array_spans(text: bytes, start: int, values: Sequence[bytes]) -> list[Span]:
    """Where the elements of the array at *start* stand; *values* are all of them."""
    spans = []
    at = skip(text, start + 1)
    for value in values:
        end = at + len(value)
        spans.append((at, end))
        comma = _COMMA.match(text, end)
        at = comma.end() if comma else end
    return spans


def value_end(text: Text, start: int, until: int = sys.maxsize) -> int:
    """Where the value that begins at *start* ends.

    Raises UnreadableBody when it does not, or not before *until* as far as it is looked at.
    """
    if text[start : start + 1] == b'"':
        return _string_end(text, start)
    if text[start : start + 1] not in (b"{", b"["):
        return _found(_SCALAR.match(text, start)).end()
    depth, at = 0, start
    while True:
        token = _found(_NEXT_TOKEN.search(text, at, until))
        depth += _STEPS[text[token.start()]]
        at = token.end()
        if token[0] == b'"':
            at = _string_end(text, token.start())
        elif depth == 0:
            return at


def is_deeper(value: bytes, levels: int) -> bool:
    """Whether arrays and objects in *value* (well-formed JSON) nest in more than *levels*.

    Most values are settled by counting brackets; code in a string can hold many of them.
    """
    if value[:1] not in (b"{", b"[") or len(value) <= 2 * levels:
        return False
    brackets = len(value) - len(value.translate(None, b"[{"))
    if brackets <= levels:
        return False
    if brackets > _MANY_BRACKETS:
        return _deepest(value) > levels
    try:
        # Five times quicker than telling strings from structure by their quotes.
        containers = [_DECODE.decode(value)]
    except REFUSALS:
        return _deepest(value) > levels
    for _ in range(levels):
        containers = [child for each in containers for child in _containers_in(each)]
        if not containers:
            return False
    return True


def holds_more(value: bytes, values: int) -> bool:
    """Whether arrays and objects in *value* (well-formed JSON) hold more than *values* in all.

    Nearly all values are settled by counting commas; text can hold many of them.
    """
    if value.count(b",") < values:
        return False
    no_escapes = value.replace(b"\\\\", b"").replace(b'\\"', b"")
    return _STRING.sub(b"", no_escapes).count(b",") >= values


def _containers_in(container: Any) -> list[Any]:
    children = container.values() if isinstance(container, dict) else container
    return [child for child in children if isinstance(child, (dict, list))]


def _deepest(value: bytes) -> int:
    no_escapes = value.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _STRING.sub(b"", no_escapes.translate(None, _NEITHER_BRACKET_NOR_QUOTE))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def name_at(text: Text, start: int) -> tuple[str, int]:
    """The name of the member that begins at *start*, and where its value does.

    Raises UnreadableBody.
    """
    return _key(text, start)


def member_end(text: Text, start: int) -> re.Match[bytes]:
    """What ends a member behind its value, in its first group: a comma, or the object's brace.

    Raises UnreadableBody.
    """
    return _found(_MEMBER_ENDS.match(text, start))


def skip(text: Text, at: int) -> int:
    """The first place from *at* on that is no space."""
    return _found(_SPACES.match(text, at)).end()


def _members(
    text: bytes, start: int, values: Mapping[str, Raw]
) -> Iterator[tuple[str, int, int, int]]:
    """Each name, where its key and its value begin, and where that ends."""
    at = skip(text, start + 1)
    if text[at : at + 1] == b"}":
        return
    while True:
        key = at
        name, at = _key(text, key)
        end, follows = _member_end(text, at, values.get(name))
        yield name, key, at, end
        if follows[1] == b"}":
            return
        at = follows.end()


def _member_end(text: bytes, start: int, value: Raw | None) -> tuple[int, re.Match[bytes]]:
    if value is not None:
        window = memoryview(value)
        if text.startswith(window, start):
            end = start + len(window)
            # `1` is also how `12` begins, so what follows must be the end of a member.
            if follows := _MEMBER_ENDS.match(text, end):
                return end, follows
    end = value_end(text, start)
    return end, _found(_MEMBER_ENDS.match(text, end))


def _key(text: Text, start: int) -> tuple[str, int]:
    """The key at *start*, and where its value begins."""
    if plain := _PLAIN_KEY.match(text, start):
        name, end = plain[1].decode(), plain.end()
    else:
        end = _string_end(text, start)
        name = _READ_STRING.decode(text[start:end])
    return name, _found(_COLON.match(text, end)).end()


def _string_end(text: Text, start: int) -> int:
    at = start + 1
    while (quote := text.find(b'"', at)) >= 0:
        before = text[at:quote]
        backslashes = len(before) - len(before.rstrip(b"\\"))
        if backslashes % 2 == 0:
            return quote + 1
        at = quote + 1
    raise UnreadableBody("a string in the body does not end")


def _found(match: re.Match[bytes] | None) -> re.Match[bytes]:
    if match is None:
        raise UnreadableBody("the body is not JSON as we read it")
    return match
