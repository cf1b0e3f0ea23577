"""Offsets are found by walking, and agree with what a parser sees."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import UnreadableBody
from headroom.wire.scan import (
    READ_OBJECT,
    array_spans,
    holds_more,
    is_deeper,
    member_spans,
    object_spans,
    read_array,
    value_end,
)
from tests.wire.spelling import spell, spellers, texts, unhurried, values


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@unhurried
@given(st.dictionaries(texts, values, max_size=5), spellers)
def test_spans_of_an_object_hold_its_values(value: dict[str, Any], speller: random.Random) -> None:
    text = spell(value, speller).strip().encode()

    spans = object_spans(text, 0, READ_OBJECT.decode(text))

    assert list(spans) == list(value)
    for name, span in spans.items():
        assert span is not None
        assert json.loads(text[span[0] : span[1]]) == json.loads(spell(value[name], speller))


@unhurried
@given(st.lists(values, max_size=5), spellers)
def test_spans_of_an_array_hold_its_elements(value: list[Any], speller: random.Random) -> None:
    text = b"[0]," + spell(value, speller).strip().encode()

    spans = array_spans(text, 4, read_array(text[4:]))

    assert [text[start:end] for start, end in spans] == read_array(text[4:])


def test_members_stand_with_their_names_and_as_often_as_they_do() -> None:
    text = b'{ "a" :1 ,"\\u0062":[2] , "a": 3 }'

    spans = member_spans(text, 0, READ_OBJECT.decode(text))

    assert [text[start:end] for start, end in spans] == [b'"a" :1', b'"\\u0062":[2]', b'"a": 3']


def test_a_number_that_begins_like_the_last_of_its_name_is_read_whole() -> None:
    text = b'{"a": 12 , "a": 1, "b": 3}'

    spans = object_spans(text, 0, READ_OBJECT.decode(text))

    assert spans == {"a": None, "b": (24, 25)}


@unhurried
@given(values, spellers)
def test_our_own_scanner_finds_the_end_of_any_value(value: Any, speller: random.Random) -> None:
    text = spell(value, speller).strip().encode()

    assert value_end(text, 0) == len(text)
    assert value_end(b"[1," + text + b' , "x"]', 3) == 3 + len(text)


def test_a_name_that_stands_twice_has_no_span() -> None:
    text = b'{"a": 12, "b": "}", "a": 1, "a" :{"x":[1,"]"]}, "b":"}" ,"c":[]}'

    spans = object_spans(text, 0, READ_OBJECT.decode(text))

    assert spans == {"a": None, "b": None, "c": (text.index(b"[]"), text.index(b"[]") + 2)}


def test_a_flood_of_one_name_is_unreadable() -> None:
    text = b"{" + b'"a":1,' * 5_000 + b'"a":1}'

    with pytest.raises(UnreadableBody):
        object_spans(text, 0, READ_OBJECT.decode(text))


@pytest.mark.parametrize("text", [b'"abc', b'"abc\\"', b"[1", b'{"a":"', b"[" * 100_000])
def test_a_value_that_does_not_end_is_unreadable(text: bytes) -> None:
    with pytest.raises(UnreadableBody):
        value_end(text, 0)


def test_a_value_nested_100_000_deep_is_scanned_without_recursion() -> None:
    text = b"[" * 100_000 + b"]" * 100_000

    assert value_end(text, 0) == len(text)


@unhurried
@given(values, spellers, st.integers(0, 4))
def test_depth_counts_structure_and_not_text(
    value: Any, speller: random.Random, levels: int
) -> None:
    text = spell([value, ["[[[[[{{{{{"] * 3], speller).strip().encode()

    assert is_deeper(text, levels) == (depth([value, [""]]) > levels)


@pytest.mark.parametrize("filling", ["", '"[[[\\"[[", ', "[1],{}," * 20_000, "1e999,"])
def test_depth_is_exact_whichever_way_it_is_counted(filling: str) -> None:
    text = f"[{filling}{'[' * 99}{']' * 99}]".encode()

    assert not is_deeper(text, 100)
    assert is_deeper(text, 99)


@pytest.mark.parametrize("inner", ["0", '"a,b,\\",\\\\"', '{"a":[1]}', '"' + "," * 5000 + '"'])
def test_values_are_counted_and_commas_of_text_are_not(inner: str) -> None:
    text = f"[{','.join([inner] * 100)}]".encode()

    assert not holds_more(text, 100)
    assert holds_more(text, 99)
