"""Calls that are on their way to a provider, for others that ask the same to wait for."""

from __future__ import annotations

import asyncio

MOST = 1_024
"""At once; beyond them each call goes by itself."""

WAIT_S = 30.0
"""How long another is waited for: most replies are whole by then, and one that hangs must not hold
up those who ask the same for long."""


class Flights:
    """Of one process, each under the key of its request."""

    __slots__ = ("_ended",)

    def __init__(self) -> None:
        self._ended: dict[bytes, asyncio.Event] = {}

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many there are, twice, and how many there may be."""
        return len(self._ended), len(self._ended), MOST

    def __len__(self) -> int:
        return len(self._ended)

    def begin(self, key: bytes) -> bool:
        """Let others wait for this one, until `end`; whether they do."""
        if key in self._ended or len(self._ended) >= MOST:
            return False
        self._ended[key] = asyncio.Event()
        return True

    def end(self, key: bytes) -> None:
        """Let go of all that wait, whatever came of it."""
        self._ended.pop(key).set()

    async def wait(self, key: bytes) -> bool:
        """Wait until the one that asks this has ended, if there is one; whether there was."""
        ended = self._ended.get(key)
        if ended is None:
            return False
        try:
            async with asyncio.timeout(WAIT_S):
                await ended.wait()
        except TimeoutError:
            return False
        return True
