"""How long a call spends where, before it is sent on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from headroom.outcome import Stage


class Stages(dict[Stage, float]):
    """Milliseconds by stage; one that is gone through again adds up."""

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Count what happens here to this stage, also when it fails."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - begun) * 1000
            self[stage] = self.get(stage, 0.0) + took
