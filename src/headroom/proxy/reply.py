"""A reply whose head has come; its body is read as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from headroom.proxy.call import Headers


class Source(Protocol):
    """Where the bytes of a reply's body come from."""

    async def read(self) -> bytes:
        """The next bytes, as soon as there are any; empty at the end.  Raises UpstreamError."""
        ...

    def close(self) -> None:
        """Give back what is held, a connection say; the rest is not wanted."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider replies; *headers* are as received, less hop-by-hop.

    One that a backend has made is in the dialect of the call, as the provider's own would be.
    """

    status: int
    headers: Headers
    source: Source

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
        return await self.source.read()

    def close(self) -> None:
        """Give the connection back if the reply is whole, else drop it."""
        self.source.close()
