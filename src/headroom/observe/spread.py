"""How values are spread, as counts in buckets: what a histogram is drawn from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

MILLISECONDS: tuple[float, ...] = (
    *(0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500),
    *(1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000),
)
TOKENS: tuple[float, ...] = tuple(4.0**power for power in range(14))
"""1, 4, 16, …, 67 108 864: those of OpenTelemetry's `gen_ai.client.token.usage`."""

SESSIONS: tuple[float, ...] = (
    *(1_000, 10_000, 60_000, 300_000, 900_000, 1_800_000),
    *(3_600_000, 14_400_000, 43_200_000, 86_400_000),
)
"""Milliseconds too: from a second to a day."""

BOUNDS: Mapping[str, Sequence[float]] = MappingProxyType(
    {"ms": MILLISECONDS, "tokens": TOKENS, "session_ms": SESSIONS}
)


class Spread(msgspec.Struct, array_like=True):
    """How many values were at most each bound of *unit*, and how many lay beyond the last."""

    unit: str = "ms"
    counts: list[int] = []
    total: int = 0
    """The sum, in thousandths."""
    least: float = 0.0
    most: float = 0.0

    def take(self, value: float) -> None:
        """Add one value."""
        bounds = BOUNDS[self.unit]
        if not self.counts:
            self.counts = [0] * (len(bounds) + 1)
            self.least = value
        self.counts[bisect_left(bounds, value)] += 1
        self.total += round(value * 1000)
        self.least, self.most = min(self.least, value), max(self.most, value)

    def add(self, other: Spread) -> None:
        """Add all that another one of the same unit holds."""
        if not other.counts:
            return
        self.least = min(self.least, other.least) if self.counts else other.least
        self.most = max(self.most, other.most)
        held = self.counts or [0] * len(other.counts)
        self.counts = [mine + theirs for mine, theirs in zip(held, other.counts, strict=True)]
        self.total += other.total

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)

    @property
    def sum(self) -> float:
        """All of them together."""
        return self.total / 1000

    @property
    def average(self) -> float:
        """Their mean; 0 where there are none."""
        count = self.count
        return self.sum / count if count else 0.0

    def buckets(self) -> list[tuple[float, int]]:
        """For each bound how many values were at most that; beyond the last, for infinity."""
        sums, running = [], 0
        for bound, count in zip(
            (*BOUNDS[self.unit], float("inf")), self.counts or (), strict=False
        ):
            running += count
            sums.append((bound, running))
        return sums

    def quantile(self, share: float) -> float:
        """The bound below which this share of them lies, no more than the largest; 0 for none."""
        wanted = share * self.count
        found = (bound for bound, below in self.buckets() if below >= wanted)
        return min(next(found, 0.0), self.most)
