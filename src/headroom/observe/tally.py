"""Sums over finished requests: every measure once, by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import add

from headroom.observe.entry import Entry

MEASURES: tuple[str, ...] = (
    "requests",
    # How they ended.
    *("planned", "bypassed", "cached", "relayed", "refused"),
    *("upstream_failed", "client_left", "cut", "stopped"),
    "rate_limited",
    "over_budget",
    # Answered by the provider with an error.
    "provider_errors",
    "compression_failed",
    # Made shorter; looked at and not made shorter.
    "compressed",
    "uncompressed",
    # Tokens by our own count, of what the provider took.
    *("tokens_before", "tokens_after", "tokens_saved"),
    # What the provider reported, where it did: tokens, and requests.
    "reported",
    *("input", "output", "read", "written_5m", "written_1h", "written_other", "uncached"),
    *("read_requests", "written_5m_requests", "written_1h_requests", "cached_by_provider"),
    # Dollars in billionths: of requests with reported usage and a known price.
    "priced",
    *("cost", "direct_cost", "input_cost", "uncached_cost", "retrieval_cost"),
    # What came cheaper than direct, and by how much; and what came dearer.
    *("gained", "lost", "dearer"),
    "unpriced",
    "dearest",
    # Of all requests with reported usage: thousandths of an uncached input token.
    *("units", "direct_units"),
    # The same of requests whose usage is our own count, apart.
    *("estimated", "estimated_input", "estimated_output", "estimated_read"),
    *("estimated_priced", "estimated_cost", "estimated_direct_cost"),
    *("estimated_units", "estimated_direct_units"),
    # What we did to the provider's cache, and what others did.
    *("busts", "bust_tokens", "other_busts", "missed", "rewrites", "rewritten"),
    *("retrievals", "retrieving"),
    # What was sent for the first time.
    *("fresh_blocks", "fresh_before", "fresh_after"),
    "streaming",
    "stored_hits",
    "stored_misses",
    # What /v1/compress was asked for, apart: by our own count.
    *("compress_calls", "compress_before", "compress_after"),
    # The part of the cost that writing to the provider's cache added.
    "write_premium",
    # Of what was sent for the first time: what lost something that is kept.
    *("cut_before", "cut_after"),
    # All that `tokens_before` is of, also where the reply broke off.
    "counted",
    # Of what has a price: where we asked the provider to cache, and what it had cost uncached.
    *("marked", "marked_cost", "marked_uncached_cost"),
)
"""It is stored by this order: new ones come last."""

INDEX: Mapping[str, int] = {name: place for place, name in enumerate(MEASURES)}

Amounts = list[tuple[int, int]]
"""What one request adds to which measure, by its number."""


class Tally(list[int]):
    """One number for each measure; none ever becomes smaller."""

    def __init__(self, numbers: list[int] | None = None) -> None:
        super().__init__(numbers or ())
        if len(self) < len(MEASURES):
            self.extend([0] * (len(MEASURES) - len(self)))

    def of(self, name: str) -> int:
        """This measure."""
        return self[INDEX[name]]

    def take(self, amounts: Amounts) -> None:
        """Add what one request comes to."""
        for place, amount in amounts:
            self[place] += amount

    def add(self, other: Sequence[int]) -> None:
        """Add all that another one holds; one that was kept earlier may have fewer measures."""
        self[: len(other)] = map(add, self, other)

    @property
    def saved(self) -> int:
        """Billionths of a dollar over going direct, all that came dearer deducted."""
        return self.of("gained") - self.of("lost")

    @property
    def saved_by_marks(self) -> int:
        """The part of it that caching saved which we asked for; negative where nothing was read."""
        return self.of("marked_uncached_cost") - self.of("marked_cost")

    @property
    def written(self) -> int:
        """Tokens that were written to a provider's cache."""
        return self.of("written_5m") + self.of("written_1h") + self.of("written_other")


def taken(numbers: list[int] | None, amounts: Amounts) -> Tally:
    """These numbers, as they were kept or as they are, with what one request adds."""
    tally = numbers if isinstance(numbers, Tally) else Tally(numbers)
    tally.take(amounts)
    return tally


