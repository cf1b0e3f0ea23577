"""What clouds have in common that take Anthropic's own bodies, the model in the address."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Self

from headroom.errors import NotServed
from headroom.proxy.backends.asked import Asked, read_asked
from headroom.proxy.backends.base import check_served
from headroom.proxy.call import Call
from headroom.proxy.client import Client
from headroom.proxy.manner import AS_IT_CAME, Body, Leaves, Manner
from headroom.proxy.pool import Handshake
from headroom.proxy.reply import Reply
from headroom.settings import Settings

MESSAGES, COUNTING = "POST /v1/messages", "POST /v1/messages/count_tokens"
AGENT = ("user-agent", "headroom")


class Native(ABC):
    """A cloud at one address, with credentials of this machine."""

    name: str
    lends = True
    routes = (MESSAGES, COUNTING)

    def __init__(self, settings: Settings, address: str) -> None:
        self.client = Client(settings)
        self.address = address
        self._limit_bytes = settings.body_limit_mb * 1_048_576

    async def __aenter__(self) -> Self:
        """Open the pool; no connection is made yet."""
        await self.client.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close every connection."""
        await self.client.__aexit__()

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self.client.is_open

    def check(self, call: Call) -> None:
        """See `Backend.check`."""
        check_served(self.name, call, self.routes)

    def base(self, _call: Call) -> str:
        """See `Backend.base`."""
        return self.address

    def sold_as(self, _model: str) -> tuple[str, str]:
        """See `Backend.sold_as`."""
        return "", ""

    async def send(self, call: Call, body: Body, manner: Manner = AS_IT_CAME) -> Reply:
        """See `Backend.send`.  Nothing of the caller's headers leaves but what is asked for."""
        sent = await _whole(body)
        asked = await read_asked(call, sent, decoded=manner.decoded, limit=self._limit_bytes)
        if call.route.replays:
            return await self.count(call, asked, manner.leaves)
        return await self.ask(call, asked, manner.leaves)

    async def connect(self, call: Call) -> Handshake:
        """See `Backend.connect`."""
        self.check(call)
        raise NotServed(f"the backend {self.name} takes no WebSocket")

    @abstractmethod
    async def ask(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """The model's reply, or the cloud's error, in Anthropic's dialect."""

    @abstractmethod
    async def count(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """How many tokens that is, in Anthropic's dialect."""


async def _whole(body: Body) -> bytes:
    if isinstance(body, AsyncIterator):
        return b"".join([piece async for piece in body])
    return body or b""
