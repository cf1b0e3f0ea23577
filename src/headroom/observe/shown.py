"""How requests and sums are shown: the same names in statistics, logs, and on the dashboard.

Tokens are the provider's where it reported them, and our own count only where the name says
`original`, `optimized` or `saved`.  Dollars are numbers, None where no price is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from headroom.economics.account import NANO
from headroom.observe.book import Book, Share, named
from headroom.observe.entry import Entry, Fresh
from headroom.observe.spread import Spread
from headroom.observe.tally import Tally
from headroom.observe.waste import WASTE as WASTE
from headroom.observe.waste import waste_of as waste_of
from headroom.outcome import FAILED

CALLER_CHARACTERS = 12


def dollars(nanos: int | None) -> float | None:
    """Billionths as dollars."""
    return None if nanos is None else nanos / NANO


def percent(part: float, whole: float) -> float:
    """A share in percent, to two places; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def moment(at: float) -> str:
    """A time in UTC, to the millisecond: `2026-11-26T21:30:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def second(at: float) -> str:
    """A time in UTC, to the second: `2026-11-26T21:30:00Z`."""
    return datetime.fromtimestamp(int(at), UTC).isoformat()[:-6] + "Z"


def request(entry: Entry) -> dict[str, Any]:
    """One finished request; a fixed set of fields, none of them content."""
    return {
        "request_id": entry.id,
        "timestamp": moment(entry.at),
        "verdict": entry.verdict,
        "provider": entry.provider,
        "model": entry.model,
        "method": entry.method,
        "route": entry.route,
        "status": entry.status,
        "streaming": entry.streaming,
        "caller": entry.tenant[:CALLER_CHARACTERS],
        "key_id": entry.key_id,
        "client": entry.client,
        "input_tokens_original": entry.before,
        "input_tokens_optimized": entry.after,
        "tokens_saved": entry.tokens_saved,
        "savings_percent": percent(entry.tokens_saved, entry.before),
        "counted_exactly": entry.exact,
        "usage": "none" if not entry.used else "estimated" if entry.estimated else "reported",
        "input_tokens": entry.input,
        "output_tokens": entry.output,
        "cache_read_tokens": entry.read,
        "cache_write_5m_tokens": entry.written_5m,
        "cache_write_1h_tokens": entry.written_1h,
        "cache_write_other_tokens": entry.written_other,
        "uncached_input_tokens": entry.uncached,
        "cost_usd": dollars(entry.cost),
        "direct_cost_usd": dollars(entry.direct_cost),
        "saved_usd": dollars(entry.saved),
        "retrieval_cost_usd": dollars(entry.retrieval_cost),
        "priced_as_dearest": entry.dearest,
        "legs": entry.legs,
        "retrievals": entry.retrievals,
        "bust": entry.bust,
        "missed_cache_tokens": entry.missed,
        "rewrite": entry.rewrite,
        "rewritten_tokens": entry.rewritten,
        "reply_cache": entry.cache,
        "cache_hit": entry.cache == "hit",
        "optimization_latency_ms": entry.overhead_ms,
        "first_byte_ms": entry.first_byte_ms,
        "total_latency_ms": entry.total_ms,
        "stages_ms": entry.stages,
        "transforms_applied": list(entry.transforms),
        "waste_signals": waste(entry.fresh),
        "tags": entry.tags,
        "notes": list(entry.notes),
        "compression_failed": entry.failed,
        "refusal": entry.refusal,
        "error": error(entry),
    }


def error(entry: Entry) -> str | None:
    """What went wrong, in a word or two; None where nothing did."""
    if entry.refusal:
        return entry.refusal
    if entry.verdict in FAILED or entry.verdict == "client_left":
        return entry.verdict
    return f"status {entry.status}" if entry.status >= 400 else None


def reason_of(failed: str) -> str:
    """Why compression was given up, in a word: an error's type, `late`, or `planner`."""
    if all(name.isidentifier() for name in failed.split(", ")):
        return failed
    return "late" if failed.startswith("no plan within") or "waiting" in failed else "planner"


def waste(fresh: Iterable[Fresh]) -> dict[str, int]:
    """What left of what was sent for the first time, by what it was: tokens."""
    found: dict[str, int] = {}
    for one in fresh:
        signal = waste_of(one.kind, one.by)
        if signal and one.before > one.after:
            found[signal] = found.get(signal, 0) + one.before - one.after
    return found


def waste_of_book(book: Book) -> dict[str, int]:
    """The same of all requests, each signal that there is."""
    return {signal: book.waste.get(signal, 0) for signal in WASTE}


