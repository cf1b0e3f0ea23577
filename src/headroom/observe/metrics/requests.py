"""Requests: how they ended, why some were refused, what became of their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from headroom.observe.book import Share
from headroom.observe.metrics.metric import (
    Counted,
    Metric,
    Sums,
    Values,
    by_model,
    by_provider,
    counter,
    split,
)
from headroom.observe.shown import reason_of
from headroom.outcome import Verdict

VERDICTS: tuple[Verdict, ...] = tuple(one for one in get_args(Verdict) if one != "compressed")
"""Of calls to a provider; what /v1/compress is asked for is none."""

REASONS = ("late", "planner")


def failures(sums: Sums) -> Values:
    """How often, by why."""
    found = dict.fromkeys(REASONS, 0)
    for failed, times in sums.book.failures.items():
        reason = reason_of(failed)
        found[reason] = found.get(reason, 0) + times
    return [((reason,), times) for reason, times in found.items()]


def shares(table: Mapping[str, Share]) -> Values:
    """Tokens of what was sent for the first time, before and after."""
    for name, share in table.items():
        yield (name, "before"), share.before
        yield (name, "after"), share.after


REQUESTS: tuple[Metric, ...] = (
    split(
        "headroom_requests_by_verdict_total",
        "verdict",
        {verdict: verdict for verdict in VERDICTS},
        "Requests by how they ended; each has ended in one way.",
    ),
    Counted(
        name="headroom_requests_refused_total",
        kind="counter",
        help="Requests that we refused, by why.",
        labels=("reason",),
        read=lambda sums: [
            ((reason,), sums.book.refusals.get(reason, 0))
            for reason in dict.fromkeys(("rate_limited", "over_budget", *sums.book.refusals))
        ],
    ),
    by_provider(
        "headroom_provider_requests_total",
        lambda tally: tally.of("requests"),
        "Requests by provider.",
    ),
    by_model(
        "headroom_model_requests_total",
        lambda tally: tally.of("requests"),
        "Requests by model (other: without a known price).",
    ),
    counter(
        "headroom_provider_errors_total",
        "provider_errors",
        "Requests that the provider answered with an error.",
    ),
    counter("headroom_requests_streamed_total", "streaming", "Requests whose reply was streamed."),
    split(
        "headroom_requests_planned_total",
        "result",
        {"shorter": "compressed", "unchanged": "uncompressed"},
        "Requests whose content was looked at, by whether they became shorter.",
    ),
    Counted(
        name="headroom_compression_failures_total",
        kind="counter",
        help="Requests of which new blocks were sent as they came, as something failed, by why.",
        labels=("reason",),
        read=failures,
    ),
    Counted(
        name="headroom_transforms_total",
        kind="counter",
        help="Requests in which each transform was applied.",
        labels=("transform",),
        read=lambda sums: [((name,), times) for name, times in sums.book.transforms.items()],
    ),
    Counted(
        name="headroom_kind_tokens_total",
        kind="counter",
        help="Tokens of what was sent for the first time, by kind of content, before and after.",
        labels=("content", "state"),
        read=lambda sums: shares(sums.book.kinds),
    ),
    Counted(
        name="headroom_pass_tokens_total",
        kind="counter",
        help="Tokens of what was sent for the first time, by the passes that made it shorter, "
        "before and after.",
        labels=("pass", "state"),
        read=lambda sums: shares(sums.book.strategies),
    ),
    split(
        "headroom_stored_reply_lookups_total",
        "result",
        {"hit": "stored_hits", "miss": "stored_misses"},
        "Look-ups among stored replies.",
    ),
    counter(
        "headroom_retrievals_total",
        "retrievals",
        "How often models asked for an original inside a reply.",
    ),
    counter("headroom_requests_retrieving_total", "retrieving", "Requests in which a model asked."),
    counter("headroom_rewrites_total", "rewrites", "Requests that rewrote what had been sent."),
    counter("headroom_rewritten_tokens_total", "rewritten", "Tokens that left by rewriting."),
    split(
        "headroom_busts_total",
        "by",
        {"ours": "busts", "others": "other_busts"},
        "Requests that missed half or more of what had been left in the provider's cache, by whose "
        "doing it is.",
    ),
    split(
        "headroom_bust_tokens_total",
        "by",
        {"ours": "bust_tokens", "others": "missed"},
        "Tokens that had been left in the provider's cache and were not read, by whose doing.",
    ),
    Counted(
        name="headroom_outcomes_lost_total",
        kind="counter",
        help="Requests that are in none of these sums, as the store did not answer for too long.",
        read=lambda sums: [((), sums.lost)],
    ),
    Counted(
        name="headroom_journal_records_total",
        kind="counter",
        help="Records of the journal that all of this is summed up from.",
        read=lambda sums: [((), sums.records)],
    ),
)
