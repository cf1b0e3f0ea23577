"""One member of an object in a JSON file of the user's, put there and taken away again.

The file is read by a JSON reader and written by splicing: every byte that is not the member's
stays, and what comes out is read again before anybody writes it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headroom.errors import SettingsError, UnreadableBody
from headroom.wire.layout import Layout
from headroom.wire.scan import READ_OBJECT, Span

_INDENTED = re.compile(rb"\A\s*\{\s*?\n([ \t]+)")
USUAL_INDENT = "  "

Place = tuple[str, str]
"""The name of a member of the whole, and of a member of that."""


def member(content: bytes, place: Place) -> Any:
    """What stands there, None where nothing does.  Raises SettingsError: no JSON object."""
    outer = _read(content).get(place[0])
    return outer.get(place[1]) if isinstance(outer, dict) else None


def with_member(content: bytes, place: Place, value: Mapping[str, Any]) -> bytes:
    """The file with this value there, in place of what stood there.  Raises SettingsError."""
    if not content.strip():
        return _dumped({place[0]: {place[1]: value}}, USUAL_INDENT).encode() + b"\n"
    told = _read(content)
    wanted = copy.deepcopy(told)
    outer = wanted.setdefault(place[0], {})
    if not isinstance(outer, dict):
        raise SettingsError(f"{place[0]!r} is no object there: put it right by hand first")
    outer[place[1]] = dict(value)
    layout = _layout(content)
    if place[0] not in told:
        written = _put(layout, layout.span, place[0], {place[1]: value}, depth=1)
    elif place[1] not in told[place[0]]:
        written = _put(layout, layout.find(place[:1]), place[1], value, depth=2)
    else:
        start, end = layout.find(place)
        new = _value(content, value, depth=2)
        written = content[:start] + new + content[end:]
    return _checked(written, wanted)


def without_member(
    content: bytes, place: Place, is_ours: Callable[[Any], bool] = lambda _: True
) -> bytes:
    """The file without it, where it is there and is ours.  Raises SettingsError."""
    if not content.strip():
        return content
    wanted = _read(content)
    outer = wanted.get(place[0])
    if not isinstance(outer, dict) or place[1] not in outer or not is_ours(outer[place[1]]):
        return content
    del outer[place[1]]
    layout = _layout(content)
    span = layout.find(place[:1])
    at = layout.find(place)[1]
    units = layout.members(span)
    index = next(each for each, unit in enumerate(units) if unit[1] == at)
    if index:
        start, end = units[index - 1][1], units[index][1]
    elif len(units) > 1:
        start, end = units[0][0], units[1][0]
    else:
        start, end = span[0] + 1, span[1] - 1
    return _checked(content[:start] + content[end:], wanted)


def _read(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content) if content.strip() else {}
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"it is no JSON ({error}): put it right by hand first") from error
    if not isinstance(told, dict):
        raise SettingsError("it is no JSON object: put it right by hand first")
    return told


def _layout(content: bytes) -> Layout:
    try:
        return Layout(content, content, READ_OBJECT.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"it is no JSON ({error}): put it right by hand first") from error


def _put(layout: Layout, span: Span, name: str, value: Any, *, depth: int) -> bytes:
    """The body with a last member in the object at *span*, which has none of that name."""
    content = layout.body
    layout.inside(span, ())
    units = layout.members(span)
    begin, end = _line(content, depth), _line(content, depth - 1)
    new = begin + json.dumps(name).encode() + b": " + _value(content, value, depth=depth)
    if units:
        at = units[-1][1]
        return content[:at] + b"," + new + content[at:]
    return content[: span[0] + 1] + new + end + content[span[1] - 1 :]


def _line(content: bytes, depth: int) -> bytes:
    """The end of a line and the indentation of the next, as this file has them, or nothing."""
    found = _INDENTED.match(content)
    if found is None:
        return b""
    return (b"\r\n" if b"\r\n" in content else b"\n") + found[1] * depth


def _value(content: bytes, value: Any, *, depth: int) -> bytes:
    found = _INDENTED.match(content)
    if found is None:
        return json.dumps(value).encode()
    lines = _dumped(value, found[1].decode()).encode().split(b"\n")
    return _line(content, depth).join(lines)


def _dumped(value: Any, indent: str) -> str:
    return json.dumps(value, indent=indent)


def _checked(written: bytes, wanted: Mapping[str, Any]) -> bytes:
    try:
        if json.loads(written) == wanted:
            return written
    except (ValueError, UnreadableBody):
        pass
    raise SettingsError("it cannot be changed safely: change it by hand")
