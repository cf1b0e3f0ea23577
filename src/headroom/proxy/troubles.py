"""Warnings of what may go wrong with every request, told once a minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

SECONDS_BETWEEN = 60.0


class Troubles:
    """Tells each kind of trouble at most once a minute, and how often it was not told."""

    __slots__ = ("_clock", "_told", "_untold")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def warn(self, logger: logging.Logger, trouble: str, error: object) -> None:
        """Log "*trouble*: *error*".  The kinds of trouble are few: they are kept."""
        now = self._clock()
        told = self._told.get(trouble)
        if told is not None and now - told < SECONDS_BETWEEN:
            self._untold[trouble] = self._untold.get(trouble, 0) + 1
            return
        self._told[trouble] = now
        untold = self._untold.pop(trouble, 0)
        more = f" ({untold} more since this was last told)" if untold else ""
        logger.warning("%s: %s%s", trouble, error, more)
