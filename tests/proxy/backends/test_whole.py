from __future__ import annotations

import json

from headroom.proxy.backends.whole import LARGEST_BYTES, error_in, read_whole, said
from headroom.proxy.reply import Reply
from tests.proxy.test_reply import Pieces


async def test_a_body_that_is_there_comes_with_headers_of_its_own() -> None:
    reply = said(200, b"{}", [(b"content-length", b"9"), (b"content-type", b"x"), (b"a", b"1")])

    assert reply.headers == [
        (b"content-type", b"application/json"), (b"content-length", b"2"), (b"a", b"1"),
    ]  # fmt: skip
    assert [await reply.read(), await reply.read()] == [b"{}", b""]
    reply.close()


async def test_an_error_has_the_shape_of_its_dialect() -> None:
    reply = error_in("anthropic", 529, "Too much.", [(b"retry-after", b"3")])

    error = json.loads(await read_whole(reply))["error"]
    assert error == {"type": "overloaded_error", "message": "Too much."}
    assert reply.header(b"retry-after") == b"3"


async def test_of_an_endless_error_only_the_beginning_is_read() -> None:
    source = Pieces([b"x" * LARGEST_BYTES, b"more"])

    assert len(await read_whole(Reply(500, [], source))) == LARGEST_BYTES
    assert source.closed
