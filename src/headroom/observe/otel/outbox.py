"""Calls whose traces are still to be told."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from headroom.observe.otel.post import Undelivered
from headroom.observe.otel.spans import Told

MOST_KEPT = 2_048
"""So many calls are remembered while nothing arrives; of more, the oldest are forgotten."""
AT_ONCE = 128

Deliver = Callable[[list[Told], float], None]
"""Tell these, within so many seconds.  May raise Undelivered."""


class Outbox:
    """Takes calls on one thread, and has them delivered in batches on another."""

    def __init__(self, deliver: Deliver, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._deliver = deliver
        self._clock = clock
        self._waiting: deque[Told] = deque(maxlen=MOST_KEPT)
        self._batch: list[Told] = []
        self.hurry: Callable[[], None] = lambda: None
        """Called when a batch is full."""

    def put(self, told: Told) -> None:
        """Add one."""
        self._waiting.append(told)
        if len(self._waiting) == AT_ONCE:
            self.hurry()

    def empty(self, within_s: float) -> None:
        """Deliver what there is.  Raises Undelivered; what may be taken later is kept."""
        until = self._clock() + within_s
        while self._fill() and (left_s := until - self._clock()) > 0:
            try:
                self._deliver(self._batch, left_s)
            except Undelivered as error:
                if not error.again:
                    self._batch = []
                raise
            self._batch = []

    def _fill(self) -> bool:
        while len(self._batch) < AT_ONCE and self._waiting:
            self._batch.append(self._waiting.popleft())
        return bool(self._batch)
