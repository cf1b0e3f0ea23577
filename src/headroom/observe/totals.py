"""Sums over all outcomes of this process, for the line that is told when the proxy stops."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from headroom.outcome import Outcome


@dataclass(slots=True)
class Totals:
    """What has been carried so far."""

    requests: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    failed: int = 0
    compression_failed: int = 0
    saved: Decimal = Decimal(0)
    """Dollars saved over going direct, of the requests whose price is known."""
    unpriced: int = 0
    """Requests that used something at a price nobody knows."""
    units: float = 0.0
    direct_units: float = 0.0
    """What all came to and would have come to directly, in uncached tokens of input."""

    @property
    def tokens_saved(self) -> int:
        """Tokens that were asked to be sent and were not."""
        return self.tokens_before - self.tokens_after

    def take(self, outcome: Outcome) -> None:
        """Add one request; only what reached the provider counts as saved."""
        if outcome.verdict == "compressed":
            return
        self.requests += 1
        if outcome.verdict in ("upstream_failed", "cut", "stopped"):
            self.failed += 1
        if outcome.failed:
            self.compression_failed += 1
        self.saved += outcome.saved or 0
        self.units += outcome.units or 0.0
        self.direct_units += outcome.direct_units or 0.0
        self.unpriced += outcome.units is not None and outcome.saved is None
        if 200 <= outcome.status < 300:
            self.tokens_before += outcome.tokens_before
            self.tokens_after += outcome.tokens_after
