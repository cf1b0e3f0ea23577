"""Sums over all outcomes of this process, for the line that is told when the proxy stops."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from headroom.outcome import FAILED, Outcome


@dataclass(slots=True)
class Totals:
    """What has been carried so far."""

    requests: int = 0
    tokens_saved: int = 0
    """Tokens that were asked to be sent and were not, of requests that the provider took."""
    failed: int = 0
    compression_failed: int = 0
    saved: Decimal = Decimal(0)
    """Dollars saved over going direct, of the requests with reported usage and a known price."""
    unpriced: int = 0
    """Requests with reported usage at a price nobody knows."""
    units: float = 0.0
    direct_units: float = 0.0
    """What all came to and would have come to directly, in uncached tokens of input."""

    def take(self, outcome: Outcome) -> None:
        """Add one request; what counts as saved is as in `tally`."""
        if outcome.verdict == "compressed":
            return
        self.requests += 1
        if outcome.verdict in FAILED:
            self.failed += 1
        if outcome.failed:
            self.compression_failed += 1
        self.units += outcome.units or 0.0
        self.direct_units += outcome.direct_units or 0.0
        if outcome.usage is not None and not outcome.estimated:
            self.saved += outcome.saved or 0
            self.unpriced += outcome.saved is None
        if 200 <= outcome.status < 300:
            self.tokens_saved += max(outcome.tokens_before - outcome.tokens_after, 0)
