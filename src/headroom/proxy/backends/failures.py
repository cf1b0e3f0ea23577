"""What a library raised, as the status and the words of an error of the provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from headroom.proxy.backends.streamed import Failed

LONGEST_MESSAGE = 2000

SECRETS = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST_SECRET = 8

LONGEST_CHAIN = 8
UNREACHED = (
    "APIConnectionError",
    "ClientConnectorError",
    "ClientConnectorDNSError",
    "ConnectError",
    "ConnectionRefusedError",
    "EndpointConnectionError",
    "ReadError",
    "RemoteProtocolError",
    "ServerDisconnectedError",
)
LATE = ("Timeout", "APITimeoutError", "ReadTimeout", "ConnectTimeout")


# Anthropic's kinds of errors (docs.anthropic.com/en/api/errors, 2026-08).
STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "invalid_request_error": 400,
        "authentication_error": 401,
        "permission_error": 403,
        "not_found_error": 404,
        "request_too_large": 413,
        "rate_limit_error": 429,
        "timeout_error": 504,
        "overloaded_error": 529,
    }
)
# LiteLLM tells errors of a stream as one kind, and its own name of each in the words.
NAMED: Mapping[str, int] = MappingProxyType(
    {
        "BadRequestError": 400,
        "ContextWindowExceededError": 400,
        "AuthenticationError": 401,
        "PermissionDeniedError": 403,
        "NotFoundError": 404,
        "RateLimitError": 429,
        "ServiceUnavailableError": 503,
    }
)

# Before Google's words it chooses a name by what they sound like.
GOOGLES = re.compile(
    r"litellm\.\w+: \w+Exception \w+ - b'\{\s{0,8}\"error\":\s?\{\s{0,8}\"code\":\s?(\d{3})\b"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that the provider, or the library in its place, answered with."""

    status: int
    message: str
    retry_after: bytes = b""


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of this environment that must not be shown."""
    found = {
        value
        for name, value in environ.items()
        if SECRETS.search(name) and len(value) >= SHORTEST_SECRET
    }
    return tuple(sorted(found, key=len, reverse=True))


def failure_of(backend: str, error: Exception, hidden: Iterable[str] = ()) -> Failure:
    """What *error* says; what is *hidden* stands in no message.

    The text of an error that names no status is not shown: it may quote the request.
    """
    if isinstance(error, Failed):
        return _told(backend, error.event, hidden)
    kind = type(error).__name__
    if kind in LATE:
        return Failure(504, f"the provider of {backend} did not answer in time")
    if any(type(each).__name__ in UNREACHED for each in _chain(error)):
        return Failure(502, f"the backend {backend} got no whole answer from its provider")
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or not 400 <= status < 600:
        return Failure(502, f"the backend {backend} failed: {kind}")
    message = str(getattr(error, "message", None) or error)
    return Failure(status, _shown(message, hidden), _retry_after(error))


def _shown(message: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        message = message.replace(secret, "…")
    return message[:LONGEST_MESSAGE]


def _told(backend: str, event: bytes, hidden: Iterable[str]) -> Failure:
    """What an event of an error says."""
    try:
        error: Any = msgspec.json.decode(event.partition(b"data:")[2])["error"]
        message, kind = str(error["message"]), str(error["type"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return Failure(502, f"the backend {backend} failed")
    status = _status_in(message) or STATUSES.get(kind, 500)
    return Failure(status, _shown(message, hidden))


def _status_in(message: str) -> int | None:
    """The status that these words of LiteLLM's are about, where they tell."""
    googles = GOOGLES.match(message)
    if googles is not None:
        status = int(googles[1])
        return status if 400 <= status < 600 else None
    named = re.match(r"litellm\.(\w+)", message)
    return NAMED.get(named[1]) if named else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from: libraries call a connection that failed many things."""
    each: BaseException | None = error
    for _ in range(LONGEST_CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def _retry_after(error: Exception) -> bytes:
    for headers in _headers(error):
        value = headers.get("retry-after")
        if isinstance(value, str) and value.isascii():
            return value.encode()
    return b""


def _headers(error: Exception) -> Iterator[Mapping[str, object]]:
    told = getattr(error, "litellm_response_headers", None)
    response = getattr(getattr(error, "response", None), "headers", None)
    for headers in (told, response):
        if isinstance(headers, Mapping):
            yield headers
