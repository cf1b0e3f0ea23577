from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from headroom.proxy.call import Call, Headers
from headroom.proxy.manner import AS_IT_CAME, Manner
from tests.proxy.backends.calls import call

SAID: Headers = [
    (b"accept-encoding", b"gzip"),
    (b"content-encoding", b"zstd"),
    (b"content-length", b"7"),
    (b"idempotency-key", b"k"),
    (b"x-headroom-bypass", b"true"),
    (b"x-own", b"1"),
]


async def pieces() -> AsyncIterator[bytes]:
    yield b"piece"


@pytest.fixture
def asked() -> Call:
    return call(*SAID)


def test_as_it_came_all_goes_on_but_what_is_ours(asked: Call) -> None:
    assert AS_IT_CAME.headers(asked, b"whole") == [
        ("accept-encoding", "gzip"),
        ("content-encoding", "zstd"),
        ("idempotency-key", "k"),
        ("x-own", "1"),
    ]


def test_what_is_sent_again_and_unpacked_and_wanted_plain_says_so(asked: Call) -> None:
    manner = Manner(decoded=True, plain=True, again=True)

    assert manner.headers(asked, b"whole") == [("accept-encoding", "identity"), ("x-own", "1")]


@pytest.mark.parametrize(("length", "told"), [(None, "7"), (9, "9")])
def test_a_body_in_pieces_has_its_length_told(asked: Call, length: int | None, told: str) -> None:
    assert Manner(length=length).headers(asked, pieces())[-1] == ("content-length", told)
