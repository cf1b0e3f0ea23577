"""A small gateway: an ASGI app that relays requests, and a way to ask it without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from headroom.integrations.asgi import App, Message, Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]


def relay(url: str) -> App:
    """An app that passes each request on to this address, and its reply back piece by piece."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}{scope['path']}", data=body, headers=headers) as reply,
        ):
            await send({"type": "http.response.start", "status": reply.status, "headers": []})
            async for piece in reply.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


async def post(
    app: App,
    path: str,
    body: Mapping[str, Any] | bytes,
    *,
    headers: Headers = (),
    pieces: int = 1,
) -> list[Message]:
    """What the app sends for this body, which comes in so many pieces."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = max(-(-len(raw) // pieces), 1)
    parts = [raw[at : at + size] for at in range(0, len(raw), size)] or [b""]
    waiting = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    fixed = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(raw)).encode()),
        (b"x-api-key", b"key"),
        (b"authorization", b"Bearer key"),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "headers": [*fixed, *headers]}
    await app(scope, receive, send)
    return sent