def totals(tally: Tally) -> dict[str, Any]:
    """All that requests of some time come to.  Nothing in it ever falls but what `net` deducts."""
    of = tally.of
    return {
        "requests": of("requests"),
        "cached": of("cached"),
        "refused": of("refused"),
        "rate_limited": of("rate_limited"),
        "over_budget": of("over_budget"),
        "failed": sum(map(of, FAILED)),
        "client_left": of("client_left"),
        "provider_errors": of("provider_errors"),
        "bypassed": of("bypassed"),
        "compressed": of("compressed"),
        "uncompressed": of("uncompressed"),
        "compression_failed": of("compression_failed"),
        "tokens": {
            "before": of("tokens_before"),
            "after": of("tokens_after"),
            "saved": of("tokens_saved"),
            "input": of("input"),
            "output": of("output"),
            "cache_read": of("read"),
            "cache_write_5m": of("written_5m"),
            "cache_write_1h": of("written_1h"),
            "cache_write_other": of("written_other"),
            "uncached": of("uncached"),
        },
        "usd": {
            "actual": dollars(of("cost")),
            "counterfactual": dollars(of("direct_cost")),
            "gained": dollars(of("gained")),
            "lost": dollars(of("lost")),
            "input": dollars(of("input_cost")),
            "without_provider_cache": dollars(of("uncached_cost")),
            "retrievals": dollars(of("retrieval_cost")),
        },
        "net": net(tally),
        "reported_requests": of("reported"),
        "priced_requests": of("priced"),
        "unpriced_requests": of("unpriced"),
        "priced_as_dearest": of("dearest"),
        "dearer_requests": of("dearer"),
        "estimated": {
            "requests": of("estimated"),
            "input_tokens": of("estimated_input"),
            "output_tokens": of("estimated_output"),
            "priced_requests": of("estimated_priced"),
            "actual_usd": dollars(of("estimated_cost")),
            "counterfactual_usd": dollars(of("estimated_direct_cost")),
        },
        "busts": {
            "ours": of("busts"),
            "ours_tokens": of("bust_tokens"),
            "others": of("other_busts"),
            "others_tokens": of("missed"),
        },
        "rewrites": {"requests": of("rewrites"), "tokens": of("rewritten")},
        "retrievals": of("retrievals"),
        "retrieving_requests": of("retrieving"),
        "compress_endpoint": {
            "calls": of("compress_calls"),
            "tokens_before": of("compress_before"),
            "tokens_after": of("compress_after"),
        },
    }


def net(tally: Tally) -> dict[str, Any]:
    """What it came to against going direct, all losses and retrievals deducted."""
    cost, direct = tally.of("cost"), tally.of("direct_cost")
    return {
        "actual_usd": dollars(cost),
        "counterfactual_usd": dollars(direct),
        "saved_usd": dollars(direct - cost),
        "saved_percent": percent(direct - cost, direct),
        "lost_usd": dollars(tally.of("lost")),
        "saved_by_cache_marks_usd": dollars(tally.saved_by_marks),
        "cache_marked_requests": tally.of("marked"),
        "retrieval_cost_usd": dollars(tally.of("retrieval_cost")),
        "retrievals": tally.of("retrievals"),
        "busts_of_ours": tally.of("busts"),
        "bust_tokens_of_ours": tally.of("bust_tokens"),
        "priced_requests": tally.of("priced"),
        "unpriced_requests": tally.of("unpriced"),
        "estimated_requests": tally.of("estimated"),
    }


def spread(values: Spread) -> dict[str, Any]:
    """A distribution: its sums, quantiles, and the counts up to each bound (None: no bound)."""
    return {
        "count": values.count,
        "sum": values.sum,
        "average": round(values.average, 3),
        "min": values.least,
        "max": values.most,
        "p50": values.quantile(0.5),
        "p95": values.quantile(0.95),
        "p99": values.quantile(0.99),
        "buckets": [[None if le == float("inf") else le, n] for le, n in values.buckets()],
    }


def shares(table: Mapping[str, Share]) -> dict[str, dict[str, Any]]:
    """What was sent for the first time, by some name, that of the most tokens first."""
    ordered = sorted(table.items(), key=lambda one: (-one[1].before, one[0]))
    return {
        name: {
            "blocks": share.blocks,
            "tokens_before": share.before,
            "tokens_after": share.after,
            "tokens_saved": share.before - share.after,
        }
        for name, share in ordered
    }


def breakdown(book: Book) -> dict[str, Any]:
    """The same requests by every name that they are looked at by."""
    return {
        "by_provider": {name: totals(tally) for name, tally in named(book.providers)},
        "by_model": {name: totals(tally) for name, tally in named(book.models)},
        "by_tool": shares(book.tools),
        "by_kind": shares(book.kinds),
        "by_pass": shares(book.strategies),
        "left_alone": shares(book.causes),
        "transforms": dict(sorted(book.transforms.items(), key=lambda one: (-one[1], one[0]))),
        "compression_failures": dict(book.failures),
    }


def distributions(book: Book) -> dict[str, Any]:
    """How long things took, and how long prompts and answers were."""
    return {
        "overhead_ms": spread(book.overhead),
        "first_byte_ms": spread(book.first_byte),
        "total_ms": spread(book.total),
        "stages_ms": {name: spread(values) for name, values in book.stages.items()},
        "prompt_tokens": spread(book.prompt_tokens),
        "answer_tokens": spread(book.answer_tokens),
    }
