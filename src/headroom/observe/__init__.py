"""Turns one `Outcome` into what people look at: a list of sinks, one file each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from headroom.outcome import Outcome


class Sink(Protocol):
    """One use of outcomes."""

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request."""
        ...


class Observers:
    """Gives each outcome to every sink."""

    __slots__ = ("_sinks",)

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def settle(self, outcome: Outcome) -> None:
        """Tell all sinks of one finished request."""
        for sink in self._sinks:
            sink.take(outcome)
