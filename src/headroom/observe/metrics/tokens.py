"""Tokens: as providers reported them, and apart what we counted ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headroom.observe.metrics.metric import Counted, Metric, Named, Sums, Values, split
from headroom.observe.tally import Tally

KINDS: Mapping[str, Callable[[Tally], int]] = {
    "input": lambda tally: tally.of("input"),
    "output": lambda tally: tally.of("output"),
    "cache_read": lambda tally: tally.of("read"),
    "cache_write": lambda tally: tally.written,
    "saved": lambda tally: tally.of("tokens_saved"),
}
TOLD = "input (the whole prompt), output, cache_read, cache_write, and saved, by our own count"


def by_kind(table: Named) -> Values:
    """Tokens of each name, of each kind."""
    return [((name, kind), value(tally)) for name, tally in table for kind, value in KINDS.items()]


def spreads(sums: Sums) -> Values:
    """How many tokens requests had, of each kind."""
    book = sums.book
    return [
        (("input",), book.prompt_tokens),
        (("output",), book.answer_tokens),
        (("cache_read",), book.read_tokens),
        (("cache_write",), book.written_tokens),
    ]


TOKENS: tuple[Metric, ...] = (
    Counted(
        name="headroom_request_tokens",
        kind="histogram",
        help="Tokens of one request as its provider reported them (cache_read, cache_write: of "
        "requests that had any).",
        labels=("kind",),
        read=spreads,
    ),
    Counted(
        name="headroom_provider_tokens_total",
        kind="counter",
        help=f"Tokens by provider: {TOLD}.",
        labels=("provider", "kind"),
        read=lambda sums: by_kind(sums.providers),
    ),
    Counted(
        name="headroom_model_tokens_total",
        kind="counter",
        help=f"Tokens by model: {TOLD}.",
        labels=("model", "kind"),
        read=lambda sums: by_kind(sums.models),
    ),
    split(
        "headroom_counted_tokens_total",
        "state",
        {"before": "tokens_before", "after": "tokens_after"},
        "Tokens of requests by our own count, as they came and as they were sent.",
    ),
    split(
        "headroom_estimated_tokens_total",
        "kind",
        {
            "input": "estimated_input",
            "output": "estimated_output",
            "cache_read": "estimated_read",
        },
        "Tokens by our own count of requests whose provider reported none; in no other sum.",
    ),
    split(
        "headroom_usage_requests_total",
        "usage",
        {"reported": "reported", "estimated": "estimated"},
        "Requests that used something, by who counted it.",
    ),
)
