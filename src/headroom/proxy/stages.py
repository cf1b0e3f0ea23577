"""How long a call spends where, before it is sent on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from headroom.outcome import Passage, Stage

MOST_PASSAGES = 32
"""What a request usually goes through is a third of that."""


class Stages(dict[Stage, float]):
    """Milliseconds by stage; one that is gone through again adds up."""

    def __init__(self) -> None:
        super().__init__()
        self._passages: list[tuple[Stage, float, float]] = []

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Count what happens here to this stage, also when it fails."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - begun) * 1000
            self[stage] = self.get(stage, 0.0) + took
            if len(self._passages) < MOST_PASSAGES:
                self._passages.append((stage, begun, took))

    def passages(self, since: float) -> tuple[Passage, ...]:
        """Each time that one was gone through; *since* is `time.perf_counter()` at arrival."""
        return tuple(
            Passage(stage, (begun - since) * 1000, took) for stage, begun, took in self._passages
        )
