"""The Python clients of OpenAI and Anthropic, which are made by one generator: what both share.

The request is made shorter when the client has written it and before it is signed, so clients
for Azure, Bedrock and Vertex work too, and retries send the same bytes.  The client's HTTP
connections, options and replies stay what they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from headroom.integrations.shortener import Shortener

Client = TypeVar("Client")

PLAIN = "_headroom_plain"
"""Under this name a class that shortens has the one that it was made of."""


@dataclass(frozen=True, slots=True)
class Shortening:
    """What is done to the requests of a client: by the ends of their paths, in which dialect."""

    shortener: Shortener
    dialects: Mapping[str, str]

    def change(self, request: Any) -> None:
        """Write the body of this request of httpx (or httpx2) shorter, and its length anew."""
        dialect = self._dialect_of(request.url.path)
        is_json = request.headers.get("content-type", "").startswith("application/json")
        if not dialect or not is_json or "content-encoding" in request.headers:
            return
        body = request.content
        shorter = self.shortener.body(dialect, body)
        if shorter is body:
            return
        # As httpx spells it.
        request.headers["Content-Length"] = str(len(shorter))
        made = type(request)(
            request.method,
            request.url,
            headers=request.headers,
            content=shorter,
            extensions=request.extensions,
        )
        # Whoever holds the request sends it, so it becomes the other one.
        vars(request).update(vars(made))

    def _dialect_of(self, path: str) -> str:
        ends = (dialect for end, dialect in self.dialects.items() if path.endswith(end))
        return next(ends, "")


def shortened(client: Client, shortening: Shortening, *, awaited: bool) -> Client:
    """A copy of the client that shortens what it sends; it shares the client's connections."""
    plain: Any = getattr(type(client), PLAIN, type(client))
    prepare = (_prepared_later if awaited else _prepared)(plain._prepare_request, shortening)  # noqa: SLF001  (what generated clients have for it)
    copied = cast("Any", client).copy()
    copied.__class__ = type(
        plain.__name__,
        (plain,),
        {"__module__": plain.__module__, PLAIN: plain, "_prepare_request": prepare},
    )
    return cast("Client", copied)


def _prepared(method: Callable[..., None], shortening: Shortening) -> Callable[..., None]:
    def prepare(self: Any, request: Any) -> None:
        shortening.change(request)
        method(self, request)

    return prepare


def _prepared_later(
    method: Callable[..., Awaitable[None]], shortening: Shortening
) -> Callable[..., Awaitable[None]]:
    async def prepare(self: Any, request: Any) -> None:
        import anyio.to_thread  # noqa: PLC0415  (both clients bring it)

        # In a thread, so that the event loop goes on.
        await anyio.to_thread.run_sync(shortening.change, request)
        await method(self, request)

    return prepare


def refuse(client: object, *wanted: str) -> TypeError:
    """The error for something that is no client of these kinds."""
    return TypeError(
        f"with_headroom takes a client of {' or '.join(wanted)}, not {type(client).__name__}"
    )
