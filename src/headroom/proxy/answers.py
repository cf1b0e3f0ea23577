"""Answers of our own, in the shape that each provider's clients understand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from headroom.errors import Refusal, UpstreamError
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.proxy.call import Headers, Send
from headroom.proxy.routes import Provider

DIALECTS: Mapping[str, Format] = MappingProxyType({one.name: one for one in FORMATS})

# The first dialect of a provider speaks for its calls that are in none.
SPOKEN_BY: Mapping[str, Format] = MappingProxyType({one.provider: one for one in FORMATS[::-1]})

# Google RPC status names (cloud.google.com/apis/design/errors, 2026-11)
GEMINI_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    421: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def error_body(provider: Provider, status: int, message: str) -> bytes:
    """An error of ours as JSON, in the shape of this provider's errors."""
    spoken = SPOKEN_BY.get(provider)
    if spoken is not None:
        return spoken.error_body(status, message)
    name = GEMINI_STATUSES.get(status, "INTERNAL")
    return msgspec.json.encode({"error": {"code": status, "message": message, "status": name}})


def error_event(provider: Provider, dialect: str, status: int, message: str) -> bytes:
    """The same as an event within a stream, which ends it for the provider's SDKs."""
    spoken = DIALECTS.get(dialect) or SPOKEN_BY.get(provider)
    if spoken is not None:
        return spoken.error_event(message, status=status)
    return b"data: " + error_body(provider, status, message) + b"\n\n"


async def answer(
    send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole reply of JSON."""
    head: Headers = [
        (b"content-type", b"application/json"),
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
    extra = [*headers, *(refusal_headers(error) if isinstance(error, Refusal) else ())]
    await answer(send, error.status, error_body(provider, error.status, str(error)), extra)


def refusal_headers(error: Refusal) -> Headers:
    """What is sent with a refusal beside its body."""
    if error.retry_after_s is None:
        return [*error.headers]
    return [*error.headers, (b"retry-after", b"%d" % math.ceil(error.retry_after_s))]
