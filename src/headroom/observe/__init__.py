"""Turns one `Outcome` into what people look at: a list of sinks, one file each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from headroom.outcome import Outcome

logger = logging.getLogger(__name__)


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
        """Tell all sinks of one finished request; one that fails is logged and passed over."""
        for sink in self._sinks:
            try:
                sink.take(outcome)
            except Exception:
                logger.exception("%s failed to take an outcome", type(sink).__name__)
