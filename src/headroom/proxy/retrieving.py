"""Relaying a reply in which our tool may be called: all its legs, as one reply to the client.

`retrieval.py` says what is to be done; here it is done: originals fetched, the provider asked
again, hidden legs kept before the client sees the end of its turn.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from headroom.errors import HeadroomError, StoreError, UpstreamError, UpstreamUnreachable
from headroom.formats.turns import MOST_REWRITTEN_BYTES, ODDITIES, OddReply
from headroom.proxy.answers import error_event
from headroom.proxy.aside import aside
from headroom.proxy.call import Headers
from headroom.proxy.call import Send as SendMessage
from headroom.proxy.fetching import answers_to, unpaid_answers
from headroom.proxy.manner import Manner
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.relay import ReplyCut, relay_reply, tell_cut
from headroom.proxy.reply import Reply
from headroom.proxy.retrieval import ENOUGH, Ask, Cut, Fetch, Keep, Retrieval, Send, Step
from headroom.proxy.watching import Watching
from headroom.wire.encodings import Decoder

logger = logging.getLogger(__name__)

OK, LEAST_ERROR, BAD_GATEWAY = 200, 400, 502
ODD = "the provider's reply could not be understood"
KEEP_ALIVE_S = 15.0
KEEP_ALIVE = b": keep-alive\n\n"
SILENT = ("gemini",)
"""Dialects whose clients know no comments in a stream: all that is no `data:` is broken JSON to
Google's SDKs (google-genai 3.6, generative-ai 0.24, Gemini CLI 0.61)."""
LARGEST_ERROR_BYTES = 65_536

# What framed the provider's bytes; other bytes are sent.
_FRAMING = (b"content-length", b"content-encoding")


