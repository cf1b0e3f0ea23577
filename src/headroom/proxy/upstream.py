"""How we talk to providers: one pooled HTTP/1.1 client, headers and bytes as they came.

A request whose body may have reached the provider is sent once.  A second attempt is made
only when no connection came about.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from headroom.errors import (
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from headroom.proxy.call import Call, Headers
from headroom.proxy.credentials import PROTOCOLS, protocols_in
from headroom.proxy.headers import replaced, reply_headers, upstream_headers
from headroom.proxy.pool import Handshake, HandshakeRefused, Pool
from headroom.proxy.public import PublicResolver
from headroom.proxy.reaching import bases
from headroom.settings import Settings

# Larger bodies are written piece by piece, so that the loop and the buffers stay free.
WRITE_PIECE_BYTES = 262_144

LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024

Body = bytes | AsyncIterator[bytes] | None
Leaves = Callable[[], None]
"""Called as a request begins to leave: from then on the provider may have it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's reply whose head has come; *headers* are as received, less hop-by-hop."""

    status: int
    headers: Headers
    response: aiohttp.ClientResponse

    def header(self, name: bytes) -> bytes | None:
        """The first header of this (lower case) name, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    @property
    def is_streamed(self) -> bool:
        """True for server-sent events, however they are packed."""
        return (self.header(b"content-type") or b"").startswith(b"text/event-stream")

    @property
    def is_event_stream(self) -> bool:
        """True for server-sent events to which one may be added: plain, of no fixed length."""
        fixed = self.header(b"content-encoding") or self.header(b"content-length")
        return self.is_streamed and not fixed

    async def read(self) -> bytes:
        """The next bytes, as soon as there are any; empty at the end.  Raises UpstreamError."""
        try:
            return await self.response.content.readany()
        except TimeoutError as error:
            raise UpstreamTimeout(
                "the provider stopped sending before its reply was whole"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnreachable(
                "the provider broke off before its reply was whole"
            ) from error

    def at_end(self) -> bool:
        """True when every byte of the body has been read."""
        return self.response.content.at_eof()

    def close(self) -> None:
        """Give the connection back if the reply is whole, else drop it."""
        self.response.close()


class Upstream:
    """The providers, as configured.  Use `async with`.

    Where callers may name an address, *resolver* tells where it leads.
    """

    def __init__(self, settings: Settings, *, resolver: AbstractResolver | None = None) -> None:
        self._bases = bases(settings)
        self._chatgpt = settings.chatgpt_api_url.rstrip("/")
        self._connect_timeout_s = float(settings.connect_timeout_seconds)
        self._first_byte_timeout_s = float(settings.request_timeout_seconds)
        self._idle_timeout_s = float(settings.idle_timeout_seconds)
        self._names_addresses = bool(settings.allowed_base_urls)
        self._resolver = resolver or PublicResolver()
        self._sessions: Pool | None = None
        self._named: Pool | None = None
        """For addresses that callers have named."""

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self._connect_timeout_s,
            sock_read=self._first_byte_timeout_s,
        )
        self._sessions = Pool(timeout)
        if self._names_addresses:
            self._named = Pool(timeout, self._resolver)
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close every connection."""
        for sessions in (self._sessions, self._named):
            if sessions is not None:
                await sessions.close()
        self._sessions = self._named = None

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self._sessions is not None and not self._sessions.requests.closed

    def base(self, call: Call) -> str:
        """The address that this call goes to: the configured one, unless it may name another."""
        configured = self._chatgpt if call.route.by_login else self._bases[call.route.provider]
        return call.base_url or configured

    def url(self, call: Call) -> URL:
        """Where this call goes: the configured base with the path and query as sent."""
        target = call.target.decode("ascii")
        return URL(self.base(call) + target, encoded=True)

    async def send(
        self,
        call: Call,
        body: Body,
        *,
        decoded: bool = False,
        plain: bool = False,
        again: bool = False,
        length: int | None = None,
        leaves: Leaves | None = None,
    ) -> Reply:
        """Send *call* with *body* and return the reply as soon as its head is there.

        *decoded* says that *body* is no longer in its content encoding, *plain* that the reply
        is wanted without one, *again* that this is not the call itself but goes on from it.
        *length* is that of a body that comes in pieces, where the call announced another.
        *leaves* is told when it begins to leave.  Raises UpstreamUnreachable, UpstreamTimeout;
        BadRequest for headers that are not text.
        """
        headers = upstream_headers(call.headers, decoded=decoded)
        if plain:
            headers = replaced(headers, "accept-encoding", "identity")
        if again:
            # Else a provider that knows the key would give its first reply once more.
            headers = [each for each in headers if each[0] != "idempotency-key"]
        if isinstance(body, bytes) and len(body) > WRITE_PIECE_BYTES:
            headers.append(("content-length", str(len(body))))
            body = _pieces(body)
        elif body is not None and not isinstance(body, bytes):
            length = call.declared_length if length is None else length
            if length is not None:
                headers.append(("content-length", str(length)))
        return await self._send(call, headers, body, leaves)

    async def connect(self, call: Call) -> Handshake:
        """Open a WebSocket where *call* goes.

        Raises HandshakeRefused with the provider's status; UpstreamUnreachable,
        UpstreamTimeout, BadRequest as `send` does.
        """
        headers = [
            (name, value)
            for name, value in upstream_headers(call.headers)
            if not name.startswith("sec-websocket-")
        ]
        protocols = [
            one.decode("latin-1")
            for name, value in call.headers
            if name == PROTOCOLS
            for one in protocols_in(value)
        ]
        try:
            connection = await self._opened(call).handshakes.ws_connect(
                self.url(call),
                headers=headers,
                protocols=protocols,
                autoclose=True,
                max_msg_size=LARGEST_MESSAGE_BYTES,
            )
        except aiohttp.WSServerHandshakeError as error:
            status = error.status if error.status >= 400 else 502
            raise HandshakeRefused(status) from error
        except TimeoutError as error:
            raise UpstreamTimeout("the provider did not answer the handshake in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnreachable("no WebSocket to the provider could be opened") from error
        return cast("Handshake", connection)

    def _opened(self, call: Call) -> Pool:
        sessions = self._named if call.base_url else self._sessions
        if sessions is None:
            raise UpstreamError("the proxy is not open")
        return sessions

    async def _send(
        self, call: Call, headers: list[tuple[str, str]], body: Body, leaves: Leaves | None
    ) -> Reply:
        try:
            response = await self._request(call, headers, body, leaves)
        except aiohttp.ConnectionTimeoutError as error:
            raise UpstreamTimeout(
                f"no connection to the provider within {self._connect_timeout_s:g} s"
            ) from error
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"the provider did not answer within {self._first_byte_timeout_s:g} s"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise UpstreamUnreachable(
                "no connection to the provider could be made (headroom doctor says why)"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnreachable("the provider broke off before it answered") from error
        self._wait_at_most_idle(response)
        return Reply(response.status, reply_headers(response.raw_headers), response)

    async def _request(
        self, call: Call, headers: list[tuple[str, str]], body: Body, leaves: Leaves | None
    ) -> aiohttp.ClientResponse:
        session = self._opened(call).requests
        url = self.url(call)
        options: dict[str, Any] = {"headers": headers, "data": body, "allow_redirects": False}
        options["trace_request_ctx"] = leaves
        try:
            return await session.request(call.method, url, **options)
        except aiohttp.ConnectionTimeoutError:
            raise
        except aiohttp.ClientConnectorError:
            # Nothing has left this machine, so it is safe to try once more; a load balancer
            # that resets a handshake is common and short.
            return await session.request(call.method, url, **options)

    def _wait_at_most_idle(self, response: aiohttp.ClientResponse) -> None:
        connection = response.connection
        if connection is None or connection.protocol is None:
            return
        if self._idle_timeout_s != self._first_byte_timeout_s:
            connection.protocol.read_timeout = self._idle_timeout_s
            connection.protocol.start_timeout()


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), WRITE_PIECE_BYTES):
        yield body[start : start + WRITE_PIECE_BYTES]
        await asyncio.sleep(0)
