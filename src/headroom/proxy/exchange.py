"""One request on a planned route, from arrival to its last byte."""

from __future__ import annotations

from headroom.proxy.call import Call, Send, read_body
from headroom.proxy.proxy import Proxy
from headroom.proxy.relay import relay_reply


async def exchange(proxy: Proxy, call: Call, send: Send) -> None:
    """Read the body, send it on, and relay the reply."""
    body = await read_body(call, limit=proxy.body_limit_bytes)
    reply = await proxy.upstream.send(call, body)
    await relay_reply(reply, call, send)
