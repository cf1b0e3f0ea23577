"""Dollars: what requests cost, and what they would have cost directly."""

from __future__ import annotations

from headroom.observe.metrics.metric import (
    Counted,
    Live,
    Metric,
    Now,
    Values,
    by_model,
    by_provider,
    counter,
    dollars,
    one,
    split,
)
from headroom.state.spend import NANO, Budget


def limits(now: Now) -> Values:
    """How much may be spent of each budget."""
    return [(_labels(budget), budget.nanos / NANO) for budget in now.budgets or ()]


def spent(now: Now) -> Values:
    """How much is."""
    return [(_labels(budget), nanos / NANO) for budget, nanos in (now.budgets or {}).items()]


def left(now: Now) -> Values:
    """How much still may be; a call may go beyond by what it was dearer than expected."""
    return [
        (_labels(budget), max(budget.nanos - nanos, 0) / NANO)
        for budget, nanos in (now.budgets or {}).items()
    ]


def _labels(budget: Budget) -> tuple[str, ...]:
    return budget.scope, budget.period, budget.who if budget.scope == "key" else ""


BUDGET = ("scope", "period", "key")
SCOPES = "scope all, tenant (of the last 200 requests the one that has spent most), or key"

MONEY: tuple[Metric, ...] = (
    dollars(
        "headroom_cost_usd_total",
        "cost",
        "Dollars that requests cost, of those with reported usage and a known price.",
    ),
    dollars(
        "headroom_counterfactual_cost_usd_total",
        "direct_cost",
        "Dollars that the same requests would have cost had their clients sent them directly.",
    ),
    dollars("headroom_gained_usd_total", "gained", "Dollars by which requests came cheaper."),
    dollars("headroom_lost_usd_total", "lost", "Dollars by which requests came dearer."),
    Counted(
        name="headroom_net_saved_usd",
        kind="gauge",
        help="Gained less lost: dollars over going direct. Falls where something came dearer.",
        read=lambda sums: one(sums.tally.saved / NANO),
    ),
    dollars(
        "headroom_retrieval_cost_usd_total",
        "retrieval_cost",
        "Dollars of the cost that asking again after retrievals was.",
    ),
    dollars("headroom_input_cost_usd_total", "input_cost", "Dollars of the cost for prompts."),
    dollars(
        "headroom_uncached_cost_usd_total",
        "uncached_cost",
        "Dollars that the same tokens would have cost without any cache of a provider.",
    ),
    by_provider(
        "headroom_provider_cost_usd_total",
        lambda tally: tally.of("cost") / NANO,
        "Dollars that requests cost, by provider.",
    ),
    by_provider(
        "headroom_provider_counterfactual_cost_usd_total",
        lambda tally: tally.of("direct_cost") / NANO,
        "Dollars had it gone directly, by provider.",
    ),
    by_model(
        "headroom_model_cost_usd_total",
        lambda tally: tally.of("cost") / NANO,
        "Dollars that requests cost, by model.",
    ),
    by_model(
        "headroom_model_counterfactual_cost_usd_total",
        lambda tally: tally.of("direct_cost") / NANO,
        "Dollars had it gone directly, by model.",
    ),
    split(
        "headroom_estimated_requests_total",
        "price",
        {"any": "estimated", "known": "estimated_priced"},
        "Requests whose usage is our own count.",
    ),
    dollars(
        "headroom_estimated_cost_usd_total",
        "estimated_cost",
        "Dollars of requests whose usage is our own count; in no other sum.",
    ),
    dollars(
        "headroom_estimated_counterfactual_cost_usd_total",
        "estimated_direct_cost",
        "Dollars that requests whose usage is our own count would have cost directly.",
    ),
    counter(
        "headroom_requests_priced_total",
        "priced",
        "Requests with reported usage that have a price; only these are in the dollars.",
    ),
    counter(
        "headroom_requests_unpriced_total",
        "unpriced",
        "Requests with reported usage whose price nobody knows.",
    ),
    counter(
        "headroom_requests_priced_as_dearest_total",
        "dearest",
        "Requests under a budget whose price nobody knows: priced as their provider's dearest.",
    ),
    counter("headroom_requests_dearer_total", "dearer", "Requests that came dearer than directly."),
    Counted(
        name="headroom_input_units_total",
        kind="counter",
        help="Cost in uncached tokens of input, as it was and as it had been directly, where no "
        "price is known too.",
        labels=("path",),
        read=lambda sums: [
            (("actual",), sums.tally.of("units") / 1_000),
            (("direct",), sums.tally.of("direct_units") / 1_000),
        ],
    ),
    Live(
        name="headroom_budget_limit_usd",
        kind="gauge",
        help=f"Dollars that may be spent in the present period: {SCOPES}.",
        labels=BUDGET,
        read=limits,
    ),
    Live(
        name="headroom_budget_spent_usd",
        kind="gauge",
        help="Dollars that are spent in the present period.",
        labels=BUDGET,
        read=spent,
    ),
    Live(
        name="headroom_budget_left_usd",
        kind="gauge",
        help="Dollars that are left in the present period.",
        labels=BUDGET,
        read=left,
    ),
)
