"""A proxy without a port: its own pages, asked from within this process.

It stands beside others on the same store, and asks no provider.
"""

from __future__ import annotations

import dataclasses

from headroom.proxy.call import Headers, Message, read_head
from headroom.proxy.dispatch import take
from headroom.proxy.proxy import Proxy, open_proxy
from headroom.proxy.record import Record
from headroom.settings import Settings

LOOPBACK = ("127.0.0.1", 0)
PATIENCE_S = 10.0
"""Nobody's request waits for a plan that is made here, and those who make it have yet to start."""


async def ask(settings: Settings, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """What the page at *path* answers, and with which status; by POST where there is a *body*.

    Everything is open only while it answers.  Who asks is whoever asks the proxy of these settings
    from this machine without a provider's credential.
    """
    patience_s = max(settings.plan_deadline_seconds, PATIENCE_S)
    settings = dataclasses.replace(settings, plan_deadline_seconds=patience_s)
    async with open_proxy(settings, (), {}, beside=True) as proxy:
        return await _asked(proxy, path, body)


async def _asked(proxy: Proxy, path: str, body: bytes | None) -> tuple[int, bytes]:
    headers: Headers = [(b"host", b"127.0.0.1")]
    if proxy.settings.api_key:
        headers.append((b"x-headroom-api-key", proxy.settings.api_key.encode()))
    if body is not None:
        headers.append((b"content-type", b"application/json"))
    scope: Message = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": LOOPBACK,
        "server": LOOPBACK,
    }
    status, said = 0, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": body or b""}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        said.extend(message.get("body", b""))

    await take(proxy, Record(read_head(scope, receive)), send)
    return status, bytes(said)
