"""Dollars: actual and counterfactual, gained and lost, and of budgets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from headroom.observe.metrics.metric import Now
from headroom.state.spend import Budget
from tests.observe.metrics.scraped import scraped, value
from tests.observe.outcomes import PLANNED, planned

NANO = 1_000_000_000


def test_gains_and_losses_are_told_apart_and_net_of_one_another() -> None:
    found = scraped(PLANNED, planned(cost=Decimal("0.008")))

    assert value(found, "headroom_cost_usd_total") == pytest.approx(0.012)
    assert value(found, "headroom_counterfactual_cost_usd_total") == pytest.approx(0.014)
    assert value(found, "headroom_gained_usd_total") == pytest.approx(0.003)
    assert value(found, "headroom_lost_usd_total") == pytest.approx(0.001)
    assert value(found, "headroom_net_saved_usd") == pytest.approx(0.002)
    assert value(found, "headroom_requests_dearer_total") == 1
    assert value(found, "headroom_model_cost_usd_total", model="claude-opus-4-7") == 0.012
    assert value(found, "headroom_provider_cost_usd_total", provider="anthropic") == 0.012


def test_M8_what_was_priced_as_the_dearest_is_flagged_and_what_has_no_price_too() -> None:
    found = scraped(
        planned(guessed_price=True), planned(cost=None, direct_cost=None), planned(estimated=True)
    )

    assert value(found, "headroom_requests_priced_as_dearest_total") == 1
    assert value(found, "headroom_requests_priced_total") == 1
    assert value(found, "headroom_requests_unpriced_total") == 1
    assert value(found, "headroom_estimated_requests_total", price="known") == 1
    assert value(found, "headroom_estimated_cost_usd_total") == 0.004
    assert value(found, "headroom_input_units_total", path="actual") == 1_201


def test_budgets_are_told_by_scope_and_period() -> None:
    budgets = {
        Budget(10 * NANO, "daily"): 4 * NANO,
        Budget(2 * NANO, "monthly", "key", "abc"): 3 * NANO,
        Budget(5 * NANO, "hourly", "tenant", "not to be told"): 0,
    }

    found = scraped(now=Now(budgets=budgets))

    everybody = {"scope": "all", "period": "daily", "key": ""}
    assert value(found, "headroom_budget_limit_usd", **everybody) == 10
    assert value(found, "headroom_budget_spent_usd", **everybody) == 4
    assert value(found, "headroom_budget_left_usd", **everybody) == 6
    of_key = {"scope": "key", "period": "monthly", "key": "abc"}
    assert value(found, "headroom_budget_left_usd", **of_key) == 0
    of_callers = {"scope": "tenant", "period": "hourly", "key": ""}
    assert value(found, "headroom_budget_left_usd", **of_callers) == 5


def test_where_budgets_cannot_be_read_nothing_is_said_of_them() -> None:
    assert not [name for name, _ in scraped(now=Now(budgets=None)) if "budget_" in name]
