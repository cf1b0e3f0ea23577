from __future__ import annotations

import pytest

from headroom.proxy.credentials import (
    Credential,
    brought,
    password_in,
    protocols_in,
    without,
)
from tests.proxy.test_tenant import call


def test_every_place_where_a_credential_may_stand_is_looked_at() -> None:
    found = brought(
        call(
            (b"x-api-key", b" K "),
            (b"authorization", b"bearer  T"),
            (b"api-key", b"A"),
            (b"x-goog-api-key", b"G"),
            (b"sec-websocket-protocol", b"realtime, openai-insecure-api-key.W"),
            (b"accept", b"x"),
            query=b"alt=sse&key=Q%2B&key=",
        )
    )

    assert [one.bare for one in found] == [b"K", b"T", b"A", b"G", b"W", b"Q+"]


@pytest.mark.parametrize("value", [b"", b"  "])
def test_a_blank_credential_is_none(value: bytes) -> None:
    assert brought(call((b"x-api-key", value))) == ()


def test_another_scheme_than_bearer_is_a_credential_as_it_stands() -> None:
    [basic] = brought(call((b"authorization", b"Basic eDp5")))

    assert basic.bare == b"Basic eDp5"


@pytest.mark.parametrize("value", [b"Bearer\tT", b"token T", b"BEARER  T"])
def test_a_token_is_known_behind_whatever_white_space(value: bytes) -> None:
    [token] = brought(call((b"authorization", value)))

    assert token.bare == b"T"


def test_what_is_taken_out_leaves_the_rest_as_it_was_sent() -> None:
    one = call((b"a", b"1"), (b"x-api-key", b"K "), (b"x-api-key", b"L"), (b"a", b"2"))

    left = without(one, {Credential(b"x-api-key", b"K")})

    assert left.headers == [(b"a", b"1"), (b"x-api-key", b"L"), (b"a", b"2")]
    assert left.query is one.query


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (b"key=hk-1", b""),
        (b"alt=sse&key=hk%2D1&a=%20b", b"alt=sse&a=%20b"),
        (b"%6bey=hk-1&a", b"a"),
        (b"key=hk-1&key=hk-1&b=", b"b="),
        (b"key=other&a=1", b"key=other&a=1"),
        (b"monkey=hk-1", b"monkey=hk-1"),
    ],
)
def test_a_key_is_taken_out_of_the_query_however_it_is_spelt(query: bytes, left: bytes) -> None:
    assert without(call(query=query), {Credential(b"?key", b"hk-1")}).query == left


@pytest.mark.parametrize(
    ("offered", "left"),
    [
        (b"realtime, openai-insecure-api-key.K,b", [(b"sec-websocket-protocol", b"realtime, b")]),
        (b"openai-insecure-api-key.K", []),
        (b"realtime,b", [(b"sec-websocket-protocol", b"realtime,b")]),
    ],
)
def test_a_key_is_taken_out_of_the_subprotocols(
    offered: bytes, left: list[tuple[bytes, bytes]]
) -> None:
    taken = {Credential(b"sec-websocket-protocol", b"openai-insecure-api-key.K")}

    assert without(call((b"sec-websocket-protocol", offered)), taken).headers == left


def test_subprotocols_are_separated_by_commas() -> None:
    assert protocols_in(b" a , b,,c") == [b"a", b"b", b"c"]


def test_a_credential_does_not_show_when_it_is_printed() -> None:
    assert "sk-secret" not in repr(Credential(b"x-api-key", b"sk-secret"))


@pytest.mark.parametrize(
    ("value", "password"),
    [
        (b"Basic eDp5", b"y"),
        (b"basic  eDp5", b"y"),
        (b"Basic eDp5Ong=", b"y:x"),
        (b"Basic eA==", b""),
        (b"Basic !", b""),
        (b"Basic", b""),
        (b"Bearer eDp5", b""),
        (b"", b""),
    ],
)
def test_a_password_is_what_stands_behind_the_first_colon(value: bytes, password: bytes) -> None:
    assert password_in(call((b"authorization", value))) == password
