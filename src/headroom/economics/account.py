"""What is known of a conversation, as sums over its requests, and whether it is worth its cost.

What one request adds is an account, too: accounts are added up, here and in the store.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal

NANO = 1_000_000_000
"""Dollars are summed in billionths: the cheapest token costs more than that."""
MILLI = 1_000
"""Units of an uncached input token are summed in thousandths."""

FEWEST_REQUESTS = 3
LEAST_LOSS, LOSS_SHARE = 250.0, 0.005
"""A loss up to this is none: our tool in the prompt costs 75 units at first and 6 with each
request that follows, 0.3 % of the bill of an agent; one retrieval costs 5 000 and more."""

SHORT_S, HALF_HOUR_S, HOUR_S, HALF_DAY_S, DAY_S = 300.0, 1_800.0, 3_600.0, 43_200.0, 86_400.0
UNSAID_S = HOUR_S
"""For so long what nobody gave a lifetime may be cached (OpenAI: 5 to 10 minutes unused, up to an
hour when there is room; platform.openai.com/docs/guides/prompt-caching, 2026-11)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Sums over the requests of a conversation whose usage is known; tokens are the provider's."""

    requests: int = 0
    turns: int = 0
    """Those that went on from an earlier one."""
    at_ms: int = 0
    """When the last one was sent, since 1970."""
    grown: int = 0
    """Tokens by which turns made the prompt longer, as it was sent on."""
    read: int = 0
    expected: int = 0
    """Tokens that were read from the cache, and that earlier requests had left there."""
    written_5m: int = 0
    written_1h: int = 0
    written_other: int = 0
    asked_30m: int = 0
    asked_1h: int = 0
    asked_12h: int = 0
    asked_24h: int = 0
    """Requests that asked for such a lifetime in the cache."""
    cost: int = 0
    direct_cost: int = 0
    """Billionths of dollars, of the requests whose price is known."""
    unpriced: int = 0
    """Requests whose price is not known."""
    units: int = 0
    direct_units: int = 0
    """Thousandths of an uncached input token, of all requests."""
    busts: int = 0
    """Requests in which we changed what had been sent before."""
    retrievals: int = 0
    stopped: int = 0
    """Positive once nothing is left out of its new blocks any more."""

    def __add__(self, other: Account) -> Account:
        return Account(*(getattr(self, name) + getattr(other, name) for name in FIELDS))

    @property
    def last_at(self) -> float:
        """When the last request was sent, in seconds since 1970; 0 where there was none."""
        return self.at_ms / 1000

    @property
    def ttl_s(self) -> float:
        """The longest lifetime in the provider's cache that is in use."""
        asked = (
            (self.asked_24h, DAY_S),
            (self.asked_12h, HALF_DAY_S),
            (self.asked_1h + self.written_1h, HOUR_S),
            (self.asked_30m + self.written_other, HALF_HOUR_S),
            (self.written_5m, SHORT_S),
        )
        return next((seconds for used, seconds in asked if used), UNSAID_S)

    def is_alive(self, now: float) -> bool:
        """Whether what the last request left in the cache can still be there."""
        return not self.at_ms or now - self.last_at <= self.ttl_s

    @property
    def growth(self) -> float:
        """Tokens by which a turn makes the prompt longer, on average."""
        return self.grown / self.turns if self.turns else 0.0

    @property
    def read_share(self) -> float | None:
        """The share of what earlier requests had left in the cache that was read from it."""
        return min(self.read / self.expected, 1.0) if self.expected else None

    @property
    def saved(self) -> Decimal | None:
        """Dollars saved over going direct; None where the price of some request is unknown."""
        if self.unpriced or not self.requests:
            return None
        return Decimal(self.direct_cost - self.cost) / NANO

    @property
    def saved_units(self) -> float:
        """The same in uncached tokens of input."""
        return (self.direct_units - self.units) / MILLI

    @property
    def loses(self) -> bool:
        """Whether the conversation has cost more than going direct, beyond rounding."""
        loss = -self.saved_units
        borne = max(LEAST_LOSS, LOSS_SHARE * self.direct_units / MILLI)
        return self.requests >= FEWEST_REQUESTS and loss > borne


FIELDS: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(Account))

NOTHING_KNOWN = Account()
