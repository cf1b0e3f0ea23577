"""Chunks of chat completions: usage comes where the client expects it, and the end is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from headroom.proxy.backends.chat_events import DONE, chat_events

WORD = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USED = {"choices": [], "usage": {"prompt_tokens": 3}}


class Chunks:
    def __init__(self, *chunks: Any) -> None:
        self.chunks = list(chunks)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if not self.chunks:
            raise StopAsyncIteration
        return json.loads(json.dumps(self.chunks.pop(0)))

    async def aclose(self) -> None:
        self.closed = True


async def events(chunks: Chunks, *, usage_asked: bool) -> list[bytes]:
    return [event async for event in chat_events(chunks, usage_asked=usage_asked)]


async def test_who_asked_for_usage_gets_its_chunk() -> None:
    got = await events(Chunks(WORD, END, USED), usage_asked=True)

    assert len(got) == 4
    assert json.loads(got[2].removeprefix(b"data: ")) == USED
    assert got[3] == DONE


async def test_who_did_not_ask_gets_it_with_the_reason_why_the_reply_ends() -> None:
    got = await events(Chunks(WORD, END, USED), usage_asked=False)

    assert len(got) == 3
    assert json.loads(got[1].removeprefix(b"data: ")) == {**END, "usage": {"prompt_tokens": 3}}


async def test_a_reply_without_usage_ends_the_same() -> None:
    got = await events(Chunks(WORD, END), usage_asked=False)

    assert len(got) == 3
    assert b"finish_reason" in got[1]


async def test_the_librarys_stream_is_closed_when_nobody_listens_any_more() -> None:
    chunks = Chunks(WORD, END)
    stream = chat_events(chunks, usage_asked=True)
    await anext(stream)

    await stream.aclose()  # type: ignore[attr-defined]  # an async generator

    assert chunks.closed
