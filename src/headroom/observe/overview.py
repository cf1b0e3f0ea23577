"""What all requests come to, in short: today, in this session, and in all.

`/stats` tells it of a running proxy, and `headroom status` reads the same from the store when
none runs.
"""

from __future__ import annotations

from typing import Any

from headroom.observe.entry import Entry
from headroom.observe.shown import CALLER_CHARACTERS, dollars, error, second, totals
from headroom.observe.shown import request as request_told
from headroom.observe.statistics import Statistics
from headroom.state.spend import Budget, end_of

ERROR_FIELDS = (
    *("request_id", "timestamp", "provider", "model", "method", "route", "status", "verdict"),
    *("error", "client", "notes"),
)


def overview(statistics: Statistics, now: float) -> dict[str, Any]:
    """The sums of the UTC day of *now*, of the session, and of all that was ever counted here.

    Older histories that were brought from elsewhere stand apart: nobody knows what they deducted.
    """
    lifetime = statistics.lifetime
    return {
        "today": totals(statistics.periods.of_day(now)),
        "session": totals(statistics.session.sums),
        "lifetime": totals(lifetime.sums),
        "since": second(lifetime.first_at) if lifetime.first_at else None,
        "last_request_at": second(lifetime.last_at) if lifetime.last_at else None,
        "brought": {
            "histories": len(statistics.imported),
            "requests": sum(one.requests for one in statistics.imported),
            "tokens_saved": sum(one.tokens_saved for one in statistics.imported),
            "gained_usd": dollars(sum(one.saved for one in statistics.imported)),
        },
    }


def budget_told(budget: Budget, spent: int, now: float) -> dict[str, Any]:
    """A budget, what is spent of it in billionths of a dollar, and what is left."""
    return {
        "scope": budget.scope,
        "who": budget.who[:CALLER_CHARACTERS],
        "period": budget.period,
        "limit_usd": dollars(budget.nanos),
        "spent_usd": dollars(spent),
        "left_usd": dollars(max(budget.nanos - spent, 0)),
        "ends": second(end_of(budget.period, now).timestamp()),
    }


def failed(entry: Entry) -> bool:
    """Whether this is one to be told as an error: not one that its own client left."""
    return error(entry) is not None and entry.verdict != "client_left"


def error_told(entry: Entry) -> dict[str, Any]:
    """A request that went wrong: which, when, and what."""
    told = request_told(entry)
    return {name: told[name] for name in ERROR_FIELDS}
