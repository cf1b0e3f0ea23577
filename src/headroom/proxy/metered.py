"""Relaying calls that are not planned: their bodies are streams, and what they cost is metered.

Under a budget the beginning of the body is waited for, as it mostly names the model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from headroom.errors import Refusal
from headroom.proxy import spending
from headroom.proxy.call import Call, Send
from headroom.proxy.glance import LOOKED_AT_BYTES, NOTHING, Glance, glance, glance_at
from headroom.proxy.metering import BYTES_PER_SOUND_TOKEN, Meter
from headroom.proxy.paid import is_paid, kind_of, model_in_path
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.relay import chunks_of, has_body, relay, relay_reply
from headroom.proxy.watching import Watching

BYTES_PER_TOKEN = 4
CLOSE = (b"connection", b"close")


async def relay_metered(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a call that is not planned, and take note of what it uses.

    Raises what `relay_reply` does, and what `spending.reserve` does.
    """
    call = record.call
    if not is_paid(call):
        await relay(proxy, call, send)
        return
    record.model = model_in_path(call)
    body = _Body(call)
    if spending.budgets_of(proxy.settings, record.caller):
        await body.begin()
        _see(record, body)
        try:
            await spending.reserve(proxy, record, body_bytes=_counted_bytes(call, body))
        except Refusal as error:
            if not body.is_whole:
                # What is still to come of it is not waited for.
                error.headers = (*error.headers, CLOSE)
            raise
    prices = proxy.planning.accounting.load_prices()
    reply = await proxy.upstream.send(call, body.stream(), leaves=record.leaves)
    record.answered(reply.status)
    record.streaming = reply.is_streamed
    _see(record, body)
    meter = Meter(reply.header(b"content-type") or b"", streaming=reply.is_streamed)
    watching = Watching(proxy.planning, record, reply, reader=meter)
    await relay_reply(reply, call, send, watch=watching.see)
    record.whole = True
    record.usual_answer = meter.sound_tokens or record.usual_answer
    watching.close()
    await prices


class _Body:
    """The body of a call as it streams through; its beginning is looked at."""

    __slots__ = ("_call", "_chunks", "_held", "asked", "beginning", "is_whole", "size")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chunks = chunks_of(call) if has_body(call) else None
        self._held: list[bytes] = []
        self.asked = 0
        """How many requests stand in it, where it is a batch of them."""
        self.beginning = bytearray()
        self.size = 0
        self.is_whole = self._chunks is None

    async def begin(self) -> None:
        """Wait for the beginning, which is sent on later."""
        while not self.is_whole and self.size < LOOKED_AT_BYTES:
            chunk = await self._next()
            if chunk:
                self._held.append(chunk)

    def stream(self) -> AsyncIterator[bytes] | None:
        """The whole body, from its beginning; None where the call has none."""
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
        self.asked += chunk.count(IN_BATCH)
        return chunk


def _see(record: Record, body: _Body) -> None:
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
    record.most_answer = seen.most_answer
    record.terms = replace(seen.terms, processing="batch") if is_batch else seen.terms
    record.sent_tokens = _counted_bytes(record.call, body) // BYTES_PER_TOKEN
    record.usual_answer = _usual(record, seen, body.asked)


def _counted_bytes(call: Call, body: _Body) -> int:
    """How many bytes of text the body is taken to be: of sound and forms, fewer."""
    size = max(call.declared_length or 0, body.size)
    kind = call.header(b"content-type") or b""
    is_text = b"json" in kind or kind.startswith(b"text/") or not kind
    return size if is_text else size * BYTES_PER_TOKEN // BYTES_PER_SOUND_TOKEN


# An image of gpt-image-1 in high quality (platform.openai.com/docs/guides/image-generation,
# 2026-11).
IN_BATCH = b'"custom_id"'
IMAGE_TOKENS = 4_160
USUAL_TOKENS = 500


def _usual(record: Record, seen: Glance, asked: int) -> int:
    kind = kind_of(record.call)
    if kind == "vectors":
        return 0
    if kind == "batch":
        return USUAL_TOKENS * max(asked, 1)
    return (IMAGE_TOKENS if kind == "images" else USUAL_TOKENS) * seen.answers
