"""`/dashboard/events`: each finished request, of all workers, as it ends (server-sent events)."""

from __future__ import annotations

import asyncio

from headroom.proxy.call import Call, Headers, Message, Send
from headroom.proxy.described import Described, Reply
from headroom.proxy.proxy import Proxy
from headroom.proxy.relay import ReplyCut
from headroom.proxy.schema import TEXT

SLOW_S = 10.0
"""A reader that takes nothing for so long is dropped."""

EVENTS = Described(
    "Each finished request, of all workers, as it ends",
    said="With `last-event-id`, also those since.",
    replies={200: Reply("Server-sent events, without end.", {"text/event-stream": TEXT})},
)

HEAD: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Some proxies hold back what streams unless they are told not to.
    (b"x-accel-buffering", b"no"),
]


async def events(proxy: Proxy, call: Call, send: Send) -> None:
    """`GET /dashboard/events`, for as long as its reader stays."""
    with proxy.feed.listening(since=_since(call)) as listener:
        await send({"type": "http.response.start", "status": 200, "headers": HEAD})
        while piece := await listener.next():
            await _pass_on(send, {"type": "http.response.body", "body": piece, "more_body": True})
    await _pass_on(send, {"type": "http.response.body", "body": b""})


async def _pass_on(send: Send, message: Message) -> None:
    try:
        async with asyncio.timeout(SLOW_S):
            await send(message)
    except TimeoutError as error:
        raise ReplyCut("whoever listens reads too slowly") from error


def _since(call: Call) -> int | None:
    """The number of what was heard last, as a browser says it after a break."""
    said = call.header(b"last-event-id") or b""
    return int(said) if said.isdigit() and len(said) < 19 else None
