"""A stream that a library makes: its first words are waited for, and it is dropped when left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from headroom.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from headroom.proxy.backends.streamed import Failed, Streamed, broken_off

START, WORDS = b"event: message_start\ndata: {}\n\n", b"event: content_block_start\ndata: {}\n\n"


async def saying(*events: bytes | Exception) -> AsyncIterator[bytes]:
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event


def streamed(events: AsyncIterator[bytes], idle_timeout_s: float = 10.0) -> Streamed:
    return Streamed(events, idle_timeout_s=idle_timeout_s, told=broken_off)


async def test_what_is_said_before_anybody_was_asked_waits_for_the_first_words() -> None:
    source = streamed(saying(START, WORDS, b"more"))

    await source.begin()

    assert [await source.read() for _ in range(3)] == [START + WORDS, b"more", b""]


async def test_a_refusal_behind_the_start_is_a_refusal() -> None:
    with pytest.raises(Failed):
        await streamed(saying(START, b"event: error\ndata: {}\n\n")).begin()
    with pytest.raises(ValueError, match="no"):
        await streamed(saying(START, ValueError("no"))).begin()


async def test_what_breaks_off_later_is_told_as_ours() -> None:
    source = streamed(saying(WORDS, ValueError("no")))
    await source.begin()
    await source.read()

    with pytest.raises(UpstreamUnreachable):
        await source.read()


async def test_silence_ends_it() -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield WORDS
        await asyncio.Event().wait()

    source = streamed(silent(), idle_timeout_s=0.01)
    await source.begin()
    await source.read()

    with pytest.raises(UpstreamTimeout):
        await source.read()


async def test_leaving_closes_what_the_library_holds() -> None:
    closed = asyncio.Event()

    async def open_ended() -> AsyncIterator[bytes]:
        try:
            yield WORDS
            await asyncio.Event().wait()
        finally:
            closed.set()

    source = streamed(open_ended())
    await source.begin()

    source.close()

    await asyncio.wait_for(closed.wait(), 10)
    assert issubclass(UpstreamTimeout, UpstreamError)
