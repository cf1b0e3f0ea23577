"""What the two OpenAI dialects share: errors and headers."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from typing import Any

from tests.upstream.memory import Memory
from tests.upstream.script import Failure
from tests.upstream.wire import Reply, json_reply

CREATED = 1_790_000_000
"""The time that every reply bears, so that equal requests get equal bytes."""

# OpenAI: type, code and usual message by status (PROVIDERS 7.4, 2026-11).
_ERRORS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "Invalid request"),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-****."),
    403: ("invalid_request_error", None, "You are not allowed to use this model."),
    404: ("invalid_request_error", None, "Invalid URL"),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    500: ("server_error", None, "The server had an error while processing your request."),
    503: ("server_error", None, "The server is currently overloaded."),
}


MODELS: Mapping[str, Any] = {
    "object": "list",
    "data": [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "openai"}
        for name in ("gpt-6.1-sol", "gpt-5.5")
    ],
}
"""The reply of `/v1/models`."""


def failure(error: Failure, memory: Memory) -> Reply:
    """An error reply."""
    retry = (("retry-after", error.retry_after),) if error.retry_after else ()
    body = {"error": error_of(error)}
    return json_reply(body, error.status, (*headers_of(memory), *retry, *error.headers))


def error_of(error: Failure) -> dict[str, Any]:
    """The error object that stands in a body or a stream."""
    kind, code, message = _ERRORS.get(error.status, ("server_error", None, "Internal error"))
    return {
        "message": error.message or message,
        "type": error.kind or kind,
        "param": error.param,
        "code": error.code or code,
    }


def headers_of(memory: Memory) -> tuple[tuple[str, str], ...]:
    """The headers that every reply bears; each has its own request id."""
    return (
        ("x-request-id", memory.new_id("req_")),
        ("openai-processing-ms", "12"),
        ("openai-organization", "org-simulated"),
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-limit-tokens", "2000000"),
        ("x-ratelimit-remaining-tokens", "1999000"),
        ("x-ratelimit-reset-tokens", "1s"),
    )


def embeddings(body: Mapping[str, Any], memory: Memory) -> Reply:
    """The reply of `/v1/embeddings`: three numbers for each text, as floats or base64."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    packed = body.get("encoding_format") == "base64"
    vectors = [
        {"object": "embedding", "index": index, "embedding": _vector(str(text), packed=packed)}
        for index, text in enumerate(texts)
    ]
    tokens = sum(memory.count(str(text).encode()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    reply = {"object": "list", "data": vectors, "model": body["model"], "usage": usage}
    return json_reply(reply, 200, headers_of(memory))


def _vector(text: str, *, packed: bool) -> list[float] | str:
    vector = (len(text) / 8, 0.5, -0.25)
    return base64.b64encode(struct.pack("<3f", *vector)).decode() if packed else list(vector)
