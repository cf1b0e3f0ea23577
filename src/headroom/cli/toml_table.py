"""One table of a TOML file of the user's, put at its end and taken away again.

Lines are added and taken as text, so that every other byte stays, comments too; a TOML reader
says before and after what the file holds, and nothing else may have changed.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from headroom.errors import SettingsError

Place = tuple[str, str]
"""The name of a table, and of a table in it."""


def table(content: bytes, place: Place) -> Any:
    """What stands there, None where nothing does.  Raises SettingsError: no TOML."""
    outer = _read(content).get(place[0])
    return outer.get(place[1]) if isinstance(outer, dict) else None


def with_table(content: bytes, place: Place, value: Mapping[str, Any]) -> bytes:
    """The file with this table at its end, in place of what stood there.  Raises SettingsError.

    *value* holds texts, lists of texts, and tables of texts.
    """
    content = without_table(content, place)
    wanted = copy.deepcopy(_read(content))
    outer = wanted.setdefault(place[0], {})
    if not isinstance(outer, dict):
        raise SettingsError(f"{place[0]!r} is no table there: put it right by hand first")
    outer[place[1]] = dict(value)
    end = _line_end(content)
    gap = b"" if not content else end if content.endswith(b"\n") else end + end
    lines = "\n".join(_lines(place, value)).encode().replace(b"\n", end)
    return _checked(content + gap + lines + end, wanted)


def without_table(
    content: bytes, place: Place, is_ours: Callable[[Any], bool] = lambda _: True
) -> bytes:
    """The file without it, where it is there and is ours.  Raises SettingsError."""
    wanted = _read(content)
    outer = wanted.get(place[0])
    if not isinstance(outer, dict) or place[1] not in outer or not is_ours(outer[place[1]]):
        return content
    del outer[place[1]]
    kept: list[bytes] = []
    block: list[bytes] | None = None
    for line in content.splitlines(keepends=True):
        if _is_header(line):
            kept += _not_of_the_table(block)
            block = [] if _is_header(line, place) else None
            if block is not None and kept and not kept[-1].strip():
                # The line that parts it from what stands before.
                kept.pop()
        if block is None:
            kept.append(line)
        else:
            block.append(line)
    kept += _not_of_the_table(block)
    return _checked(b"".join(kept), wanted)


def _not_of_the_table(block: list[bytes] | None) -> list[bytes]:
    """The blank lines and comments behind its last value: they belong to what follows."""
    block = block or []
    at = len(block)
    while at and (not block[at - 1].strip() or block[at - 1].lstrip().startswith(b"#")):
        at -= 1
    return block[at:]


def _is_header(line: bytes, place: Place | None = None) -> bool:
    """Whether a table begins with this line, or the one at *place* or one in it."""
    if place is None:
        return bool(re.match(rb"\s*\[[^\[\]]+\]\s*(#.*)?$", line.rstrip()))
    names = rb"\s*\.\s*".join(rb"[\"']?" + re.escape(one.encode()) + rb"[\"']?" for one in place)
    return bool(re.match(rb"\s*\[\s*" + names + rb"\s*[.\]]", line))


def _lines(place: Place, value: Mapping[str, Any]) -> list[str]:
    head = ".".join(place)
    inner = {name: one for name, one in value.items() if isinstance(one, Mapping)}
    lines = [f"[{head}]"]
    lines += [f"{name} = {_text(one)}" for name, one in value.items() if name not in inner]
    for name, one in inner.items():
        lines += ["", f"[{head}.{name}]", *(f"{key} = {_text(text)}" for key, text in one.items())]
    return lines


def _text(value: Any) -> str:
    # JSON's texts and lists of texts are TOML's.
    return json.dumps(value, ensure_ascii=False)


def _line_end(content: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in content else b"\n"


def _read(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"it is no TOML ({error}): put it right by hand first") from error


def _checked(written: bytes, wanted: Mapping[str, Any]) -> bytes:
    try:
        found = tomllib.loads(written.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        found = None
    if found is None or _without_empty(found) != _without_empty(wanted):
        raise SettingsError("it cannot be changed safely: change it by hand")
    return written


def _without_empty(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table that holds nothing is not written."""
    return {name: one for name, one in told.items() if one != {}}
