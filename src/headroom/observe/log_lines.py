"""A handler of the log that never waits: a thread of its own writes the lines.

A terminal that is held up, or a pipe that nobody reads, holds up no call.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from typing import TextIO

from headroom.observe.log_format import OURS

MOST_LINES = 10_000
"""That wait to be written; what comes then is counted, and not written."""
FLUSH_S = 1.0


class Lines(logging.Handler):
    """Writes each record as a line to *stream*, from a thread of its own."""

    def __init__(self, stream: TextIO, *, most: int = MOST_LINES) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self._waiting: deque[str] = deque()
        self._come, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        self.lost = 0
        """Lines for which there was no room."""

    def emit(self, record: logging.LogRecord) -> None:
        """Have it written."""
        if len(self._waiting) >= self._most:
            self.lost += 1
            return
        try:
            line = self.format(record)
        except (TypeError, ValueError, LookupError):
            # The words and what goes into them do not match: a mistake of who logs.
            line = self.format(_without_arguments(record))
        if self.lost:
            lost, self.lost = self.lost, 0
            self._waiting.append(self.format(_lost(lost)))
        self._waiting.append(line)
        self._idle.clear()
        self._come.set()
        # A fork takes no thread along: gunicorn's --preload sets this up before it forks.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._write, name="log", daemon=True)
            self._thread.start()

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        self._idle.wait(FLUSH_S)

    def _write(self) -> None:
        while True:
            self._come.wait()
            self._come.clear()
            while self._waiting:
                lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
                # Nobody reads any more: there is nobody to tell.
                with suppress(OSError, ValueError):
                    self._stream.write("".join(f"{line}\n" for line in lines))
                    self._stream.flush()
            if not self._come.is_set():
                self._idle.set()


def _without_arguments(record: logging.LogRecord) -> logging.LogRecord:
    return logging.makeLogRecord({**record.__dict__, "args": None, "outcome": None})


def _lost(lines: int) -> logging.LogRecord:
    said = f"{lines} lines were not written: nobody took them"
    made = {"name": f"{OURS}.log", "msg": said, "levelno": logging.WARNING, "levelname": "WARNING"}
    return logging.makeLogRecord(made)
