"""The pool of connections to providers, and the two ways to use it: requests and WebSockets."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from headroom.errors import HeadroomError
from headroom.proxy.call import Headers
from headroom.proxy.headers import reply_headers

# Below what providers and their load balancers keep an idle connection (60 s and more), so
# that a POST seldom meets a connection which is just being closed: it is not sent twice.
IDLE_CONNECTION_S = 30

# aiohttp stops reading from the provider at twice this size.
READ_BUFFER_BYTES = 65_536

HEADER_LIMIT_BYTES = 65_536


class HandshakeRefused(HeadroomError):
    """The provider did not agree to a WebSocket; *status* is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the provider refused the WebSocket with status {status}")
        self.status = status


class Handshake(aiohttp.ClientWebSocketResponse):
    """A WebSocket to a provider that keeps the headers of the reply which opened it."""

    def __init__(
        self, reader: Any, writer: Any, protocol: Any, response: Any, *rest: Any, **more: Any
    ) -> None:
        super().__init__(reader, writer, protocol, response, *rest, **more)
        self.reply_headers: Headers = [
            (name, value)
            for name, value in reply_headers(response.raw_headers)
            if not name.startswith(b"sec-websocket-")
        ]


class Pool:
    """Connections that are used again, for requests and for handshakes."""

    def __init__(
        self, timeout: aiohttp.ClientTimeout, resolver: AbstractResolver | None = None
    ) -> None:
        connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=IDLE_CONNECTION_S, resolver=resolver
        )
        common: dict[str, Any] = {
            "connector": connector,
            "skip_auto_headers": ("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            "timeout": timeout,
            "read_bufsize": READ_BUFFER_BYTES,
            "max_line_size": HEADER_LIMIT_BYTES,
            "max_field_size": HEADER_LIMIT_BYTES,
        }
        self.requests = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_told_of_leaving()],
            **common,
        )
        # aiohttp follows redirects of a handshake, credentials and all, and takes no word
        # against it there; requests say so themselves (`allow_redirects`).
        staying = aiohttp.TraceConfig()
        staying.on_request_redirect.append(_refuse_redirect)
        self.handshakes = aiohttp.ClientSession(
            connector_owner=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            ws_response_class=Handshake,
            trace_configs=[staying],
            **common,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.handshakes.close()
        await self.requests.close()


async def _refuse_redirect(
    _session: aiohttp.ClientSession, _context: object, _told: aiohttp.TraceRequestRedirectParams
) -> None:
    raise HandshakeRefused(502)


def _told_of_leaving() -> aiohttp.TraceConfig:
    """Tells who sends a request when its head is written, which is after it is connected."""

    async def leaves(_session: object, context: Any, _told: object) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(leaves)
    return tracing
