"""What `/stats` tells of a session, under the names that the original gave its figures.

Everything is made of one book, so that no two figures can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.observe.book import Book, named
from headroom.observe.shown import dollars, percent, waste_of_book
from headroom.observe.spread import Spread
from headroom.observe.tally import Tally
from headroom.outcome import FAILED

CLI_FILTERING = "Headroom filters no output before an agent sees it"
COMPRESSION = "Tokens that agents asked to be sent and that were not, by our own count"
PREFIX_CACHE = (
    "What the provider's own cache saved over having none, what writing to it cost deducted"
)
TIP = "nothing was made shorter yet: only what tools told is, once it is long enough to pay"
ENOUGH_TO_ADVISE = 5


def session(book: Book, *, mode: str) -> dict[str, Any]:
    """The blocks that tell of the requests themselves."""
    tally = book.sums
    return {
        "summary": _summary(book, mode),
        "savings": _savings(tally),
        "requests": _requests(book),
        "tokens": _tokens(tally),
        "latency": {**_range(book.total), "total_requests": book.total.count},
        "overhead": _range(book.overhead),
        "ttfb": _range(book.first_byte),
        "pipeline_timing": _timing(book),
        "waste_signals": waste_of_book(book),
        "cost": _cost(book),
    }


def _summary(book: Book, mode: str) -> dict[str, Any]:
    tally, of = book.sums, book.sums.of
    models = next(iter(named(book.models)), None)
    told: dict[str, Any] = {
        "mode": mode,
        "api_requests": of("requests"),
        "primary_model": models[0] if models else "",
        "compression": {
            "requests_compressed": of("compressed"),
            "avg_compression_pct": percent(book.reduction_sum, of("compressed")),
            "best_compression_pct": percent(book.reduction_best, 1),
            "best_detail": _best(book),
            "total_tokens_removed": of("tokens_saved"),
        },
        "uncompressed_requests": _uncompressed(tally),
        "cost": _summary_cost(tally),
    }
    if of("planned") >= ENOUGH_TO_ADVISE and not of("compressed"):
        told["tip"] = TIP
    return told


def _best(book: Book) -> str:
    if not book.reduction_best:
        return ""
    return f"one request was sent with {percent(1 - book.reduction_best, 1)} % of its tokens"


def _uncompressed(tally: Tally) -> dict[str, int]:
    """Why requests were sent as they came, of those that were."""
    reasons = {
        "passthrough": tally.of("bypassed") + tally.of("relayed"),
        "no_compressible_content": tally.of("uncompressed"),
    }
    return {reason: count for reason, count in reasons.items() if count}


def _summary_cost(tally: Tally) -> dict[str, Any]:
    cost, direct = tally.of("cost"), tally.of("direct_cost")
    return {
        "without_headroom_usd": dollars(direct),
        "with_headroom_usd": dollars(cost),
        "total_saved_usd": dollars(direct - cost),
        "savings_pct": percent(direct - cost, direct),
        "breakdown": {
            "cache_savings_usd": dollars(cache_discount(tally)),
            "compression_savings_usd": dollars(tally.of("gained")),
        },
    }


def cache_discount(tally: Tally) -> int:
    """What the provider's cache saved, in billionths of a dollar: negative where it cost more."""
    return tally.of("uncached_cost") - tally.of("cost")


def _savings(tally: Tally) -> dict[str, Any]:
    return {
        "total_tokens": tally.of("tokens_saved"),
        "by_layer": {
            "cli_filtering": {"tokens": 0, "description": CLI_FILTERING},
            "compression": {"tokens": tally.of("tokens_saved"), "description": COMPRESSION},
            "prefix_cache": {
                "discount_usd": dollars(cache_discount(tally)),
                "description": PREFIX_CACHE,
            },
        },
    }


def _requests(book: Book) -> dict[str, Any]:
    of = book.sums.of
    return {
        "total": of("requests"),
        "cached": of("cached"),
        "rate_limited": of("rate_limited"),
        "failed": sum(map(of, FAILED)),
        "by_provider": _counts(book.providers),
        "by_model": _counts(book.models),
    }


def _counts(table: Mapping[str, list[int]]) -> dict[str, int]:
    return {name: tally.of("requests") for name, tally in named(dict(table))}


def _tokens(tally: Tally) -> dict[str, Any]:
    before, saved = tally.of("tokens_before"), tally.of("tokens_saved")
    return {
        "input": tally.of("input"),
        "output": tally.of("output"),
        "saved": saved,
        "cli_tokens_avoided": 0,
        "total_before_compression": before,
        "savings_percent": percent(saved, before),
    }


def _range(values: Spread) -> dict[str, float]:
    return {
        "average_ms": round(values.average, 3),
        "min_ms": values.least,
        "max_ms": values.most,
    }


def _timing(book: Book) -> dict[str, Any]:
    stages = {**book.stages, "pipeline_total": book.overhead}
    return {
        name: {
            "average_ms": round(values.average, 3),
            "max_ms": values.most,
            "count": values.count,
        }
        for name, values in stages.items()
        if values.count
    }


def _cost(book: Book) -> dict[str, Any]:
    tally = book.sums
    of = tally.of
    return {
        "total_tokens_saved": of("tokens_saved"),
        "total_input_tokens": of("input"),
        "total_input_cost_usd": dollars(of("input_cost")),
        "cache_write_5m_tokens": of("written_5m"),
        "cache_write_1h_tokens": of("written_1h"),
        "per_model": {name: _of_model(each) for name, each in named(book.models)},
        "cost_with_headroom_usd": dollars(of("cost")),
        "savings_usd": dollars(tally.saved),
        "compression_savings_usd": dollars(of("gained")),
        "cache_savings_usd": dollars(cache_discount(tally)),
        "cli_tokens_avoided": 0,
    }


def _of_model(tally: Tally) -> dict[str, Any]:
    return {
        "requests": tally.of("requests"),
        "tokens_saved": tally.of("tokens_saved"),
        "tokens_sent": tally.of("tokens_after"),
        "cache_write_5m_tokens": tally.of("written_5m"),
        "cache_write_1h_tokens": tally.of("written_1h"),
        "reduction_pct": percent(tally.of("tokens_saved"), tally.of("tokens_before")),
    }
