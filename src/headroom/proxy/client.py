"""One pooled HTTP/1.1 client; what goes wrong on the way is told as ours.

A request whose body may have arrived is sent once.  A second attempt is made only when no
connection came about.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from headroom.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable
from headroom.proxy.headers import reply_headers
from headroom.proxy.manner import Body, Leaves
from headroom.proxy.pool import Handshake, HandshakeRefused, Pool
from headroom.proxy.reply import Reply
from headroom.settings import Settings

# Larger bodies are written piece by piece, so that the loop and the buffers stay free.
WRITE_PIECE_BYTES = 262_144

LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """The body of an HTTP response."""

    response: aiohttp.ClientResponse

    async def read(self) -> bytes:
        """See `Source.read`."""
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

    def close(self) -> None:
        """See `Source.close`."""
        self.response.close()


class Client:
    """Connections to wherever requests go, with the operator's patience.  Use `async with`.

    *resolver* tells where names lead, if it is not the system's word that counts.
    """

    def __init__(self, settings: Settings, *, resolver: AbstractResolver | None = None) -> None:
        self._connect_timeout_s = float(settings.connect_timeout_seconds)
        self._first_byte_timeout_s = float(settings.request_timeout_seconds)
        self._idle_timeout_s = float(settings.idle_timeout_seconds)
        self._resolver = resolver
        self._pool: Pool | None = None

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self._connect_timeout_s,
            sock_read=self._first_byte_timeout_s,
        )
        self._pool = Pool(timeout, self._resolver)
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()
        self._pool = None

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self._pool is not None and not self._pool.requests.closed

    async def send(
        self,
        method: str,
        url: URL,
        headers: list[tuple[str, str]],
        body: Body,
        *,
        leaves: Leaves | None = None,
    ) -> Reply:
        """Send this and return the reply as soon as its head is there.

        *leaves* is told when it begins to leave.  Raises UpstreamUnreachable, UpstreamTimeout.
        """
        if isinstance(body, bytes) and len(body) > WRITE_PIECE_BYTES:
            headers = [*headers, ("content-length", str(len(body)))]
            body = _pieces(body)
        try:
            response = await self._request(method, url, headers, body, leaves)
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
        return Reply(response.status, reply_headers(response.raw_headers), Response(response))

    async def connect(
        self, url: URL, headers: list[tuple[str, str]], protocols: list[str]
    ) -> Handshake:
        """Open a WebSocket there.

        Raises HandshakeRefused with the provider's status; UpstreamUnreachable,
        UpstreamTimeout as `send` does.
        """
        try:
            connection = await self._opened.handshakes.ws_connect(
                url,
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

    @property
    def _opened(self) -> Pool:
        if self._pool is None:
            raise UpstreamError("the proxy is not open")
        return self._pool

    async def _request(
        self,
        method: str,
        url: URL,
        headers: list[tuple[str, str]],
        body: Body,
        leaves: Leaves | None,
    ) -> aiohttp.ClientResponse:
        session = self._opened.requests
        options: dict[str, Any] = {"headers": headers, "data": body, "allow_redirects": False}
        options["trace_request_ctx"] = leaves
        try:
            return await session.request(method, url, **options)
        except aiohttp.ConnectionTimeoutError:
            raise
        except aiohttp.ClientConnectorError:
            # Nothing has left this machine, so it is safe to try once more; a load balancer
            # that resets a handshake is common and short.
            return await session.request(method, url, **options)

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
