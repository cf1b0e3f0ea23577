"""L1 to L8 of the reliability contract, on the whole house."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from headroom.proxy.http import Limits
from tests.proxy.house import (
    PATIENCE_S,
    Seen,
    get,
    hang,
    house_of,
    post,
    saying,
)

MB = 1_048_576

CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def head(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"host: localhost", *headers, b"", b""])


async def test_L1_a_declared_body_over_the_limit_is_413_from_the_head_alone() -> None:
    async with house_of(body_limit_mb=1) as house:
        answer = await house.say(head(b"/v1/messages", b"content-length: %d" % (MB + 1)))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert b'"type":"request_too_large"' in answer
    assert house.upstream.seen == []


async def test_L1_a_body_of_exactly_the_limit_is_taken() -> None:
    async with house_of(body_limit_mb=1) as house:
        answer = await house.ask(post(b"/v1/messages", b" " * MB))

    assert answer.status == 200
    assert len(house.upstream.seen[0].body) == MB


async def test_L2_a_body_without_a_length_is_counted_while_it_is_read() -> None:
    async with house_of(body_limit_mb=1) as house:
        client = await house.connect()
        client.writer.write(head(b"/v1/messages", b"transfer-encoding: chunked"))
        for _ in range(17):
            client.writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert house.upstream.seen == []


async def test_L2_a_body_on_another_path_is_relayed_beyond_the_limit() -> None:
    async with house_of(body_limit_mb=1) as house:
        answer = await house.ask(post(b"/v1/files", b"x" * 3 * MB))

    assert answer.status == 200
    assert len(house.upstream.seen[0].body) == 3 * MB


async def test_L2_an_upload_is_held_back_when_the_provider_does_not_read() -> None:
    async with house_of(hang) as house:
        house.upstream.reads_bodies = False
        client = await house.connect()
        client.writer.write(head(b"/v1/files", b"content-length: %d" % (64 * MB)))

        taken = await _taken_until_stuck(client.writer, b"x" * 65_536)

    # What the kernel's socket buffers hold, twice, and at most 1 MB of ours.
    assert taken < 24 * MB


async def _taken_until_stuck(writer: asyncio.StreamWriter, piece: bytes) -> int:
    taken = 0
    try:
        while True:
            writer.write(piece)
            await asyncio.wait_for(writer.drain(), 1.0)
            taken += len(piece)
    except TimeoutError:
        return taken


async def test_L4_a_head_that_does_not_come_in_time_ends_with_408() -> None:
    async with house_of(limits=Limits(head_seconds=0.1)) as house:
        answer = await house.say(b"GET /v1/models HTTP/1.1\r\nhost: loc")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert house.upstream.seen == []


async def test_L4_a_connection_that_says_nothing_is_closed() -> None:
    async with house_of(limits=Limits(head_seconds=0.1)) as house:
        assert await house.say() == b""


async def test_L4_a_second_head_has_its_own_time() -> None:
    async with house_of(limits=Limits(head_seconds=0.1)) as house:
        client = await house.connect()
        client.writer.write(get(b"/v1/models"))
        first = await client.answer()
        client.writer.write(b"GET /v1/mod")
        rest = await client.rest()

    assert first.status == 200
    assert rest.startswith(b"HTTP/1.1 408 ")


async def test_L4_a_body_that_trickles_is_refused() -> None:
    limits = Limits(body_window_seconds=0.1, body_bytes_per_second=1024)
    async with house_of(limits=limits) as house:
        answer = await house.say(head(b"/v1/messages", b"content-length: 5000"), b"{")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert house.upstream.seen == []


async def test_L4_an_idle_connection_is_closed_after_its_time() -> None:
    async with house_of(limits=Limits(keep_alive_seconds=0)) as house:
        client = await house.connect()
        client.writer.write(get(b"/v1/models"))
        answer = await client.answer()

        assert answer.status == 200
        assert await client.rest() == b""


async def test_L4_connections_beyond_the_limit_are_told_503() -> None:
    async with house_of(limits=Limits(connections=2)) as house:
        others = [await house.connect() for _ in range(2)]
        answer = await house.say(get(b"/livez"))
        others[0].writer.write(get(b"/livez"))
        earlier = await others[0].answer()
        for other in others:
            other.close()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert earlier.status == 200


async def test_L6_a_reader_that_stalls_is_dropped() -> None:
    limits = Limits(stalled_reader_seconds=0.2)
    async with house_of(_flood, limits=limits) as house:
        client = await house.connect()
        client.writer.write(get(b"/v1/files/x/content"))
        seen = await house.upstream.next()

        await asyncio.wait_for(seen.gone.wait(), PATIENCE_S)

        client.close()


async def test_L6_a_slow_reader_pushes_back_to_the_provider() -> None:
    written: list[int] = []

    async def flood(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while not seen.gone.is_set():
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
            written.append(65_536)

    async with house_of(flood) as house:
        client = await house.connect()
        client.writer.write(get(b"/v1/files/x/content"))
        await house.upstream.next()
        held = await _settled(written)
        client.close()

    # What the kernel's socket buffers hold, twice, and at most 1 MB of ours.
    assert held < 24 * MB


async def _flood(seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(CHUNKED)
    while not seen.gone.is_set():
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def _settled(written: list[int]) -> int:
    """How much was written once nothing more has been for a while."""
    before = -1
    while before != len(written):
        before = len(written)
        await asyncio.sleep(0.3)
    return sum(written)


async def test_L7_a_line_of_any_length_passes_while_it_comes() -> None:
    release = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + b"100006\r\ndata: " + b"x" * MB + b"\r\n")
        await release.wait()
        writer.write(b"2\r\n\n\n\r\n0\r\n\r\n")

    async with house_of(script) as house:
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
        await client.head()
        got = b""
        while len(got) < MB + 6:
            got += await client.chunk()
        release.set()
        end = await client.chunk()

    assert got == b"data: " + b"x" * MB
    assert end == b"\n\n"


async def test_L3_a_reply_that_is_a_bomb_is_relayed_packed() -> None:
    packed = gzip.compress(b"\0" * 20 * MB)
    reply = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b"
    async with house_of(saying(reply % (len(packed), packed))) as house:
        answer = await house.ask(post(b"/v1/messages"))

    assert answer.body == packed
    assert answer.values(b"content-encoding") == [b"gzip"]


@pytest.mark.parametrize("path", [b"/v1/messages", b"/v1/files"])
async def test_B12_an_early_answer_closes_the_connection(path: bytes) -> None:
    async with house_of(limits=Limits(linger_seconds=0.2), body_limit_mb=1) as house:
        smuggled = get(b"/v1/smuggled")
        if path == b"/v1/messages":
            request = head(path, b"content-length: %d" % (2 * MB)) + smuggled
        else:
            request = head(path, b"content-length: 90", b"origin: http://evil.example") + smuggled
        answer = await house.say(request)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert house.upstream.seen == []


async def test_L8_other_calls_go_on_while_one_hangs() -> None:
    async with house_of(hang) as house:
        stuck = await house.connect()
        stuck.writer.write(post(b"/v1/messages"))
        await house.upstream.next()

        answer = await house.ask(get(b"/livez"))

        assert answer.status == 200
        stuck.close()