def amounts_of(entry: Entry) -> Amounts:
    """What this request adds."""
    return [(INDEX[name], amount) for name, amount in _amounts(entry) if amount]


def _amounts(entry: Entry) -> Iterator[tuple[str, int]]:
    if not entry.is_call:
        yield "compress_calls", 1
        yield "compress_before", entry.before
        yield "compress_after", entry.after
        return
    yield "requests", 1
    if entry.verdict in INDEX:
        yield entry.verdict, 1
    yield "cut_before", entry.cut_before
    yield "cut_after", entry.cut_after
    yield "streaming", int(entry.streaming)
    yield "rate_limited", int(entry.refusal == "rate_limited")
    yield "over_budget", int(entry.refusal == "over_budget")
    yield "stored_hits", int(entry.cache == "hit")
    yield "stored_misses", int(entry.cache == "miss")
    yield "provider_errors", int(entry.is_answered and entry.status >= 400)
    yield "compression_failed", int(bool(entry.failed))
    if entry.verdict == "planned" and entry.before:
        yield "compressed" if entry.is_shorter else "uncompressed", 1
    yield "counted", int(entry.before > 0)
    yield "tokens_before", entry.before
    yield "tokens_after", entry.after
    yield "tokens_saved", entry.tokens_saved
    yield "retrievals", entry.retrievals
    yield "retrieving", int(entry.retrievals > 0)
    yield "rewrites", int(bool(entry.rewrite))
    yield "rewritten", entry.rewritten
    yield "fresh_blocks", sum(one.blocks for one in entry.fresh)
    yield "fresh_before", sum(one.before for one in entry.fresh)
    yield "fresh_after", sum(one.after for one in entry.fresh)
    if entry.used:
        yield from _estimated(entry) if entry.estimated else _reported(entry)


def _reported(entry: Entry) -> Iterator[tuple[str, int]]:
    yield "reported", 1
    yield "input", entry.input
    yield "output", entry.output
    yield "read", entry.read
    yield "written_5m", entry.written_5m
    yield "written_1h", entry.written_1h
    yield "written_other", entry.written_other
    yield "uncached", entry.uncached
    yield "read_requests", int(entry.read > 0)
    yield "written_5m_requests", int(entry.written_5m > 0)
    yield "written_1h_requests", int(entry.written_1h > 0)
    yield "cached_by_provider", int(entry.uncached < entry.input)
    yield "units", entry.units
    yield "direct_units", entry.direct_units
    yield "busts", int(entry.bust == "ours")
    yield "bust_tokens", entry.missed if entry.bust == "ours" else 0
    yield "other_busts", int(entry.bust == "other")
    yield "missed", entry.missed if entry.bust == "other" else 0
    yield "dearest", int(entry.dearest)
    if entry.cost is None or entry.direct_cost is None:
        yield "unpriced", 1
        return
    yield "priced", 1
    yield "cost", entry.cost
    yield "direct_cost", entry.direct_cost
    yield "input_cost", entry.input_cost or 0
    yield "uncached_cost", entry.uncached_cost or 0
    yield "retrieval_cost", entry.retrieval_cost or 0
    yield "write_premium", entry.write_premium or 0
    yield "gained", max(entry.direct_cost - entry.cost, 0)
    yield "lost", max(entry.cost - entry.direct_cost, 0)
    yield "dearer", int(entry.cost > entry.direct_cost)
    if entry.marked and entry.uncached_cost is not None:
        yield "marked", 1
        yield "marked_cost", entry.cost
        yield "marked_uncached_cost", entry.uncached_cost


def _estimated(entry: Entry) -> Iterator[tuple[str, int]]:
    yield "estimated", 1
    yield "estimated_input", entry.input
    yield "estimated_output", entry.output
    yield "estimated_read", entry.read
    yield "estimated_units", entry.units
    yield "estimated_direct_units", entry.direct_units
    if entry.cost is not None and entry.direct_cost is not None:
        yield "estimated_priced", 1
        yield "estimated_cost", entry.cost
        yield "estimated_direct_cost", entry.direct_cost
