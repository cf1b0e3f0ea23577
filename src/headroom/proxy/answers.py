"""Answers of our own, in the shape that each provider's clients understand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from headroom.errors import Refusal, UpstreamError
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.proxy.call import Headers, Send
from headroom.proxy.routes import Provider

DIALECTS: Mapping[str, Format] = MappingProxyType({one.name: one for one in FORMATS})

# The first dialect of a provider speaks for its calls that are in none.
SPOKEN_BY: Mapping[str, Format] = MappingProxyType({one.provider: one for one in FORMATS[::-1]})


def error_body(
    provider: Provider, status: int, message: str, *, retry_after_s: float | None = None
) -> bytes:
    """An error of ours as JSON, in the shape of this provider's errors.

    *retry_after_s* is told in it where the provider's clients look for it there.
    """
    return SPOKEN_BY[provider].error_body(status, message, retry_after_s=retry_after_s)


def error_event(provider: Provider, dialect: str, status: int, message: str) -> bytes:
    """The same as an event within a stream, which ends it for the provider's SDKs."""
    spoken = DIALECTS.get(dialect) or SPOKEN_BY[provider]
    return spoken.error_event(message, status=status)


async def answer(
    send: Send,
    status: int,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    kind: bytes = b"application/json",
) -> None:
    """Send a whole reply, of JSON where nothing else is said."""
    head: Headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def answer_error(
    send: Send,
    provider: Provider,
    error: Refusal | UpstreamError,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send what went wrong, in the provider's shape, with `retry-after` where it is known."""
    told = body_of(provider, error)
    await answer(send, error.status, told, [*headers, *headers_of(error)])


def body_of(provider: Provider, error: Refusal | UpstreamError) -> bytes:
    """What went wrong, in the provider's shape."""
    wait_s = error.retry_after_s if isinstance(error, Refusal) else None
    return error_body(provider, error.status, str(error), retry_after_s=wait_s)


def headers_of(error: Refusal | UpstreamError) -> Headers:
    """What is told beside it: `retry-after` where it is known, and what the refusal adds."""
    if not isinstance(error, Refusal):
        return []
    headers = list(error.headers)
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % math.ceil(error.retry_after_s)))
    return headers
