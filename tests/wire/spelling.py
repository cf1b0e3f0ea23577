"""JSON as the world spells it: odd spaces, escapes and numbers, for property tests."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

unhurried = settings(deadline=None)
"""For properties that must not fail because the machine is busy."""

SPACES = ("", "", "", " ", "\n", "\t", "\r\n ", "  ")
NUMBERS = (
    "0", "-0", "-0.0", "1.10", "1e2", "1E+2", "1e-7", "12345678901234567890123", "0.1e1",
    "9" * 400, "1.0", "-17",
)  # fmt: skip


class Number(str):
    """A number by its spelling, so that its digits are part of the value."""

    __slots__ = ()


texts = st.text(max_size=20) | st.sampled_from(
    ("", '"', "\\", 'a\\"b', "[[{", "NaN", "é", "😀", "\\ud800", "a/b", "\n\t\0", "}],")
)
numbers = st.sampled_from(NUMBERS).map(Number)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
bodies = st.dictionaries(
    st.sampled_from(("messages", "input", "model", "system", "ü")) | texts, values, max_size=5
)
spellers = st.integers(min_value=0, max_value=2**32 - 1).map(random.Random)


def spell(value: Any, speller: random.Random) -> str:
    """*value* as JSON text, spelled at random; the text of `json.loads` is *value* again."""
    return _space(speller) + _spell(value, speller) + _space(speller)


def loads(text: bytes) -> Any:
    """The value with numbers as they are spelled, and objects as the list of their pairs."""
    return json.loads(
        text, parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=Pairs
    )


class Pairs(list[tuple[str, Any]]):
    """An object with its order and its duplicates."""


def replaced(value: Any, path: tuple[str | int, ...], text: str) -> Any:
    """*value* (of `loads`) with *text* at *path*: the edit made on the parsed form."""
    if not path:
        assert type(value) is str
        return text
    step, rest = path[0], path[1:]
    if isinstance(value, Pairs):
        return Pairs((key, replaced(v, rest, text) if key == step else v) for key, v in value)
    assert isinstance(step, int)
    return [*value[:step], replaced(value[step], rest, text), *value[step + 1 :]]


def strings(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all strings in *value* (of `loads`), numbers apart."""
    if isinstance(value, Pairs):
        return [found for key, inner in value for found in strings(inner, (*path, key))]
    if isinstance(value, list):
        return [f for index, inner in enumerate(value) for f in strings(inner, (*path, index))]
    return [path] if type(value) is str else []


def _spell(value: Any, speller: random.Random) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return _string(value, speller)
    if isinstance(value, list):
        return f"[{_joined([spell(each, speller) for each in value], speller)}]"
    if isinstance(value, dict):
        pairs = [
            f"{_space(speller)}{_string(key, speller)}{_space(speller)}:{spell(each, speller)}"
            for key, each in value.items()
        ]
        return f"{{{_joined(pairs, speller)}}}"
    return json.dumps(value)


def _joined(parts: list[str], speller: random.Random) -> str:
    return ",".join(parts) if parts else _space(speller)


def _string(text: str, speller: random.Random) -> str:
    return '"' + "".join(_character(each, speller) for each in text) + '"'


def _character(character: str, speller: random.Random) -> str:
    escaped = json.dumps(character)[1:-1]
    if character == "/" and speller.random() < 0.5:
        return "\\/"
    if escaped.startswith("\\u") and speller.random() < 0.3:
        return escaped.replace("\\U", "\\u").upper().replace("\\U", "\\u")
    if ord(character) >= 0x7F and speller.random() < 0.5:
        return character
    if speller.random() < 0.1 and ord(character) < 0x10000:
        return f"\\u{ord(character):04x}"
    return escaped


def _space(speller: random.Random) -> str:
    return speller.choice(SPACES)
