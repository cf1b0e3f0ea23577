"""What was saved in all and in the running session, as `/stats`, `/stats-history` and the savings
file tell it; older histories that were brought count in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headroom.observe.history import count_points
from headroom.observe.periods import MOST_DAYS, MOST_HOURS
from headroom.observe.shown import dollars, percent, second
from headroom.observe.statistics import MOST_POINTS, SESSION_ENDS_S, Point, Statistics

SCHEMA_VERSION = 2
MOST_SHORT_HISTORY = 100
MOST_RECENT_HISTORY = 20
POLICY = {"rollover_inactivity_minutes": SESSION_ENDS_S // 60}
RETENTION = {
    "max_history_points": MOST_DAYS + MOST_HOURS + MOST_POINTS,
    "max_history_age_days": MOST_DAYS,
}


def lifetime(statistics: Statistics) -> dict[str, Any]:
    """All that was ever counted here, older histories included."""
    point = statistics.now(statistics.lifetime.last_at)
    brought = sum(one.requests for one in statistics.imported)
    return {
        "requests": statistics.lifetime.sums.of("requests") + brought,
        "tokens_saved": point.saved_tokens,
        "compression_savings_usd": dollars(point.saved),
        "total_input_tokens": point.input,
        "total_input_cost_usd": dollars(point.input_cost),
    }


def older_histories(statistics: Statistics) -> dict[str, Any]:
    """What of that was counted elsewhere, and brought."""
    old = statistics.imported
    return {
        "requests": sum(one.requests for one in old),
        "tokens_saved": sum(one.tokens_saved for one in old),
        "compression_savings_usd": dollars(sum(one.saved for one in old)),
        "total_input_tokens": sum(one.input for one in old),
        "total_input_cost_usd": dollars(sum(one.input_cost for one in old)),
    }


def display_session(statistics: Statistics) -> dict[str, Any]:
    """The running session, or the last one where nothing was asked since."""
    book = statistics.session
    of = book.sums.of
    return {
        "requests": of("requests"),
        "tokens_saved": of("tokens_saved"),
        "compression_savings_usd": dollars(of("gained")),
        "total_input_tokens": of("input"),
        "total_input_cost_usd": dollars(of("input_cost")),
        "savings_percent": percent(of("tokens_saved"), of("tokens_before")),
        "started_at": second(book.first_at) if book.first_at else None,
        "last_activity_at": second(book.last_at) if book.last_at else None,
    }


def persistent_savings(statistics: Statistics, *, storage_path: str) -> dict[str, Any]:
    """What outlives every session, with the last points of the history."""
    return {
        "schema_version": SCHEMA_VERSION,
        "storage_path": storage_path,
        "lifetime": lifetime(statistics),
        "older_histories": older_histories(statistics),
        "display_session": display_session(statistics),
        "display_session_policy": POLICY,
        "history_points": count_points(statistics),
        "recent_history": points_told(statistics.points[-MOST_RECENT_HISTORY:]),
        "retention": RETENTION,
    }


def savings_history(statistics: Statistics) -> list[list[Any]]:
    """By when the running session had saved how many tokens, at the last times that it saved any.

    The first is the oldest.
    """
    session = statistics.session
    now = statistics.now(session.last_at).saved_tokens
    begun = now - session.sums.of("tokens_saved")
    points = (one for one in statistics.points if one.at >= session.first_at)
    told = [[second(one.at), max(one.saved_tokens - begun, 0)] for one in points]
    return told[-MOST_SHORT_HISTORY:]


def point_told(point: Point) -> dict[str, Any]:
    """One point of the history."""
    return {
        "timestamp": second(point.at),
        "total_tokens_saved": point.saved_tokens,
        "compression_savings_usd": dollars(point.saved),
        "total_input_tokens": point.input,
        "total_input_cost_usd": dollars(point.input_cost),
    }


def points_told(points: Iterable[Point]) -> list[dict[str, Any]]:
    """All of these."""
    return [point_told(point) for point in points]
