"""A gateway of one's own (FastAPI, Starlette, any ASGI app), with requests made shorter.

    app.add_middleware(Headroom)        # or: app = Headroom(app)

Requests to providers' routes that pass through reach the app shorter; everything else, replies
and streams first of all, passes untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from headroom.integrations.shortener import Originals, Shortener

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "/v1/messages": "anthropic",
        "/v1/messages/count_tokens": "anthropic",
        "/chat/completions": "openai_chat",
        "/v1/responses": "openai_responses",
        "/v1/responses/compact": "openai_responses",
        "/v1/responses/input_tokens": "openai_responses",
    }
)
"""Dialects by the ends of paths."""

LONGEST_BODY_BYTES = 32 * 1024 * 1024
BYPASS = b"x-headroom-bypass"
YES = frozenset({b"true", b"1", b"yes", b"on"})


class Headroom:
    """Middleware for requests in the dialects of OpenAI and Anthropic; see `Shortener`.

    *routes* are the ends of paths at which they come, with their dialects.  Bodies that are
    packed or larger than *longest_body_bytes* pass as they are, like those whose caller says
    `x-headroom-bypass: true`.
    """

    def __init__(
        self,
        app: App,
        *,
        routes: Mapping[str, str] = ROUTES,
        originals: Originals | None = None,
        longest_body_bytes: int = LONGEST_BODY_BYTES,
    ) -> None:
        self._app = app
        self._routes = routes
        self._shortener = Shortener(originals=originals)
        self._longest = longest_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        dialect = self._dialect_of(scope)
        if not dialect:
            await self._app(scope, receive, send)
            return
        read = await _read(receive, self._longest)
        if not read.is_whole:
            await self._app(scope, read.replayed(receive), send)
            return
        body = b"".join(message.get("body", b"") for message in read.messages)
        shorter = await asyncio.to_thread(self._shortener.body, dialect, body)
        if shorter is body:
            await self._app(scope, read.replayed(receive), send)
            return
        said = _Read([{"type": "http.request", "body": shorter, "more_body": False}], is_whole=True)
        headers = [_with_length(pair, len(shorter)) for pair in scope["headers"]]
        await self._app({**scope, "headers": headers}, said.replayed(receive), send)

    def _dialect_of(self, scope: Scope) -> str:
        if scope["type"] != "http" or scope["method"] != "POST":
            return ""
        headers = dict(scope["headers"])
        is_json = headers.get(b"content-type", b"").startswith(b"application/json")
        bypassed = headers.get(BYPASS, b"").strip().lower() in YES
        if not is_json or bypassed or headers.get(b"content-encoding", b"identity") != b"identity":
            return ""
        path: str = scope["path"].rstrip("/")
        return next((dialect for end, dialect in self._routes.items() if path.endswith(end)), "")


class _Read:
    """What was received of a request, to be received once more."""

    __slots__ = ("is_whole", "messages")

    def __init__(self, messages: list[Message], *, is_whole: bool) -> None:
        self.messages = messages
        self.is_whole = is_whole

    def replayed(self, receive: Receive) -> Receive:
        """A `receive` that gives these first."""
        waiting = iter(self.messages)

        async def again() -> Message:
            for message in waiting:
                return message
            return await receive()

        return again


async def _read(receive: Receive, longest: int) -> _Read:
    """The request's body, unless its caller leaves or it is longer than that."""
    messages: list[Message] = []
    size = 0
    while size <= longest:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            break
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return _Read(messages, is_whole=size <= longest)
    return _Read(messages, is_whole=False)


def _with_length(pair: tuple[bytes, bytes], length: int) -> tuple[bytes, bytes]:
    name, value = pair
    return (name, str(length).encode()) if name.lower() == b"content-length" else (name, value)
