"""Sums over all outcomes."""

from __future__ import annotations

from decimal import Decimal

from headroom.observe.totals import Totals
from headroom.outcome import Outcome


def test_what_is_sent_by_somebody_else_is_not_carried() -> None:
    totals = Totals()

    totals.take(Outcome("1", "compressed", status=200, tokens_before=100, tokens_after=40))

    assert (totals.requests, totals.tokens_saved) == (0, 0)


def test_only_what_reached_the_provider_counts_as_saved() -> None:
    totals = Totals()

    totals.take(Outcome("1", "planned", status=200, tokens_before=100, tokens_after=40))
    totals.take(Outcome("2", "planned", status=429, tokens_before=100, tokens_after=40))
    totals.take(Outcome("3", "upstream_failed", status=502, tokens_before=100, tokens_after=40))

    assert totals.requests == 3
    assert (totals.tokens_before, totals.tokens_after, totals.tokens_saved) == (100, 40, 60)


def test_failures_of_the_provider_and_of_ours_are_counted_apart() -> None:
    totals = Totals()

    totals.take(Outcome("1", "upstream_failed", status=502))
    totals.take(Outcome("2", "cut", status=200))
    totals.take(Outcome("3", "planned", status=200, failed="late"))
    totals.take(Outcome("4", "refused", status=413))

    assert (totals.requests, totals.failed, totals.compression_failed) == (4, 2, 1)


def test_dollars_are_summed_where_the_price_is_known_and_counted_where_not() -> None:
    totals = Totals()
    priced = Outcome("1", "planned", units=1.0, cost=Decimal(2), direct_cost=Decimal(5))

    totals.take(priced)
    totals.take(Outcome("2", "planned", units=1.0, cost=Decimal(4), direct_cost=Decimal(3)))
    totals.take(Outcome("3", "planned", units=1.0))
    totals.take(Outcome("4", "refused", status=429))

    assert (totals.saved, totals.unpriced) == (Decimal(2), 1)
    assert (totals.units, totals.direct_units) == (3.0, 0.0)
