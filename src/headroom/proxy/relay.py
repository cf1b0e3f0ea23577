"""Passing a call to its provider and the reply back, byte for byte and as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from headroom.errors import HeadroomError, UpstreamError
from headroom.proxy.answers import error_event
from headroom.proxy.call import Call, ClientLeft, Send
from headroom.proxy.manner import Manner
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.reply import Reply

Watch = Callable[[bytes], None]


class ReplyCut(HeadroomError):
    """The reply broke off after its head had been passed on; the client sees it cut."""


async def relay(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a call that is not planned; its body is passed on as it comes, never held."""
    call = record.call
    reply = await ask(proxy, record, chunks_of(call) if has_body(call) else None)
    await relay_reply(reply, call, send)


async def ask(
    proxy: Proxy,
    record: Record,
    body: AsyncIterator[bytes] | None = None,
    *,
    length: int | None = None,
) -> Reply:
    """The provider's answer to the call with this *body*; what is known of it is noted.

    *length* is the body's, where the call announced another.
    """
    reply = await proxy.upstream.send(
        record.call, body, Manner(length=length, leaves=record.leaves)
    )
    record.answered(reply.status)
    record.streaming = reply.is_streamed
    return reply


async def relay_reply(
    reply: Reply,
    call: Call,
    send: Send,
    *,
    watch: Watch | None = None,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Pass *reply* on as it comes, with *headers* added to its own.

    *watch* sees every chunk after it has been sent, and must not fail.  Raises ReplyCut when
    the provider breaks off: the server then drops the client's connection, so that a cut reply
    looks cut.
    """
    last = b""
    try:
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [*reply.headers, *headers] if headers else reply.headers,
            }
        )
        while chunk := await reply.read():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            last = chunk
            if watch is not None:
                watch(chunk)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except UpstreamError as error:
        await tell_cut(reply, call, send, last, error.status, str(error))
        raise ReplyCut(str(error)) from error
    except asyncio.CancelledError:
        # Either the client has left, and sending does nothing, or the proxy is stopping.
        await tell_cut(reply, call, send, last, 503, "the proxy is stopping")
        raise
    finally:
        reply.close()


async def tell_cut(
    reply: Reply, call: Call, send: Send, last: bytes, status: int, message: str
) -> None:
    """Add an error event to a stream that stands between two events; else say nothing."""
    between_events = not last or last.endswith((b"\n\n", b"\r\n\r\n", b"\r\r"))
    if reply.is_event_stream and between_events:
        event = error_event(call.route.provider, call.route.format, status, message)
        await send({"type": "http.response.body", "body": event, "more_body": True})


def has_body(call: Call) -> bool:
    """Whether the call's head announces a body."""
    return call.header(b"transfer-encoding") is not None or bool(call.declared_length)


async def chunks_of(call: Call) -> AsyncIterator[bytes]:
    """The call's body as it comes.  Raises ClientLeft."""
    more = True
    while more:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft("the client left while it was sending its request")
        body: bytes = message.get("body", b"")
        if body:
            yield body
        more = message.get("more_body", False)