class LegRefusedError(HeadroomError):
    """The provider answered a later leg with an error; *reply* is that answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"the provider answered a later leg with status {reply.status}")
        self.reply = reply


def may_retrieve(reply: Reply) -> bool:
    """Whether this reply is one in which a model can have called our tool."""
    kind = reply.header(b"content-type") or b""
    return reply.status == OK and (reply.is_streamed or kind.startswith(b"application/json"))


@dataclass(frozen=True, slots=True)
class Retrieving:
    """One call whose reply may hold calls of our tool.

    *begun* is told the id of the reply as soon as the client may know it, *keep* what was
    hidden before the client sees the end.  *turns_ago* says of originals when they were cut down.
    """

    proxy: Proxy
    record: Record
    retrieval: Retrieval
    tenant: str
    begun: Callable[[str], Awaitable[None]]
    keep: Callable[[Keep], Awaitable[None]]
    turns_ago: Mapping[str, int] = field(default_factory=dict)

    async def relay(self, reply: Reply, send: SendMessage, headers: Headers) -> None:
        """Relay *reply* and all legs that follow.  Raises what `relay_reply` does."""
        line = _Line(send)
        try:
            if reply.is_streamed:
                await self._relay_stream(reply, line, headers)
            else:
                await self._relay_whole(reply, line, headers)
        except asyncio.CancelledError:
            # Either the client has left, and sending does nothing, or the proxy is stopping.
            await tell_cut(reply, self.record.call, send, line.last, 503, "the proxy is stopping")
            raise
        finally:
            reply.close()

    async def _relay_stream(self, reply: Reply, line: _Line, headers: Headers) -> None:
        call = self.record.call
        kept = [(name, value) for name, value in reply.headers if name not in _FRAMING]
        await line.begin(reply.status, [*kept, *headers])
        every_s = math.inf if call.route.format in SILENT else KEEP_ALIVE_S
        try:
            async with (
                _kept_alive(line, every_s) as waiting,
                aclosing(self._said(reply, self._chunks(reply), waiting)) as said,
            ):
                async for data in said:
                    await line.write(data)
        except LegRefusedError as error:
            self.record.verdict = "upstream_failed"
            message = await _message_of(error.reply)
            status = max(error.reply.status, LEAST_ERROR)
            await line.write(error_event(call.route.provider, call.route.format, status, message))
        except OddReply as error:
            logger.warning("%s: %s", self.record.request_id, error)
            await tell_cut(reply, call, line.send, line.last, BAD_GATEWAY, ODD)
            raise ReplyCut(ODD) from error
        except UpstreamError as error:
            await tell_cut(reply, call, line.send, line.last, error.status, str(error))
            raise ReplyCut(str(error)) from error
        await line.end()

    async def _relay_whole(self, reply: Reply, line: _Line, headers: Headers) -> None:
        kept = [(name, value) for name, value in reply.headers if name not in _FRAMING]
        async with aclosing(self._chunks(reply)) as chunks:
            held: list[bytes] = []
            size = 0
            async for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if size > MOST_REWRITTEN_BYTES:
                    # No words of a model are as long as that: nothing of ours is in it.
                    await self._relay_rest(held, chunks, line, [*kept, *headers])
                    return
        try:
            async with aclosing(self._said(reply, _each(held), asyncio.Event())) as legs:
                body = b"".join([data async for data in legs])
        except LegRefusedError as error:
            self.record.verdict = "upstream_failed"
            await relay_reply(error.reply, self.record.call, line.send, headers=headers)
            return
        except ODDITIES as error:
            if self.record.earlier or isinstance(error, UpstreamError | StoreError):
                raise
            # Not shaped as its dialect says, so nothing in it is ours.
            logger.warning("%s: an odd reply (%s)", self.record.request_id, type(error).__name__)
            body = b"".join(held)
        length = (b"content-length", b"%d" % len(body))
        await line.begin(reply.status, [*kept, length, *headers])
        await line.write(body)
        await line.end()

    async def _relay_rest(
        self, held: Sequence[bytes], chunks: AsyncIterator[bytes], line: _Line, headers: Headers
    ) -> None:
        """Pass on what has come, and what still comes, as it is."""
        await line.begin(OK, headers)
        try:
            await line.write(b"".join(held))
            async for chunk in chunks:
                await line.write(chunk)
        except UpstreamError as error:
            raise ReplyCut(str(error)) from error
        await line.end()

    async def _said(
        self, reply: Reply, chunks: AsyncGenerator[bytes], waiting: asyncio.Event
    ) -> AsyncGenerator[bytes]:
        """What the client is to get, of all legs; *waiting* is set from the second one on."""
        async with AsyncExitStack() as legs:
            begun: asyncio.Task[None] | None = None
            size = 0
            while True:
                await legs.enter_async_context(aclosing(chunks))
                async for chunk in chunks:
                    size += len(chunk)
                    if data := self.retrieval.feed(chunk):
                        yield data
                    if begun is None and self.retrieval.turn.reply_id:
                        begun = asyncio.create_task(self._told_begun())
                        legs.callback(begun.cancel)
                body = b""
                # A whole reply is taken apart here.
                steps = list(await aside(size, self.retrieval.end_leg))
                begun = begun or asyncio.create_task(self._told_begun())
                await begun
                while steps:
                    step = steps.pop(0)
                    if isinstance(step, Send):
                        yield step.data
                    elif isinstance(step, Ask):
                        body = step.body
                    else:
                        steps += await self._taken(step)
                if not body:
                    return
                waiting.set()
                leg = await self._ask(body, streamed=reply.is_streamed)
                legs.callback(leg.close)
                chunks = self._chunks(leg)

    async def _taken(self, step: Step) -> Sequence[Step]:
        """Do what this step says; what is to be done after it."""
        if isinstance(step, Fetch):
            return await self._fetched(step)
        if isinstance(step, Cut):
            raise UpstreamUnreachable("the provider broke off before its reply was whole")
        if isinstance(step, Keep):
            await self.keep(step)
        return ()

    async def _fetched(self, step: Fetch) -> Sequence[Step]:
        """Find what the model has asked for; what is to be done with it."""
        planning, record, retrieval = self.proxy.planning, self.record, self.retrieval
        if step.is_followed:
            await planning.accounting.load_prices()
            ended = record.next_leg(planning)
            if record.spending is not None and not await record.spending.next_leg(ended):
                return await aside(retrieval.size, retrieval.unfetched, unpaid_answers(step.calls))
        if step.is_enough:
            answers = {call.id: ENOUGH for call in step.calls}
        else:
            answers = await answers_to(planning, self.tenant, step.calls, self.turns_ago)
        return await aside(retrieval.size, retrieval.fetched, answers)

    async def _told_begun(self) -> None:
        """Tell the id of the reply, if there is one."""
        if self.retrieval.turn.reply_id:
            await self.begun(self.retrieval.turn.reply_id)

    async def _ask(self, body: bytes, *, streamed: bool) -> Reply:
        """The provider's next leg.  Raises UpstreamError, LegRefusedError."""
        manner = Manner(decoded=True, plain=True, again=True, leaves=self.record.leaves)
        leg = await self.proxy.upstream.send(self.record.call, body, manner)
        self.record.answered(leg.status)
        if not may_retrieve(leg) or leg.is_streamed != streamed:
            raise LegRefusedError(leg)
        return leg

    async def _chunks(self, leg: Reply) -> AsyncGenerator[bytes]:
        """The leg's bytes, unpacked.  Raises UpstreamError."""
        encoding = leg.header(b"content-encoding")
        decoder = Decoder(encoding.decode("latin-1")) if encoding else None
        watching = Watching(self.proxy.planning, self.record, leg, unpacked=True)
        while chunk := await leg.read():
            plain = decoder.feed(chunk) if decoder else chunk
            if decoder and decoder.failed:
                raise UpstreamUnreachable("the provider's reply could not be unpacked")
            watching.see(plain)
            yield plain
        watching.close()


async def _each(pieces: Sequence[bytes]) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


class _Line:
    """The client's side of one reply."""

    __slots__ = ("last", "send", "sent_at")

    def __init__(self, send: SendMessage) -> None:
        self.send = send
        self.last = b""
        self.sent_at = 0.0

    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes) -> None:
        """Send some of the body."""
        self.last = data
        self.sent_at = asyncio.get_running_loop().time()
        await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """Send the end."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def _kept_alive(line: _Line, every_s: float) -> AsyncIterator[asyncio.Event]:
    """While the event that this gives is set, a comment is sent whenever the line is silent."""
    waiting = asyncio.Event()
    if math.isinf(every_s):
        yield waiting
        return

    async def speak() -> None:
        await waiting.wait()
        now = asyncio.get_running_loop().time
        while True:
            silent = now() - line.sent_at
            if silent >= every_s:
                await line.write(KEEP_ALIVE)
            await asyncio.sleep(max(every_s - silent, every_s / 100))

    speaking = asyncio.create_task(speak())
    try:
        yield waiting
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def _message_of(reply: Reply) -> str:
    """What the provider says of its error, as far as it can be read."""
    body = bytearray()
    try:
        while len(body) < LARGEST_ERROR_BYTES and (chunk := await reply.read()):
            body += chunk
    except UpstreamError:
        pass
    finally:
        reply.close()
    encoding = reply.header(b"content-encoding")
    plain = Decoder(encoding.decode("latin-1")).feed(bytes(body)) if encoding else bytes(body)
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, KeyError):
        return str(msgspec.json.decode(plain)["error"]["message"])
    return f"the provider answered with status {reply.status}"
