"""One request as it arrived: its head, where it is to go, and the way to its body."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from headroom.errors import HeadroomError, TooLarge
from headroom.proxy.caller import Caller
from headroom.proxy.routes import Route, find_route

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]
Result = TypeVar("Result")

UNCHANGED = frozenset({b"passthrough", b"audit", b"simulate"})
"""Modes (`x-headroom-mode`) in which a request is sent on as it came."""


class ClientLeft(HeadroomError):
    """The client closed its connection before its request or our reply was whole."""


@dataclass(frozen=True, slots=True)
class Call:
    """The head of a request.  Header names are lower case; order and repeats are kept."""

    scope: Scope
    receive: Receive
    method: str
    headers: Headers
    query: bytes
    route: Route
    received_at: float
    """`time.perf_counter()` at arrival."""
    caller: Caller = field(default_factory=Caller)
    """Who makes it; known once it was let in."""
    base_url: str = ""
    """Where it goes instead of the configured address, if its caller may say so."""

    def header(self, name: bytes) -> bytes | None:
        """The first header of this name, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    @property
    def target(self) -> bytes:
        """What to ask the upstream for: path and query as sent, `/v1` added where it lacks."""
        return self.route.path + b"?" + self.query if self.query else self.route.path

    @property
    def is_socket(self) -> bool:
        """Whether it asks for a WebSocket."""
        return self.scope.get("type") == "websocket"

    @property
    def wants_bypass(self) -> bool:
        """True when the caller asks that nothing be changed (`x-headroom-bypass: true`).

        So does `x-headroom-mode`, where the npm SDK's `headroomMode` says to look on, or to try.
        """
        bypass = self.header(b"x-headroom-bypass")
        if bypass is not None and bypass.strip().lower() in (b"true", b"1", b"yes", b"on"):
            return True
        mode = self.header(b"x-headroom-mode")
        return mode is not None and mode.strip().lower() in UNCHANGED

    @property
    def wants_list(self) -> bool:
        """Whether a stream may come as one list of JSON, as Gemini's does without `alt=sse`."""
        asked = {each for each in self.query.split(b"&") if b"alt=" in each}
        return self.route.streams and asked != {b"alt=sse"}

    @property
    def declared_length(self) -> int | None:
        """The `content-length` that the client announced, or None."""
        value = self.header(b"content-length")
        return int(value) if value is not None and value.isdigit() else None


def read_head(scope: Scope, receive: Receive) -> Call:
    """The call that this ASGI scope describes."""
    headers: Headers = scope["headers"]
    is_socket = scope.get("type") == "websocket"
    method: str = scope.get("method", "GET")  # a WebSocket's scope has none
    route = find_route("POST" if is_socket else method, scope["raw_path"], headers)
    return Call(
        scope=scope,
        receive=receive,
        method=method,
        headers=headers,
        query=scope["query_string"],
        route=route,
        received_at=time.perf_counter(),
    )


async def read_body(call: Call, *, limit: int) -> bytes:
    """The whole body, as it was sent.

    Raises TooLarge from the head alone when the declared length is beyond *limit*, else as
    soon as more has come; ClientLeft when the client goes before its body is whole.
    """
    declared = call.declared_length
    if declared is not None and declared > limit:
        raise TooLarge(f"the body has {declared} bytes; at most {limit} are taken")
    message = await call.receive()
    if message["type"] == "http.disconnect":
        raise ClientLeft("the client left while it was sending its request")
    first: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(first) <= limit:
        return first
    return await _read_rest(call.receive, first, limit=limit)


async def while_there(call: Call, work: Coroutine[Any, Any, Result]) -> Result:
    """What *work* gives, done while the client waits; its whole body must have come.

    Raises ClientLeft as soon as it has gone, and the work is given up.
    """
    # A server that stopped reading as the body came too quickly hears of nothing until it is asked.
    leaving = asyncio.ensure_future(call.receive())
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.wait((leaving, doing), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done() and leaving.result()["type"] == "http.disconnect":
            raise ClientLeft("the client left while its request was being planned")
        return await doing
    finally:
        leaving.cancel()
        doing.cancel()
        await asyncio.gather(leaving, doing, return_exceptions=True)


async def _read_rest(receive: Receive, first: bytes, *, limit: int) -> bytes:
    parts = [first]
    size = len(first)
    more = True
    while more:
        if size > limit:
            raise TooLarge(f"the body has more than {limit} bytes")
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft("the client left while it was sending its request")
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        more = message.get("more_body", False)
    if size > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    return b"".join(parts)
