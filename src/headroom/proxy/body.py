"""The body of a call that is not planned, looked at as it streams through.

Its beginning mostly names the model; what it is taken to be answered with is a guess, by its kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from headroom.proxy.call import Call
from headroom.proxy.expected import SHORT_ANSWER_TOKENS
from headroom.proxy.glance import LOOKED_AT_BYTES, NOTHING, Glance, glance, glance_at
from headroom.proxy.metering import BYTES_PER_SOUND_TOKEN
from headroom.proxy.paid import kind_of
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.proxy.relay import chunks_of, has_body
from headroom.state.batches import File
from headroom.wire.pieces import Pieces

# In high quality (platform.openai.com/docs/guides/image-generation, 2026-11).
IMAGE_TOKENS = 4_160
"""Of an image of gpt-image-1."""

_IN_BATCH = b'"custom_id"'


class Body:
    """One body."""

    __slots__ = (
        "_call",
        "_chunks",
        "_held",
        "_instead",
        "asked",
        "beginning",
        "file",
        "is_whole",
        "size",
    )

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chunks = chunks_of(call) if has_body(call) else None
        self._held: list[bytes] = []
        self._instead: Pieces | None = None
        self.asked = 0
        """How many requests stand in it, where it is a batch of them."""
        self.file: File | None = None
        """With the requests of a batch, where these do not stand in the body."""
        self.beginning = bytearray()
        self.size = 0
        self.is_whole = self._chunks is None

    async def begin(self) -> None:
        """Wait for the beginning, which is sent on later."""
        while not self.is_whole and self.size < LOOKED_AT_BYTES:
            chunk = await self._next()
            if chunk:
                self._held.append(chunk)

    async def hold(self, size: int) -> bytearray:
        """All of it, *size* bytes as was announced; it is sent on by `put` alone from now on."""
        held, at = bytearray(size), 0
        async for chunk in self._streamed():
            held[at : at + len(chunk)] = chunk
            at += len(chunk)
        self._instead = Pieces(held)
        return held

    def put(self, pieces: Pieces) -> None:
        """Send this on instead."""
        self._instead = pieces
        self.size = pieces.size

    @property
    def length(self) -> int | None:
        """How long what is sent on is, where that is not what its client announced."""
        return None if self._instead is None else self._instead.size

    def stream(self) -> AsyncIterator[bytes] | None:
        """The whole body, from its beginning; None where the call has none."""
        if self._instead is not None:
            return _given(self._instead)
        return None if self._chunks is None else self._streamed()

    async def _streamed(self) -> AsyncIterator[bytes]:
        while self._held:
            yield self._held.pop(0)
        while not self.is_whole:
            chunk = await self._next()
            if chunk:
                yield chunk

    async def _next(self) -> bytes:
        assert self._chunks is not None
        chunk = await anext(self._chunks, b"")
        self.is_whole = not chunk
        room = LOOKED_AT_BYTES - len(self.beginning)
        if room > 0:
            self.beginning += chunk[:room]
        self.size += len(chunk)
        self.asked += chunk.count(_IN_BATCH)
        return chunk


async def _given(pieces: Pieces) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        # The loop is for others too while much is sent.
        await asyncio.sleep(0)


def see(record: Record, body: Body) -> None:
    """What the body tells of the call, as far as it has come."""
    held = bytes(body.beginning)
    seen: Glance = NOTHING
    is_batch = kind_of(record.call) == "batch"
    if held and body.is_whole and body.size <= LOOKED_AT_BYTES and not is_batch:
        seen = glance(held)
    elif held:
        # The requests of a batch name their models within.
        seen = glance_at(held)
    record.model = record.model or seen.model
    record.most_answer, record.answers = seen.most_answer, seen.answers
    record.terms = replace(seen.terms, processing="batch") if is_batch else seen.terms
    record.sent_tokens = _counted_bytes(record.call, body) // BYTES_PER_TOKEN
    record.usual_answer = _usual(record, seen, body.asked)
    record.requests = max(body.asked, 1) if is_batch else 1
    if body.file is not None:
        record.model = body.file.model
        record.sent_tokens = body.file.size // BYTES_PER_TOKEN
        record.usual_answer = SHORT_ANSWER_TOKENS * body.file.asked
        record.requests = body.file.asked


def _counted_bytes(call: Call, body: Body) -> int:
    """How many bytes of text the body is taken to be: of sound and forms, fewer."""
    size = max(call.declared_length or 0, body.size) if body.length is None else body.length
    kind = call.header(b"content-type") or b""
    is_text = b"json" in kind or kind.startswith(b"text/") or not kind
    return size if is_text else size * BYTES_PER_TOKEN // BYTES_PER_SOUND_TOKEN


def _usual(record: Record, seen: Glance, asked: int) -> int:
    kind = kind_of(record.call)
    if kind == "vectors":
        return 0
    if kind == "batch":
        return SHORT_ANSWER_TOKENS * max(asked, 1)
    return (IMAGE_TOKENS if kind == "images" else SHORT_ANSWER_TOKENS) * seen.answers
