from __future__ import annotations

import gzip
import threading

import pytest

from headroom.errors import TooLarge
from headroom.proxy.unpacking import unpacked
from tests.proxy.test_tenant import call

PACKED = (b"content-encoding", b"gzip")
LIMIT = 8 * 1024 * 1024


async def test_a_body_that_is_not_packed_stays_the_same_object() -> None:
    sent = b"x" * 3_000_000

    assert await unpacked(call(), sent, limit=LIMIT) is sent


@pytest.mark.parametrize(("size", "here"), [(5_000, True), (6_000_000, False)])
async def test_L8_large_bodies_are_unpacked_beside_the_event_loop(size: int, here: bool) -> None:
    body = b"".join(b"%d," % (number * 7919) for number in range(size // 8))
    before = set(threading.enumerate())

    plain = await unpacked(call(PACKED), gzip.compress(body), limit=LIMIT)

    assert plain == body
    assert (set(threading.enumerate()) == before) is here


async def test_what_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(TooLarge):
        await unpacked(call(PACKED), gzip.compress(bytes(LIMIT)), limit=LIMIT // 4)
