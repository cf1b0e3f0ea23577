from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from headroom.errors import UpstreamUnreachable
from headroom.proxy.call import read_head
from headroom.proxy.relay import ReplyCut, relay_reply
from tests.proxy.house import Seen, get, house_of, post, replying


class Reply:
    """A reply of these pieces; an exception among them is raised."""

    status = 200
    headers = ((b"x", b"1"),)

    def __init__(self, *pieces: bytes | Exception, is_event_stream: bool = False) -> None:
        self.pieces = list(pieces)
        self.is_event_stream = is_event_stream
        self.closed = False

    async def read(self) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        self.closed = True


async def relayed(reply: Reply, **options: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    scope = {
        "method": "POST", "raw_path": b"/v1/messages", "query_string": b"", "headers": [],
    }  # fmt: skip
    try:
        await relay_reply(reply, read_head(scope, receive), send, **options)  # type: ignore[arg-type]  # a fake
    except ReplyCut as error:
        sent.append(error)
    return sent


async def test_headers_of_ours_are_added_behind_the_providers() -> None:
    sent = await relayed(Reply(b"a"), headers=[(b"x-headroom-model", b"m")])

    assert sent[0]["headers"] == [(b"x", b"1"), (b"x-headroom-model", b"m")]


async def test_a_watcher_sees_every_piece() -> None:
    seen: list[bytes] = []

    await relayed(Reply(b"a", b"b"), watch=seen.append)

    assert seen == [b"a", b"b"]


@pytest.mark.parametrize(
    ("last", "told"), [(b"data: 1\n\n", True), (b"data: 1\r\n\r\n", True), (b"data: {", False)]
)
async def test_a_cut_between_events_is_told(last: bytes, told: bool) -> None:
    reply = Reply(last, UpstreamUnreachable("gone"), is_event_stream=True)

    sent = await relayed(reply)

    assert isinstance(sent[-1], ReplyCut)
    assert (b"event: error" in sent[-2]["body"]) is told
    assert reply.closed


async def test_compressed_replies_pass_as_they_are() -> None:
    packed = gzip.compress(b'{"id": 1}')
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
    async with house_of(replying(head % len(packed) + packed)) as house:
        answers = [await house.ask(get(b"/v1/files")), await house.ask(post())]

    assert [answer.body for answer in answers] == [packed, packed]


async def test_a_large_reply_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 100_000):
            writer.write(body[start : start + 100_000])
            await writer.drain()

    async with house_of(script) as house:
        answer = await house.ask(get(b"/v1/files"))

    assert answer.body == body
