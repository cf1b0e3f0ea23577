"""Relaying calls that are not planned: their bodies are streams, and what they cost is metered.

Under a budget the beginning of the body is waited for, as it mostly names the model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from headroom.errors import Refusal
from headroom.formats.base import ReplyReader
from headroom.proxy import batching, spending
from headroom.proxy.call import Call, Send
from headroom.proxy.glance import LOOKED_AT_BYTES, NOTHING, Glance, glance, glance_at
from headroom.proxy.limiting import take_tokens
from headroom.proxy.metering import BYTES_PER_SOUND_TOKEN, Meter
from headroom.proxy.paid import is_paid, kind_of, model_in_path
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.proxy.relay import chunks_of, has_body, relay, relay_reply
from headroom.proxy.upstream import Reply
from headroom.proxy.watching import Watching
from headroom.state.batches import File

OK = 200
CLOSE = (b"connection", b"close")


async def relay_metered(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a call that is not planned, and take note of what it uses.

    Raises what `relay_reply` does, and what `spending.reserve` does.
    """
    call = record.call
    if is_paid(call):
        await _relay_paid(proxy, record, send)
    elif not spending.budgets_of(proxy.settings, record.caller):
        await relay(proxy, record, send)
    elif batching.batch_told(call):
        await _relay_batch(proxy, record, send)
    elif batching.is_file(call):
        await _relay_file(proxy, record, send)
    else:
        await relay(proxy, record, send)


async def _relay_paid(proxy: Proxy, record: Record, send: Send) -> None:
    call = record.call
    record.model = model_in_path(call)
    record.sent_tokens = (call.declared_length or 0) // BYTES_PER_TOKEN
    if kind_of(call) != "batch":
        await take_tokens(proxy, record)
    body = _Body(call)
    beside: list[batching.NamedReply] = []
    if spending.budgets_of(proxy.settings, record.caller):
        await body.begin()
        await _see_file(proxy, record, body)
        hold = await _reserve(proxy, record, body)
        if hold is not None and kind_of(call) == "batch":
            made = batching.BatchHold(proxy, record, hold.accounts)
            record.holds.append(made)
            beside.append(made.reply)
    prices = proxy.planning.accounting.load_prices()
    reply = await proxy.upstream.send(call, body.stream(), leaves=record.leaves)
    record.answered(reply.status)
    record.streaming = reply.is_streamed
    _see(record, body)
    meter = Meter(reply.header(b"content-type") or b"", streaming=reply.is_streamed)
    await _relay_read(proxy, record, send, reply, meter, *beside)
    await prices


async def _relay_batch(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay what tells how a batch went; what was charged for it is corrected."""
    call = record.call
    batch = await batching.charged_for(proxy, call)
    if batch is None:
        await relay(proxy, record, send)
        return
    reply = await proxy.upstream.send(call, None)
    reader = batching.BatchReader(proxy, call, batch.model)
    await _relay_read(proxy, record, send, reply, reader)
    if reply.status == OK:
        await batching.correct(proxy, call, batch, reader)


async def _relay_file(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a file; where it holds the requests of a batch, their number is remembered."""
    body, named = _Body(record.call), batching.NamedReply()
    reply = await proxy.upstream.send(record.call, body.stream())
    await _relay_read(proxy, record, send, reply, named)
    if reply.status == OK and named.id and body.asked:
        model = glance_at(bytes(body.beginning)).model
        await batching.keep_file(proxy, named.id, File(body.size, body.asked, model))


async def _relay_read(
    proxy: Proxy, record: Record, send: Send, reply: Reply, *readers: ReplyReader
) -> None:
    """Relay *reply*, which these readers see."""
    watching = [Watching(proxy.planning, record, reply, reader=one) for one in readers]

    def see(chunk: bytes) -> None:
        for one in watching:
            one.see(chunk)

    await relay_reply(reply, record.call, send, watch=see)
    record.whole = True
    for reader, one in zip(readers, watching, strict=True):
        if isinstance(reader, Meter):
            record.usual_answer = reader.sound_tokens or record.usual_answer
        one.close()


async def _reserve(proxy: Proxy, record: Record, body: _Body) -> spending.SpendHold | None:
    try:
        return await spending.reserve(proxy, record)
    except Refusal as error:
        if not body.is_whole:
            # What is still to come of it is not waited for.
            error.headers = (*error.headers, CLOSE)
        raise


async def _see_file(proxy: Proxy, record: Record, body: _Body) -> None:
    """What the body tells, and the file that it names."""
    _see(record, body)
    if kind_of(record.call) == "batch" and record.call.route.provider == "openai":
        body.file = await batching.requests_of(proxy, bytes(body.beginning))
        _see(record, body)


class _Body:
    """The body of a call as it streams through; its beginning is looked at."""

    __slots__ = ("_call", "_chunks", "_held", "asked", "beginning", "file", "is_whole", "size")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chunks = chunks_of(call) if has_body(call) else None
        self._held: list[bytes] = []
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
    if body.file is not None:
        record.model = body.file.model
        record.sent_tokens = body.file.size // BYTES_PER_TOKEN
        record.usual_answer = USUAL_TOKENS * body.file.asked


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
