"""What is known of a conversation, as sums over its requests, and whether it is worth its cost.

What one request adds is an account, too: accounts are added up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from headroom.economics.costs import alive_chance

NANO = 1_000_000_000
"""Dollars are summed in billionths: the cheapest token costs more than that."""
MILLI = 1_000
"""Units of an uncached input token are summed in thousandths."""

FEWEST_REQUESTS = 3
LEAST_LOSS, LOSS_SHARE = 250.0, 0.005
"""A loss up to this is none: our tool in the prompt costs 75 units at first and 6 with each
request that follows, 0.3 % of the bill of an agent; one retrieval costs 5 000 and more."""

HOUR_S = 3_600.0
UNSAID_S = HOUR_S
"""For so long what nobody gave a lifetime may be cached (OpenAI: 5 to 10 minutes unused, up to an
hour when there is room; platform.openai.com/docs/guides/prompt-caching, 2026-11)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Sums over the requests of a conversation whose usage is known; tokens are the provider's.

    It is stored by the order of its fields: new ones come last.
    """

    requests: int = 0
    turns: int = 0
    """Those that went on from an earlier one."""
    at_ms: int = 0
    """When the last one was sent, since 1970."""
    lifetime_s: int = 0
    """The longest lifetime in the provider's cache that was asked for or reported; 0: none was."""
    grown: int = 0
    """Tokens by which turns made the prompt longer, as it was sent on."""
    read: int = 0
    expected: int = 0
    """Tokens that were read from the cache, and that earlier requests had left there."""
    written_5m: int = 0
    written_1h: int = 0
    written_other: int = 0
    cost: int = 0
    direct_cost: int = 0
    """Billionths of dollars, of the requests whose price is known."""
    unpriced: int = 0
    """Requests whose price is not known."""
    units: int = 0
    direct_units: int = 0
    """Thousandths of an uncached input token, of all requests."""
    busts: int = 0
    """Requests in which we changed what had been sent before, and nobody had said why."""
    retrievals: int = 0
    stopped: int = 0
    """1 once nothing is left out of its new blocks any more."""
    rewrites: int = 0
    """Requests in which it was changed because that was free, was to pay, or had to be."""

    def __add__(self, other: Account) -> Account:
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        latest = {name: max(getattr(self, name), getattr(other, name)) for name in _LATEST}
        return Account(**sums, **latest)

    def taking(self, entry: Account) -> Account:
        """The account after a request that comes to *entry*; stopped from its first loss on."""
        after = self + entry
        return replace(after, stopped=1) if after.loses else after

    @property
    def last_at(self) -> float:
        """When the last request was sent, in seconds since 1970; 0 where there was none."""
        return self.at_ms / 1000

    @property
    def ttl_s(self) -> float:
        """For how long what was sent last may be cached, at most."""
        return self.lifetime_s or UNSAID_S

    def is_alive(self, now: float) -> bool:
        """Whether what the last request left in the cache is certain to be there still."""
        return not self.at_ms or alive_chance(now - self.last_at, self.ttl_s) == 1

    @property
    def written(self) -> int:
        """Tokens that were written to a cache."""
        return self.written_5m + self.written_1h + self.written_other

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
        borne = max(LEAST_LOSS, LOSS_SHARE * self.direct_units / MILLI)
        return self.requests >= FEWEST_REQUESTS and -self.saved_units > borne


FIELDS: tuple[str, ...] = tuple(Account.__dataclass_fields__)
_LATEST = ("at_ms", "lifetime_s", "stopped")
_SUMMED = tuple(name for name in FIELDS if name not in _LATEST)

NOTHING_KNOWN = Account()
