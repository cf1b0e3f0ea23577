"""Sums over all outcomes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from headroom.observe.entry import entry_of
from headroom.observe.shown import dollars
from headroom.observe.tally import Tally, amounts_of
from headroom.observe.totals import Totals
from headroom.outcome import Outcome, Usage
from tests.observe.outcomes import PLANNED, planned


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
    assert totals.tokens_saved == 60


def test_failures_of_the_provider_and_of_ours_are_counted_apart() -> None:
    totals = Totals()

    totals.take(Outcome("1", "upstream_failed", status=502))
    totals.take(Outcome("2", "cut", status=200))
    totals.take(Outcome("3", "planned", status=200, failed="late"))
    totals.take(Outcome("4", "refused", status=413))

    assert (totals.requests, totals.failed, totals.compression_failed) == (4, 2, 1)


def test_dollars_are_summed_where_the_price_is_known_and_counted_where_not() -> None:
    totals = Totals()
    used = Outcome("1", "planned", units=1.0, usage=Usage(9))

    totals.take(replace(used, cost=Decimal(2), direct_cost=Decimal(5)))
    totals.take(replace(used, cost=Decimal(4), direct_cost=Decimal(3)))
    totals.take(used)
    totals.take(Outcome("4", "refused", status=429))

    assert (totals.saved, totals.unpriced) == (Decimal(2), 1)
    assert (totals.units, totals.direct_units) == (3.0, 0.0)


def test_it_tells_what_statistics_tell() -> None:
    outcomes = (
        PLANNED,
        planned(cost=Decimal("0.009")),
        planned(estimated=True),
        planned(cost=None),
        planned(estimated=True, cost=None),
        planned(tokens_after=1_100),
        planned(verdict="cut"),
        planned(verdict="compressed"),
    )
    totals, tally = Totals(), Tally()

    for outcome in outcomes:
        totals.take(outcome)
        tally.take(amounts_of(entry_of(outcome)))

    assert float(totals.saved) == dollars(tally.saved)
    assert (totals.requests, totals.tokens_saved, totals.failed, totals.unpriced) == (
        tally.of("requests"), tally.of("tokens_saved"), tally.of("cut"), tally.of("unpriced")
    )  # fmt: skip
