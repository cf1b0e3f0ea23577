"""The bytes of a reply that a library makes event by event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from headroom.errors import UpstreamError, UpstreamTimeout, UpstreamUnreachable

BEFORE_WORDS = (b"event: message_start", b"event: ping")
"""What libraries say before they have asked anybody."""
FAILED = b"event: error"


class Failed(Exception):
    """The first thing that a library says is that it failed; *event* is how."""

    def __init__(self, event: bytes) -> None:
        super().__init__()
        self.event = event


class Streamed:
    """Events as the library gives them, one read at a time: who does not read holds it up.

    *told* makes an error of ours of what the library raises.
    """

    def __init__(
        self,
        events: AsyncIterator[bytes],
        *,
        idle_timeout_s: float,
        told: Callable[[Exception], UpstreamError],
    ) -> None:
        self._events = events
        self._idle_timeout_s = idle_timeout_s
        self._told = told
        self._first: list[bytes] = []
        self._closing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Wait for the first words, so that a provider's refusal is not told as a success.

        Raises what the library does, and Failed where it tells that as an event.
        """
        async for event in self._events:
            if event.startswith(FAILED):
                raise Failed(event)
            self._first.append(event)
            if not event.startswith(BEFORE_WORDS):
                return

    async def read(self) -> bytes:
        """See `Source.read`."""
        if self._first:
            first, self._first = b"".join(self._first), []
            return first
        try:
            async with asyncio.timeout(self._idle_timeout_s):
                return await anext(self._events, b"")
        except TimeoutError as error:
            raise UpstreamTimeout(
                "the provider stopped sending before its reply was whole"
            ) from error
        except Exception as error:  # noqa: BLE001  # told as ours: decision 2
            raise self._told(error) from None

    def close(self) -> None:
        """See `Source.close`; the library drops its connection."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())

    async def _close(self) -> None:
        close = getattr(self._events, "aclose", None)
        if close is not None:
            # Whatever a library says when it is told to stop, nobody waits for it.
            with suppress(Exception):
                await close()


def broken_off(_error: Exception) -> UpstreamError:
    """What a reply that ends before its end is told as."""
    return UpstreamUnreachable("the provider broke off before its reply was whole")
