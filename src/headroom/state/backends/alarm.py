"""How long a caller waits for a store, told fairly: an event loop that is late is not its fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

SLICES = 10
"""The time is waited in so many pieces; the loop is held up in one of them and not in the next."""


class Handle(Protocol):
    """A timer that can be cancelled."""

    def cancel(self) -> None:
        """It is not to come any more."""
        ...


class Timers(Protocol):
    """Of an event loop, what is needed here."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Handle:
        """Call this after so many seconds."""
        ...


class Alarm:
    """Does *act* once *seconds* have gone by, unless it is stopped before.

    A loop that was busy with other things finds the answer and the end of the time at once, and
    would take the second for the first.  So a piece of the time counts as no more than it is,
    however late its end is seen.
    """

    __slots__ = ("_act", "_handle", "_left", "_loop", "_slice_s", "rang")

    def __init__(self, loop: Timers, seconds: float, act: Callable[[], object]) -> None:
        self._loop = loop
        self._act = act
        self._slice_s = seconds / SLICES
        self._left = SLICES
        self._handle = loop.call_later(self._slice_s, self._tick)
        self.rang = False

    def stop(self) -> None:
        """It is not needed any more."""
        self._handle.cancel()

    def _tick(self) -> None:
        self._left -= 1
        if self._left:
            self._handle = self._loop.call_later(self._slice_s, self._tick)
        else:
            self.rang = True
            self._act()
