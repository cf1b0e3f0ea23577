"""The headers that pass between a caller and a provider, less what is meant for neither."""

from __future__ import annotations

from collections.abc import Iterable

from headroom.errors import BadRequest
from headroom.proxy.call import Headers

# RFC 9110 7.6.1, with the older names that proxies have always taken out as well.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"te",
        b"trailer",
        b"trailers",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)

# Set anew for the upstream, or answered by our own server.
REPLACED = HOP_BY_HOP | {b"host", b"content-length", b"expect"}

OURS = (b"x-headroom-", b"proxy-")


def upstream_headers(headers: Headers, *, decoded: bool = False) -> list[tuple[str, str]]:
    """The caller's headers for the provider: in order, repeats kept, less what is not its own.

    Raises BadRequest when a header is not UTF-8, which our client could not repeat exactly.
    """
    dropped = REPLACED | _named_in_connection(headers)
    if decoded:
        dropped = dropped | {b"content-encoding"}
    try:
        return [
            (name.decode("ascii"), value.decode())
            for name, value in headers
            if name not in dropped and not name.startswith(OURS)
        ]
    except UnicodeDecodeError as error:
        raise BadRequest("a header of the request is not valid UTF-8") from error


def reply_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The provider's headers for the client, as received, less hop-by-hop."""
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = HOP_BY_HOP | _named_in_connection(lowered)
    return [
        (name, value)
        for name, value in lowered
        if name not in dropped and not name.startswith(b"proxy-")
    ]


def _named_in_connection(headers: Headers) -> frozenset[bytes]:
    named: list[bytes] = []
    for name, value in headers:
        if name == b"connection":
            named.extend(token.strip().lower() for token in value.split(b","))
    # A client may not take away what frames the message, or its credentials, by naming it.
    return frozenset(named) - {b"content-length", b"host", b"close"}


def replaced(headers: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    """The headers with one of this name, where the first of them stood."""
    there = next((index for index, each in enumerate(headers) if each[0] == name), len(headers))
    others = [each for each in headers if each[0] != name]
    return [*others[:there], (name, value), *others[there:]]
