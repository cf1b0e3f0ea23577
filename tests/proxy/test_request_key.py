"""What makes two requests the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.proxy.call import Call, Headers, Message
from headroom.proxy.credentials import HEADERS
from headroom.proxy.request_key import LEFT_OUT, request_key
from headroom.proxy.routes import find_route

SECRET, UPSTREAM, BODY = b"s" * 32, "https://a", b"{}"


async def nothing() -> Message:
    return {}


def call(path: bytes = b"/v1/messages", headers: Headers | None = None, query: bytes = b"") -> Call:
    return Call({}, nothing, "POST", headers or [], query, find_route("POST", path, []), 0.0)


def key(given: Call | None = None, **changes: Any) -> bytes:
    told: dict[str, Any] = {
        "secret": SECRET, "tenant": "t", "upstream": UPSTREAM, "body": BODY,
        "call": given or call(),
    }  # fmt: skip
    return request_key(**{**told, **changes})


def test_the_same_request_has_the_same_key_of_32_bytes() -> None:
    assert key() == key()
    assert len(key()) == 32


@pytest.mark.parametrize(
    "changes",
    [{"secret": b"x"}, {"tenant": "u"}, {"upstream": "https://b"}, {"body": b"{} "}],
)
def test_D2_everything_is_in_the_key(changes: dict[str, Any]) -> None:
    assert key(**changes) != key()


def test_D2_route_query_and_headers_are_in_the_key() -> None:
    calls = [
        call(),
        call(b"/v1/chat/completions"),
        call(b"/v1//messages"),
        call(query=b"a=1"),
        call(headers=[(b"a", b"1")]),
        call(headers=[(b"a", b"1"), (b"a", b"2")]),
        call(headers=[(b"a", b"2"), (b"a", b"1")]),
        call(headers=[(b"a", b"12")]),
        call(headers=[(b"a1", b"2")]),
    ]

    assert len({key(one) for one in calls}) == len(calls)


def test_the_order_of_different_headers_tells_nothing() -> None:
    one, other = (b"a", b"1"), (b"b", b"2")

    assert key(call(headers=[one, other])) == key(call(headers=[other, one]))


def test_credentials_stay_in_the_key_whatever_the_tenant_is_told_by() -> None:
    assert not LEFT_OUT & HEADERS
    assert key(call(headers=[(b"x-api-key", b"a")])) != key(call(headers=[(b"x-api-key", b"b")]))


PART = st.binary(max_size=6)
LINES = st.lists(st.tuples(PART, PART), max_size=3)


REQUEST = st.tuples(st.text(max_size=4), PART, LINES, PART)


@given(REQUEST, REQUEST)
def test_D2_no_two_requests_run_together(one: Any, other: Any) -> None:
    def told(request: Any) -> tuple[bytes, Any]:
        tenant, query, headers, body = request
        made = key(call(headers=headers, query=query), tenant=tenant, body=body)
        return made, (tenant, query, sorted(headers, key=lambda each: each[0]), body)

    (key_one, said_one), (key_other, said_other) = told(one), told(other)

    names = {name for _, _, headers, _ in (one, other) for name, _ in headers}
    if not names & LEFT_OUT:
        assert (key_one == key_other) == (said_one == said_other)
