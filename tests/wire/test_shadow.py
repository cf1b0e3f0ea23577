"""A shadow is readable, as long as the original, and differs only where that is odd."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.wire.shadow import shadow, without_byte_order_mark
from tests.wire.spelling import spell, spellers, unhurried, values

ODD = ("NaN", "-Infinity", "Infinity", "1e999", "-2E+400", '"\\ud800"', '"\\uDFFF\\ud83d"')


@unhurried
@given(values, spellers)
def test_what_is_not_odd_is_its_own_shadow(value: Any, speller: random.Random) -> None:
    text = spell(value, speller).encode()

    assert shadow(text) == text


@unhurried
@given(values, spellers, st.lists(st.sampled_from(ODD), min_size=1))
def test_a_shadow_is_readable_and_of_equal_length(
    value: Any, speller: random.Random, odd: list[str]
) -> None:
    ordinary = spell([value], speller).encode().rstrip()
    text = ordinary[:-1] + b"," + ",".join(odd).encode() + b', "\xff\xc3(" ]'

    cast = shadow(text)

    assert len(cast) == len(text)
    assert cast.startswith(ordinary[:-1])
    assert len(msgspec.json.decode(cast)) == len(odd) + 2


@unhurried
@given(st.binary(max_size=80))
def test_any_bytes_have_a_shadow_of_equal_length(text: bytes) -> None:
    assert len(shadow(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[NaN]", b"[0.0]"),
        (b"[-Infinity,Infinity]", b"[0.0000000,0.000000]"),
        (b"[1e999 , 1e99]", b"[0.000 , 1e99]"),
        (b'["NaN \\" 1e999"]', b'["NaN \\" 1e999"]'),
        (b'["\\ud800\\ud83d\\ude00"]', b'["\\ufffd\\ud83d\\ude00"]'),
        (b'["\\\\ud800 \\\\\\ud800"]', b'["\\\\ud800 \\\\\\ufffd"]'),
        (b'["\xe2\x82"]', b'["??"]'),
    ],
)
def test_a_shadow_by_example(text: bytes, expected: bytes) -> None:
    assert shadow(text) == expected


@pytest.mark.parametrize("text", [b"[1NaN]", b"[NaNs]", b"[-NaN]", b"[01e999]", b"[1e999e]"])
def test_what_is_not_a_number_is_not_made_one(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(shadow(text))


def test_numbers_longer_than_any_float_are_odd_only_when_no_reader_takes_them() -> None:
    fraction, whole = b"0." + b"9" * 5000, b"9" * 5000

    assert shadow(fraction) == fraction
    assert re.fullmatch(rb"0\.0{4998}", shadow(whole))


def test_a_byte_order_mark_becomes_spaces_only_at_the_start() -> None:
    marked = b'\xef\xbb\xbf{"a":"\xef\xbb\xbf"}'

    assert without_byte_order_mark(marked) == b'   {"a":"\xef\xbb\xbf"}'
    assert json.loads(without_byte_order_mark(marked)) == {"a": "\ufeff"}
    assert without_byte_order_mark(b"{}") == b"{}"
