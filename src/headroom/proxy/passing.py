"""What stands between the two sides of a WebSocket: it hears each message, and may change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from headroom.errors import Refusal

Ending = Literal["client_left", "cut", "stopped"]
"""Why a WebSocket ended: by its client, by its provider, or because the proxy stops."""


@dataclass(frozen=True, slots=True)
class Passing:
    """What becomes of a message of the client: it is sent on so, or its client is *told* that."""

    frame: str
    told: str = ""

    @property
    def packed(self) -> bytes:
        """The same as bytes, for who sends them so."""
        return self.frame.encode("utf-8", "surrogatepass")


class Between(Protocol):
    """What hears the messages of one WebSocket; those of one side come one after the other."""

    async def begin(self) -> None:
        """Before the handshake.  Raises Refusal where nothing may be said."""
        ...

    async def passes(self, frame: str) -> Passing:
        """The client says this.  Raises Refusal where it may say nothing any more."""
        ...

    async def says(self, frame: str) -> None:
        """The provider says this, and its client is about to hear it."""
        ...

    def told(self, error: Refusal) -> str:
        """An error as a message; empty where the provider's clients know none."""
        ...

    def end(self, ending: Ending) -> None:
        """The connection has ended, and with it all that ran."""
        ...
