"""The requests of a batch are found where they stand, whatever stands around them."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import UnreadableBody
from headroom.wire.batch import lines, listed_requests, member_span
from tests.wire.spelling import spell, spellers, texts, unhurried, values


def found(body: bytes) -> list[bytes]:
    return [body[slice(*span)] for span in listed_requests(body, "requests")]


REQUESTS = st.lists(
    st.fixed_dictionaries({"custom_id": texts, "params": values}) | values, max_size=6
)


@unhurried
@given(REQUESTS, st.dictionaries(texts.filter(lambda name: name != "requests"), values), spellers)
def test_the_elements_of_the_list_are_found_however_it_is_written(
    requests: list[Any], others: dict[str, Any], speller: random.Random
) -> None:
    body = spell({**others, "requests": requests, "z" * 30: 1}, speller).encode()

    pieces = found(body)

    # Some numbers are given as texts, to be written as they are.
    assert [json.loads(piece) for piece in pieces] == json.loads(body)["requests"]
    assert [(s, e) for s, e in listed_requests(bytearray(body), "requests")] == [
        *listed_requests(body, "requests")
    ]


def test_what_looks_like_the_next_request_may_stand_within_one() -> None:
    inner = [{"custom_id": 1}, {"custom_id": 2}, {"params": 3}]
    requests = [{"custom_id": '},{"custom_id"', "params": {"a": inner}} for _ in range(20)]

    assert [json.loads(each) for each in found(json.dumps({"requests": requests}).encode())] == (
        requests
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"requests":{}}', b'{"requests":[1}', b'{"requests":[1,]}',
        b'{"requests":[1]', b'{"requests":[1]}}', b'{"requests":[1],"requests":[2]}',
        b'{"requests":[1 2]}', b'{"requests":[{"a":"]}', b'{"req\\u0075ests":[1],"requests":[1]}',
        b'{"\xff":1,"requests":[]}', b'{"\\x":1,"requests":[]}', b'\xef\xbb\xbf{"requests":[]}',
        b'{' + b'"a":1,' * 200 + b'"requests":[]}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_batch_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        found(body)


def test_a_name_may_be_written_with_escapes() -> None:
    assert found(b'{"req\\u0075ests":[1, {} ]}') == [b"1", b"{}"]


def test_a_hundred_thousand_requests_in_another_order_are_found_in_time() -> None:
    body = b'{"requests":[' + b",".join([b'{"x":{},"custom_id":1}'] * 100_000) + b"]}"
    begun = time.perf_counter()

    assert len(found(body)) == 100_000
    # Looking for each end in all that follows would take hours.
    assert time.perf_counter() - begun < 20


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b'{"a":1}', [b'{"a":1}']),
        (b'{"a":1}\r\n\n{}\n', [b'{"a":1}\r', b"{}"]),
    ],
)
def test_lines_are_found_in_their_part_only(file: bytes, expected: list[bytes]) -> None:
    body = b"head\n" + file + b"tail\n"

    spans = lines(body, (5, 5 + len(file)))

    assert [body[slice(*span)] for span in spans] == expected


def test_a_member_is_found_where_it_stands_once() -> None:
    request = b' {"custom_id":"1", "params" : {"a":[1]} } '

    span = member_span(request, "params")

    assert span is not None
    assert request[slice(*span)] == b'{"a":[1]}'
    assert member_span(request, "body") is None
    assert member_span(b'{"body":1,"body":2}', "body") is None


@pytest.mark.parametrize("request_", [b"1", b"[]", b"{", b'{"a":\xff}', b"[" * 5_000])
def test_what_is_no_object_has_no_members(request_: bytes) -> None:
    with pytest.raises(UnreadableBody):
        member_span(request_, "body")
