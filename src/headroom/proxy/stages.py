"""How long a call spends where, before it is sent on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from headroom.outcome import Passage, Stage

MOST_PASSAGES = 32
"""What a request usually goes through is a third of that."""


class Stages:
    """Each time that a call goes through a stage; *received_at* is `time.perf_counter()` then."""

    __slots__ = ("_passages", "_received_at")

    def __init__(self, received_at: float) -> None:
        self._received_at = received_at
        self._passages: list[Passage] = []

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All of them, in their order."""
        return tuple(self._passages)

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Count what happens here to this stage, also when it fails."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - begun
            if len(self._passages) < MOST_PASSAGES:
                since = begun - self._received_at
                self._passages.append(Passage(stage, since * 1000, took * 1000))
