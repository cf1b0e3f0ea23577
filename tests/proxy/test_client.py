from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from headroom.errors import UpstreamError, UpstreamUnreachable
from headroom.proxy.client import WRITE_PIECE_BYTES, Client
from tests.proxy.house import NOWHERE, Seen, saying, settings_for, upstream_of

LARGE = b"x" * (WRITE_PIECE_BYTES * 2 + 1)


@pytest.mark.parametrize("body", [b"", b"{}", LARGE])
async def test_a_body_arrives_whole_with_its_length(body: bytes) -> None:
    async with upstream_of() as provider, Client(settings_for(provider.url)) as client:
        reply = await client.send("POST", URL(provider.url), [("a", "1")], body)
        reply.close()

    (seen,) = provider.seen
    assert (seen.body, seen.values(b"content-length")) == (body, [b"%d" % len(body)])
    assert seen.values(b"a") == [b"1"]


async def test_who_closes_a_reply_before_its_end_drops_the_connection() -> None:
    async def slow(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")
        await seen.gone.wait()

    async with upstream_of(slow) as provider, Client(settings_for(provider.url)) as client:
        reply = await client.send("GET", URL(provider.url), [], None)
        assert await reply.read() == b"ab"
        reply.close()
        seen = await provider.next()
        await asyncio.wait_for(seen.gone.wait(), 10)


async def test_a_reply_that_breaks_off_is_told_as_the_providers_fault() -> None:
    script = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab")
    async with upstream_of(script) as provider, Client(settings_for(provider.url)) as client:
        reply = await client.send("GET", URL(provider.url), [], None)

        with pytest.raises(UpstreamUnreachable, match="broke off"):
            while await reply.read():
                pass
        reply.close()


async def test_a_client_sends_only_while_it_is_open() -> None:
    client = Client(settings_for(NOWHERE))

    with pytest.raises(UpstreamError, match="not open"):
        await client.send("GET", URL(NOWHERE), [], None)
    async with client:
        assert client.is_open
