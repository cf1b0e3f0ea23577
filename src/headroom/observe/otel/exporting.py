"""Exports from time to time, on a thread of its own, so that nobody waits for a collector."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from headroom.observe.otel.post import TIMEOUT_S, Undelivered

logger = logging.getLogger(__name__)

TOLD_EVERY_S = 60.0
LONGEST_PAUSE_S = 60.0
"""Between two tries, while nothing arrives."""

Work = Callable[[float], None]
"""Export all that is due, within so many seconds.  May raise Undelivered."""


class Exporting:
    """Does *work* every *every_s* seconds, and once more at its end.

    What goes wrong is told once a minute, where *speaks*: one of several processes that would say
    the same.
    """

    def __init__(
        self,
        what: str,
        work: Work,
        *,
        every_s: float,
        give_up: Callable[[], None] = lambda: None,
        speaks: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._work = work
        self._every_s = every_s
        self._give_up = give_up
        self._speaks = speaks
        self._clock = clock
        self._ending = threading.Event()
        self._due = threading.Event()
        self._until = 0.0
        self._told_at = float("-inf")
        self._failed = 0
        self._thread = threading.Thread(
            target=self._run, name=f"headroom export of {what}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hurry(self) -> None:
        """There is much to do: do it now."""
        self._due.set()

    def end(self, until: float) -> None:
        """Export once more, and stop; what is not done by then, by the clock, is let go."""
        self._until = until
        self._ending.set()
        self._due.set()

    def join(self) -> None:
        """Wait until it has ended; not longer than it was told that it may take."""
        self._thread.join(max(self._until - self._clock(), 0.0))
        if self._thread.is_alive():
            self._give_up()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._due.wait(self._pause_s())
            if not self._ending.is_set():
                self._due.clear()
                self._try(TIMEOUT_S)
        left_s = self._until - self._clock()
        if left_s > 0:
            self._try(left_s)

    def _pause_s(self) -> float:
        doubled = self._every_s * float(2 ** min(self._failed, 10))
        return max(self._every_s, min(doubled, LONGEST_PAUSE_S))

    def _try(self, within_s: float) -> None:
        try:
            self._work(within_s)
        except Undelivered as error:
            self._failed += 1
            self._tell(error)
        else:
            if self._failed:
                logger.info("%s arrive again", self._what)
            self._failed = 0

    def _tell(self, error: Undelivered) -> None:
        now = self._clock()
        if now - self._told_at >= TOLD_EVERY_S and self._speaks():
            self._told_at = now
            logger.warning("%s do not arrive: %s", self._what, error)


def end_all(exports: Sequence[Exporting], *, within_s: float) -> None:
    """End all of them, at the same time."""
    until = time.monotonic() + within_s
    for each in exports:
        each.end(until)
    for each in exports:
        each.join()
