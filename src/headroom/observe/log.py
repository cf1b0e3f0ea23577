"""One log line per request, made of a fixed set of fields, never of content."""

from __future__ import annotations

import logging
from decimal import Decimal

from headroom.outcome import FAILED, Outcome

REQUESTS = "headroom.requests"
logger = logging.getLogger(REQUESTS)


class LogLine:
    """Writes each outcome as one line: INFO, or WARNING when something went wrong.

    The outcome itself is given along, for who writes its fields.
    """

    __slots__ = ()

    def take(self, outcome: Outcome) -> None:
        """Log one finished request."""
        troubled = bool(outcome.failed) or outcome.verdict in FAILED
        level = logging.WARNING if troubled else logging.INFO
        if logger.isEnabledFor(level):
            logger.log(level, "%s", line(outcome), extra={"outcome": outcome})


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
    if outcome.units is not None:
        said.append(_money(outcome))
    said.append(f"+{outcome.overhead_ms:.1f} ms of {outcome.total_ms:.0f} ms")
    if outcome.failed:
        said.append(f"compression=failed ({outcome.failed})")
    said += (f"({note})" for note in outcome.notes)
    return " ".join(said)


def _money(outcome: Outcome) -> str:
    """`$0.0123, saved $0.0045`; without a price, in tokens of input."""
    if outcome.cost is not None and outcome.saved is not None:
        return f"${outcome.cost:.4f}, {_saved(outcome.saved, '$', 4)}"
    if outcome.units is None or outcome.direct_units is None:
        return "price unknown"
    saved = Decimal(round(outcome.direct_units - outcome.units))
    return f"price unknown, {_saved(saved, '', 0)} units"


def _saved(amount: Decimal, unit: str, places: int) -> str:
    word = "saved" if amount >= 0 else "lost"
    return f"{word} {unit}{abs(amount):.{places}f}"
