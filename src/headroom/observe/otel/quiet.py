"""What the SDK has to say of exports that fail: one warning a minute of it, in our log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

THEIRS = "opentelemetry"
"""The logger above all of the SDK's."""
TOLD_EVERY_S = 60.0


class Quiet(logging.Handler):
    """Tells once a minute what each of their loggers says, while it is open.

    Only where it *speaks*: one of several processes that would all say the same.
    """

    def __init__(
        self, speaks: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(logging.WARNING)
        self._speaks = speaks
        self._clock = clock
        self._told_at: dict[str, float] = {}
        theirs = logging.getLogger(THEIRS)
        theirs.propagate = False
        theirs.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it, if it is time."""
        now = self._clock()
        told_at = self._told_at.get(record.name, float("-inf"))
        if now - told_at < TOLD_EVERY_S or not self._speaks():
            return
        self._told_at[record.name] = now
        logger.warning("OpenTelemetry: %s", record.getMessage())

    def hush(self) -> None:
        """Tell nothing any more, until it is closed."""
        self._speaks = lambda: False

    def close(self) -> None:
        """Let them speak for themselves again."""
        theirs = logging.getLogger(THEIRS)
        theirs.removeHandler(self)
        if not any(isinstance(handler, Quiet) for handler in theirs.handlers):
            theirs.propagate = True
        super().close()
