"""Requests that were asked before: answered by the stored reply, without the provider.

    key ─▶ stored, or asked by another just now? ─▶ give it, or send, watch, store

A store that does not answer is a miss.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from headroom.errors import StoreError
from headroom.proxy.aside import aside
from headroom.proxy.call import Headers, Send
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.relay import Watch
from headroom.proxy.repeatable import (
    LARGEST_BYTES,
    is_repeatable,
    is_settled,
    looks_repeatable,
    may_be_stored,
    reads_stored,
    stores,
)
from headroom.proxy.reply import Reply
from headroom.proxy.request_key import request_key
from headroom.state.replies import StoredReply
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

CONTENT_HEADERS = frozenset(
    (b"content-type", b"content-encoding", b"content-language", b"content-disposition")
)
"""What says how the bytes are to be read.  Other headers tell of one call: its id, its time, its
limits, its cookies."""

PIECE_BYTES = 16_384


@dataclass(slots=True)
class Repeat:
    """One request, and what the stored replies have to do with it."""

    proxy: Proxy
    record: Record
    key: bytes = b""
    """Under which its reply is to be stored; empty where it is not."""
    stored: StoredReply | None = None
    """The reply that answers it."""
    leads: bool = False
    """Whether others wait for it."""
    held: list[bytes] = field(default_factory=list)
    held_bytes: int = 0

    async def answer(self, stored: StoredReply, send: Send) -> None:
        """Give the stored reply: its bytes, as a stream if it was one."""
        record = self.record
        record.verdict, record.cache = "cached", "hit"
        record.overhead_ms = record.elapsed_ms()
        length = [] if stored.streamed else [(b"content-length", b"%d" % len(stored.body))]
        headers: Headers = [*stored.headers, *length, *record.headers()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for start in range(0, len(stored.body), PIECE_BYTES):
            piece = stored.body[start : start + PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def watch(self, reply: Reply, watch: Watch) -> Watch:
        """What sees the reply's bytes: *watch*, and if they are to be stored we as well."""
        if not self.key or not may_be_stored(reply):
            self.key = b""
            return watch

        def see(chunk: bytes) -> None:
            watch(chunk)
            self._hold(chunk)

        return see

    async def keep(self, reply: Reply) -> None:
        """The reply has come to the end of its bytes: store it, if it is whole."""
        if not self.key or not is_settled(self.record):
            return
        headers = tuple(one for one in reply.headers if one[0].lower() in CONTENT_HEADERS)
        stored = StoredReply(headers, b"".join(self.held), streamed=reply.is_streamed)
        planning = self.proxy.planning
        try:
            await planning.replies.keep(self.key, self.record.caller.tenant, stored)
        except StoreError as error:
            planning.troubles.warn(logger, "a reply could not be stored", error)

    def _hold(self, chunk: bytes) -> None:
        self.held_bytes += len(chunk)
        if self.held_bytes > LARGEST_BYTES:
            self.key = b""
            self.held.clear()
        if not self.key:
            return
        self.held.append(chunk)
        # The client of a stream may ask the same again before it is stored.
        if self.record.finished and not self.leads:
            self.leads = self.proxy.flights.begin(self.key)


@asynccontextmanager
async def repeat_of(
    proxy: Proxy, record: Record, document: Document | None, sent: bytes
) -> AsyncIterator[Repeat]:
    """What the stored replies have to do with the request *sent*, which says what *document* does.

    Until this is left, others that ask the same wait for it, where its reply is not a stream.
    """
    repeat = Repeat(proxy, record)
    if not proxy.settings.cache or record.call.route.replays:
        yield repeat
        return
    record.cache = "bypass"
    if document is None or not stores(record.call) or not is_repeatable(document):
        yield repeat
        return
    secret, tenant = proxy.planning.secret, record.caller.tenant
    upstream = proxy.upstream.base(record.call)
    key = await aside(len(sent), request_key, secret, tenant, upstream, record.call, sent)
    repeat.key = key
    if reads_stored(record.call):
        record.cache = "miss"
        with record.stages.during("cache"):
            streams = record.call.route.streams or document.get("stream") is True
            await _find(repeat, shares=not streams)
    if repeat.stored is not None:
        model = record.call.route.model or document.get("model")
        record.model = model if isinstance(model, str) else ""
        record.streaming = repeat.stored.streamed
    try:
        yield repeat
    finally:
        if repeat.leads:
            proxy.flights.end(key)


def may_repeat(proxy: Proxy, record: Record, sent: bytes) -> bool:
    """Whether the body must be read to tell if a stored reply may answer it."""
    return proxy.settings.cache and stores(record.call) and looks_repeatable(sent)


async def _find(repeat: Repeat, *, shares: bool) -> None:
    """Look for the stored reply; if there is none, wait once for who asks the same just now."""
    flights, key = repeat.proxy.flights, repeat.key
    try:
        await _look(repeat)
        if repeat.stored is None and await flights.wait(key):
            await _look(repeat)
    except StoreError as error:
        planning = repeat.proxy.planning
        planning.troubles.warn(logger, "the stored replies cannot be read", error)
        return
    # Who has waited for nothing goes at once, leading or not: else all would go one by one.
    if repeat.stored is None and shares:
        repeat.leads = flights.begin(key)


async def _look(repeat: Repeat) -> None:
    replies, tenant = repeat.proxy.planning.replies, repeat.record.caller.tenant
    repeat.stored = await replies.find(repeat.key, tenant)
