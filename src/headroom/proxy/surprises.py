"""How much dearer calls came out than they were expected to, per tenant and model.

What is set apart for a call is an estimate.  Where calls of the same kind were dearer lately, more
is set apart for the next; where nothing is known yet, one call goes first and others wait a moment
for what it tells, so that many at once are not all taken for cheap ones.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from headroom.proxy.lately import Kind, Lately

FIRST_S = 1.0
"""So long a call waits for the first one of its kind, once."""


class Surprises:
    """By how much calls were dearer than expected."""

    __slots__ = ("_first", "_last")

    def __init__(self) -> None:
        self._last = Lately()
        self._first: dict[Kind, asyncio.Event] = {}

    @property
    def filled(self) -> tuple[int, int, int]:
        """Of how many kinds something is known, twice, and of how many it may be."""
        return self._last.filled

    def factor(self, kind: Kind) -> float:
        """How many times what was expected they mostly stayed below; never less than once."""
        return max(self._last.high(kind), 1.0)

    def note(self, kind: Kind, *, expected: int, actual: int) -> None:
        """Take in what a call was expected to cost, and did."""
        self._last.note(kind, actual / max(expected, 1))

    async def turn(self, kind: Kind) -> bool:
        """Whether this call is the first of its kind; others wait for it, a moment at most."""
        if kind in self._last:
            return False
        running = self._first.get(kind)
        if running is None:
            self._first[kind] = asyncio.Event()
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(running.wait(), FIRST_S)
        return False

    def done(self, kind: Kind) -> None:
        """The first call of its kind has ended, whatever became of it."""
        running = self._first.pop(kind, None)
        if running is not None:
            running.set()
