"""Upstreams that do not take cache marks of ours: found out, answered for, and remembered.

An upstream refuses them with an error, before anything has reached the client; or it does not
heed the mark at the top level, which its replies tell by what was read and written.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from headroom.errors import StoreError
from headroom.formats.anthropic_marks import NAME
from headroom.proxy.manner import Manner
from headroom.proxy.marking import LABEL
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.reply import Reply, Source
from headroom.state.refusals import Refused
from headroom.wire.encodings import Decoder

logger = logging.getLogger(__name__)

AUTO = f"{LABEL}:auto"

# What a gateway answers that checks bodies by a schema, beside the provider's own.
REFUSING = (400, 422)
LEAST_ERROR = 400
LARGEST_ERROR_BYTES = 65_536

HEEDED_FROM_TOKENS = 8_192
"""A prompt of so many is cached by every model, whatever its least is."""


@dataclass(frozen=True, slots=True)
class Peeked:
    """The body of a reply whose beginning has been read, and is read again."""

    source: Source
    held: deque[bytes]
    """What has been read; an empty piece is the end."""

    async def read(self) -> bytes:
        """See `Source.read`."""
        return self.held.popleft() if self.held else await self.source.read()

    def close(self) -> None:
        """See `Source.close`."""
        self.source.close()


async def taken(
    proxy: Proxy,
    record: Record,
    reply: Reply,
    unmarked: Callable[[], Awaitable[bytes]],
    *,
    plain: bool,
) -> tuple[Reply, bytes | None]:
    """The reply to a request with marks of ours; and what it answers, if that is another body.

    That is *unmarked*, which is sent where marks are refused; that they are is remembered, if it
    helps.  Nothing has been passed on to the client yet.  Raises UpstreamError.
    """
    reply, said = await _peeked(reply)
    if not _names_marks(reply, said):
        return reply, None
    refused: Refused = "auto" if AUTO in record.plan.transforms else "blocks"
    transforms = tuple(one for one in record.plan.transforms if not one.startswith(LABEL))
    record.plan = dataclasses.replace(record.plan, transforms=transforms)
    reply.close()
    body = await unmarked()
    record.sent = False
    upstream = proxy.upstream
    manner = Manner(decoded=True, plain=plain, again=True, leaves=record.leaves)
    reply = await upstream.send(record.call, body, manner)
    # A text that speaks of marks may be why; then nothing is learned.
    if reply.status < LEAST_ERROR and NAME.encode() not in body:
        await _note(proxy, record, refused, "refuses")
    return reply, body


async def note_unheeded(proxy: Proxy, record: Record) -> None:
    """The request has been answered: remember it if nothing was cached, and should have been."""
    used = record.usage
    if used is None or AUTO not in record.plan.transforms or not record.finished:
        return
    cached = used.input_tokens - used.uncached_tokens
    if used.input_tokens >= HEEDED_FROM_TOKENS and not cached:
        await _note(proxy, record, "auto", "does not heed")


async def _note(proxy: Proxy, record: Record, refused: Refused, how: str) -> None:
    upstream = proxy.upstream.base(record.call)
    logger.warning("%s %s cache marks (%s)", upstream, how, refused)
    with suppress(StoreError):
        await proxy.planning.refusals.note(upstream, refused)


async def _peeked(reply: Reply) -> tuple[Reply, bytes]:
    """The reply as it came, and what it says of an error as far as that is looked at."""
    held: deque[bytes] = deque()
    if reply.status in REFUSING and not reply.is_streamed:
        size = 0
        while size < LARGEST_ERROR_BYTES:
            piece = await reply.read()
            held.append(piece)
            size += len(piece)
            if not piece:
                break
    said = b"".join(held)
    return dataclasses.replace(reply, source=Peeked(reply.source, held)), said


def _names_marks(reply: Reply, said: bytes) -> bool:
    """Whether this is an error that speaks of cache marks."""
    encoding = reply.header(b"content-encoding")
    if said and encoding:
        said = Decoder(encoding.decode("latin-1")).feed(said)
    return NAME.encode() in said
