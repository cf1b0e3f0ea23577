"""One log line per request, made of a fixed set of fields, never of content."""

from __future__ import annotations

import logging

from headroom.outcome import Outcome

logger = logging.getLogger("headroom.requests")


class LogLine:
    """Writes each outcome as one line: INFO, or WARNING when something went wrong."""

    __slots__ = ()

    def take(self, outcome: Outcome) -> None:
        """Log one finished request."""
        troubled = bool(outcome.failed) or outcome.verdict in ("upstream_failed", "cut", "stopped")
        level = logging.WARNING if troubled else logging.INFO
        if logger.isEnabledFor(level):
            logger.log(level, "%s", line(outcome))


def line(outcome: Outcome) -> str:
    """The outcome as words for a person: `hr_… planned /v1/messages 200 …`."""
    said = [
        outcome.request_id,
        outcome.verdict,
        outcome.method,
        outcome.route or outcome.provider,
        str(outcome.status),
    ]
    if outcome.model:
        said.append(outcome.model)
    if outcome.tokens_before:
        about = "" if outcome.counted_exactly else "about "
        said.append(f"{about}{outcome.tokens_before}→{outcome.tokens_after} tokens")
    if outcome.legs > 1:
        said.append(f"{outcome.legs} legs")
    said.append(f"+{outcome.overhead_ms:.1f} ms of {outcome.total_ms:.0f} ms")
    if outcome.failed:
        said.append(f"compression=failed ({outcome.failed})")
    return " ".join(said)
