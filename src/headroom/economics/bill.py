"""What one request came to, as it was sent on and had it been sent directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from operator import add

from headroom.economics.account import MILLI, NANO, Account
from headroom.economics.direct import Caching, Sizes, direct_usage, expected_read
from headroom.economics.prices import USUAL, Rates
from headroom.outcome import Usage


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars where a price is known, units of an uncached input token in any case."""

    units: float
    direct_units: float
    cost: Decimal | None = None
    direct_cost: Decimal | None = None
    price: str = ""
    """Which price the dollars are by."""
    input_cost: Decimal | None = None
    """The part of the cost that the prompts were."""
    uncached_cost: Decimal | None = None
    """What the same would have cost with no cache at the provider."""
    retrieval_cost: Decimal | None = None
    """The part of the cost that all legs but the first came to."""
    write_premium: Decimal | None = None
    """What writing to the provider's cache cost more than the same tokens read uncached."""

    def at_least_as_dear_directly(self) -> Bill:
        """The same where going direct cannot have been cheaper."""
        dollars = self.direct_cost
        if self.cost is not None and dollars is not None:
            dollars = max(dollars, self.cost)
        units = max(self.direct_units, self.units)
        return replace(self, direct_units=units, direct_cost=dollars)


@dataclass(frozen=True, slots=True)
class Leg:
    """What one asking of the provider used, and what that came to by its own price."""

    usage: Usage
    units: float = 0.0
    cost: Decimal | None = Decimal(0)
    price: Rates | None = None
    times: int = 1
    """How many legs this is, added up."""
    input_cost: Decimal | None = Decimal(0)
    uncached_cost: Decimal | None = Decimal(0)
    write_premium: Decimal | None = Decimal(0)
    """See `Bill`."""

    def __add__(self, other: Leg) -> Leg:
        """Both; the price is that of the first."""
        return Leg(
            self.usage + other.usage,
            self.units + other.units,
            _sum(self.cost, other.cost),
            self.price,
            self.times + other.times,
            _sum(self.input_cost, other.input_cost),
            _sum(self.uncached_cost, other.uncached_cost),
            _sum(self.write_premium, other.write_premium),
        )

    @classmethod
    def of(cls, usage: Usage, price: Rates | None) -> Leg:
        """The leg that used this; without a price its cost is not known."""
        if price is None:
            return cls(usage, USUAL.units(usage), None, None, 1, None, None, None)
        cost = price.cost(usage)
        return cls(
            usage,
            price.units(usage),
            cost,
            price,
            input_cost=price.cost(replace(usage, output_tokens=0)),
            uncached_cost=price.cost(Usage(usage.input_tokens, usage.output_tokens)),
            write_premium=max(cost - price.cost(_unwritten(usage)), Decimal(0)),
        )


def _unwritten(usage: Usage) -> Usage:
    """The same with what was written to the cache as tokens that were not."""
    return Usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)


NO_LEG = Leg(Usage())
"""Used nothing, and cost nothing."""


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def bill(legs: Sequence[Leg], direct: Usage | None = None) -> Bill:
    """What *legs* came to, and what *direct* would have; None: it went directly."""
    total = reduce(add, legs, NO_LEG)
    sources = dict.fromkeys(leg.price.source for leg in legs if leg.price is not None)
    known = total.cost is not None
    billed = Bill(
        total.units,
        total.units,
        total.cost,
        total.cost,
        ", ".join(sources) if known else "",
        total.input_cost,
        total.uncached_cost,
        NO_LEG.cost if known else None,
        total.write_premium,
    )
    if direct is None:
        return billed
    otherwise = Leg.of(direct, next((leg.price for leg in reversed(legs) if leg.price), None))
    cost = otherwise.cost if known else None
    return replace(
        billed,
        direct_units=otherwise.units,
        direct_cost=cost,
        retrieval_cost=reduce(add, legs[1:], NO_LEG).cost if known else None,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be known of a planned request to tell its bill, beside what it used."""

    sizes: Sizes
    caching: Caching
    rewrote: bool = False
    """Whether we changed what had been sent before."""
    announced: bool = False
    """Whether it was said why."""
    window: int = 0
    """The most tokens that the model takes; 0 where nobody knows."""

    def direct(self, legs: Sequence[Usage]) -> Usage:
        """What it would have used had its client sent it directly."""
        return direct_usage(
            legs, self.sizes, self.caching, rewrote=self.rewrote, window=self.window
        )


def entry(
    request: Request,
    legs: Sequence[Usage],
    billed: Bill,
    *,
    sent_at: float,
    asked_ttl_s: float = 0.0,
) -> Account:
    """What this request adds to its conversation's account.

    *sent_at* is in seconds since 1970, *asked_ttl_s* how long it asks to be cached.
    """
    first, sizes = legs[0], request.sizes
    went_on = bool(sizes.seen_after)
    grown = sizes.after - sizes.left_after
    used = sum(legs, Usage())
    priced = billed.cost is not None and billed.direct_cost is not None
    return Account(
        requests=1,
        turns=int(went_on),
        at_ms=round(sent_at * 1000),
        lifetime_s=round(max(asked_ttl_s, _reported_ttl_s(used))),
        grown=round(max(grown, 0) * sizes.scale(first.input_tokens)) if went_on else 0,
        read=first.cache_read_tokens,
        expected=expected_read(first, sizes),
        written_5m=used.cache_write_5m_tokens,
        written_1h=used.cache_write_1h_tokens,
        written_other=used.cache_write_other_tokens,
        cost=round((billed.cost or 0) * NANO) if priced else 0,
        direct_cost=round((billed.direct_cost or 0) * NANO) if priced else 0,
        unpriced=int(not priced),
        units=round(billed.units * MILLI),
        direct_units=round(billed.direct_units * MILLI),
        busts=int(request.rewrote and not request.announced),
        rewrites=int(request.rewrote and request.announced),
        retrievals=len(legs) - 1,
    )


def _reported_ttl_s(used: Usage) -> float:
    """The longest lifetime that something was written for; half an hour is OpenAI's shortest."""
    written = (
        (used.cache_write_1h_tokens, 3_600.0),
        (used.cache_write_other_tokens, 1_800.0),
        (used.cache_write_5m_tokens, 300.0),
    )
    return next((seconds for tokens, seconds in written if tokens), 0.0)
