"""What became of one request: the single record that every number is derived from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Verdict = Literal[
    "planned",
    "bypassed",
    "cached",
    "relayed",
    "refused",
    "upstream_failed",
    "client_left",
    "cut",
    "stopped",
]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them.

    *input_tokens* is the whole prompt, cache reads and writes included, whatever the
    provider's own convention is.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_other_tokens: int = 0

    @property
    def uncached_tokens(self) -> int:
        """Those of the prompt that were neither read from a cache nor written to one."""
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens - self.cache_read_tokens - written - self.cache_write_other_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            self.cache_write_other_tokens + other.cache_write_other_tokens,
        )


# Those that have a price of their own; what else a provider may say is the usual one.
_TIERS, _SPEEDS, _GEOS = ("flex", "priority", "fast"), ("fast",), ("us",)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a provider served a request, where they change the price."""

    service_tier: str = ""
    speed: str = ""
    geo: str = ""
    processing: str = ""
    """`batch` where it is answered within a day, for half the price."""

    @classmethod
    def said(cls, *, service_tier: object = "", speed: object = "", geo: object = "") -> Terms:
        """The terms that a reply names; only words that are known to matter count."""
        return cls(
            next((each for each in _TIERS if each == service_tier), ""),
            next((each for each in _SPEEDS if each == speed), ""),
            next((each for each in _GEOS if each == geo), ""),
        )

    def told(self) -> Iterator[str]:
        """Each of them in words."""
        said = (self.service_tier, self.speed, self.geo, self.processing)
        yield from (each for each in said if each)


STANDARD = Terms()


Occasion = Literal["free", "paying", "window"]
"""Why something that was sent is rewritten: nothing of it is cached (any more), it is expected
to pay, or the request would not fit otherwise."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rewrite of what had been sent: why, how many tokens left, how many whole turns.

    *gain* is what it is expected to save over the rest of the conversation, in uncached input
    tokens; below zero only where there was no other way to fit.
    """

    occasion: Occasion
    tokens: int
    turns: int = 0
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request from arrival to its last byte; times in milliseconds."""

    request_id: str
    verdict: Verdict
    method: str = ""
    route: str = ""
    provider: str = ""
    model: str = ""
    status: int = 0
    streaming: bool = False
    tokens_before: int = 0
    tokens_after: int = 0
    counted_exactly: bool = False
    """True when the model reads the vocabulary that *tokens_before* and *after* count with."""
    transforms: tuple[str, ...] = ()
    usage: Usage | None = None
    """Of all legs together."""
    estimated: bool = False
    """True when *usage* is our own count, because the provider reported none."""
    legs: int = 1
    """How often the provider was asked: once, and once more for each answered retrieval."""
    failed: str = ""
    """Why compression was given up, if it was."""
    rewrite: Rewrite | None = None
    """What was rewritten of what had been sent, and why, where something was."""
    price: str = ""
    """Which price the dollars are by; empty where the price is unknown, or nothing was used."""
    cost: Decimal | None = None
    """Dollars for all legs, by *usage*; None where the price is unknown, never zero."""
    direct_cost: Decimal | None = None
    """Dollars that the same request would have cost had its client sent it directly."""
    units: float | None = None
    """The same cost in uncached tokens of input; also known where the price is not."""
    direct_units: float | None = None
    notes: tuple[str, ...] = ()
    """What else was decided about it, one sentence each."""
    overhead_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0

    @property
    def saved(self) -> Decimal | None:
        """Dollars saved over going direct, retrievals paid; negative where it was dearer."""
        if self.cost is None or self.direct_cost is None:
            return None
        return self.direct_cost - self.cost
