"""Answers of our own, in the shape that each provider's clients understand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headroom.errors import Refusal, UpstreamError
from headroom.proxy.call import Headers, Send
from headroom.proxy.routes import Provider

# Anthropic error types (docs.anthropic.com/en/api/errors, 2026-11)
ANTHROPIC_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}

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
    return msgspec.json.encode(_error(provider, status, message))


def error_event(provider: Provider, dialect: str, status: int, message: str) -> bytes:
    """The same as an event within a stream, which ends it for the provider's SDKs."""
    error = _error(provider, status, message)
    if provider == "anthropic":
        return b"event: error\ndata: " + msgspec.json.encode(error) + b"\n\n"
    if dialect == "openai_responses":
        code = error["error"]["code"]
        told = {"type": "error", "code": code, "message": message, "param": None, **error}
        return b"event: error\ndata: " + msgspec.json.encode(told) + b"\n\n"
    return b"data: " + msgspec.json.encode(error) + b"\n\n"


def _error(provider: Provider, status: int, message: str) -> dict[str, Any]:
    if provider == "anthropic":
        default = "invalid_request_error" if status < 500 else "api_error"
        kind = ANTHROPIC_TYPES.get(status, default)
        return {"type": "error", "error": {"type": kind, "message": message}}
    if provider == "gemini":
        name = GEMINI_STATUSES.get(status, "INTERNAL")
        return {"error": {"code": status, "message": message, "status": name}}
    kind = "invalid_request_error" if status < 500 else "server_error"
    code = {413: "request_too_large", 504: "timeout"}.get(status)
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


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
    extra = list(headers)
    if isinstance(error, Refusal) and error.retry_after_s is not None:
        extra.append((b"retry-after", b"%d" % math.ceil(error.retry_after_s)))
    await answer(send, error.status, error_body(provider, error.status, str(error)), extra)
