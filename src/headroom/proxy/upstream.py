"""How we talk to the providers themselves: headers and bytes as they came.

This is the backend `anthropic`, in whose place others stand (`proxy/backends`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from aiohttp.abc import AbstractResolver
from yarl import URL

from headroom.proxy.call import Call
from headroom.proxy.client import Client
from headroom.proxy.credentials import PROTOCOLS, protocols_in
from headroom.proxy.headers import upstream_headers
from headroom.proxy.manner import AS_IT_CAME, Body, Manner
from headroom.proxy.pool import Handshake
from headroom.proxy.public import PublicResolver
from headroom.proxy.reaching import bases
from headroom.proxy.reply import Reply
from headroom.settings import Settings


class Upstream:
    """The providers, as configured.  Use `async with`.

    Where callers may name an address, *resolver* tells where it leads.
    """

    name = "anthropic"
    lends = False
    """Callers bring credentials of their own."""

    def __init__(self, settings: Settings, *, resolver: AbstractResolver | None = None) -> None:
        self._bases = bases(settings)
        self._chatgpt = settings.chatgpt_api_url.rstrip("/")
        self._client = Client(settings)
        resolver = resolver or PublicResolver()
        self._named = Client(settings, resolver=resolver) if settings.allowed_base_urls else None
        """For addresses that callers have named."""

    @classmethod
    def make(cls, settings: Settings, _environ: Mapping[str, str]) -> Self:
        """See `Make` of the backends."""
        return cls(settings)

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        await self._client.__aenter__()
        if self._named is not None:
            await self._named.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close every connection."""
        await self._client.__aexit__()
        if self._named is not None:
            await self._named.__aexit__()

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self._client.is_open

    def check(self, call: Call) -> None:
        """Every call is taken: a provider says itself what it does not know."""

    def sold_as(self, _model: str) -> tuple[str, str]:
        """Providers sell what is their own."""
        return "", ""

    def base(self, call: Call) -> str:
        """The address that this call goes to: the configured one, unless it may name another."""
        configured = self._chatgpt if call.route.by_login else self._bases[call.route.provider]
        return call.base_url or configured

    def url(self, call: Call) -> URL:
        """Where this call goes: the configured base with the path and query as sent."""
        target = call.target.decode("ascii")
        return URL(self.base(call) + target, encoded=True)

    async def send(self, call: Call, body: Body, manner: Manner = AS_IT_CAME) -> Reply:
        """See `Backend.send`."""
        return await self._client_of(call).send(
            call.method, self.url(call), manner.headers(call, body), body, leaves=manner.leaves
        )

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
        return await self._client_of(call).connect(self.url(call), headers, protocols)

    def _client_of(self, call: Call) -> Client:
        return self._named if call.base_url and self._named is not None else self._client
