"""The names of the original, so that dashboards and alerts go on working.

What the original wrote as a sum and a count beside each other is one histogram here, whose `_sum`
and `_count` have the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from headroom.observe.book import Book
from headroom.observe.metrics.metric import (
    Counted,
    Live,
    Metric,
    by_provider,
    counter,
    one,
    split,
    spread_with_ends,
    spreads_with_most,
)
from headroom.observe.shown import waste_of_book
from headroom.observe.spread import Spread
from headroom.outcome import FAILED, SHORTENING, Stage
from headroom.state.spend import NANO

STAGES: tuple[Stage, ...] = get_args(Stage)
PIPELINE = "pipeline_total"


def stages(book: Book) -> Mapping[str, Spread]:
    """How long each stage took; of those that were never gone through nothing is known."""
    return {stage: book.stages.get(stage, Spread()) for stage in STAGES}


def transforms(book: Book) -> Mapping[str, Spread]:
    """The same of those that make it shorter, and of all that we did together.

    How long each strategy took nobody measures: plans are made without a clock.
    """
    timed = stages(book)
    return {**{stage: timed[stage] for stage in SHORTENING}, PIPELINE: book.overhead}


ORIGINAL: tuple[Metric, ...] = (
    counter("headroom_requests_total", "requests", "Requests that have ended."),
    counter(
        "headroom_requests_cached_total", "cached", "Requests that a stored reply of ours answered."
    ),
    counter(
        "headroom_requests_rate_limited_total",
        "rate_limited",
        "Requests that we refused for the caller's requests or tokens per minute.",
    ),
    Counted(
        name="headroom_requests_failed_total",
        kind="counter",
        help="Requests that broke off: the provider could not be reached, was cut, or we stopped.",
        read=lambda sums: one(sum(map(sums.tally.of, FAILED))),
    ),
    counter(
        "headroom_tokens_input_total",
        "input",
        "Tokens of prompts as providers reported them, cache reads and writes included.",
    ),
    counter("headroom_tokens_output_total", "output", "Tokens of answers as providers reported."),
    counter(
        "headroom_tokens_saved_total",
        "tokens_saved",
        "Tokens that were to be sent and were not, by our own count, of what providers took.",
    ),
    Counted(
        name="headroom_requests_by_provider",
        kind="untyped",
        help="Requests by provider; a counter that has no _total in the original.",
        labels=("provider",),
        read=lambda sums: [((name,), tally.of("requests")) for name, tally in sums.providers],
    ),
    Counted(
        name="headroom_requests_by_model",
        kind="untyped",
        help="Requests by model (other: without a known price); a counter without _total as well.",
        labels=("model",),
        read=lambda sums: [((name,), tally.of("requests")) for name, tally in sums.models],
    ),
    *spread_with_ends(
        "headroom_latency_ms",
        lambda book: book.total,
        "Milliseconds from a request's head to the last byte of its reply.",
    ),
    *spread_with_ends(
        "headroom_overhead_ms",
        lambda book: book.overhead,
        "Milliseconds that we added before a planned or bypassed request was sent on.",
    ),
    *spread_with_ends(
        "headroom_ttfb_ms",
        lambda book: book.first_byte,
        "Milliseconds from a request's head to the first byte of its reply.",
    ),
    *spreads_with_most(
        "headroom_transform_timing_ms",
        "transform",
        transforms,
        "Milliseconds by step of making a request shorter (pipeline_total: all that we added).",
    ),
    *spreads_with_most(
        "headroom_stage_timing_ms",
        "stage",
        stages,
        "Milliseconds by stage before a request is sent on (read: waits for its client).",
    ),
    counter("headroom_cache_read_tokens_total", "read", "Tokens read from providers' caches."),
    Counted(
        name="headroom_cache_write_tokens_total",
        kind="counter",
        help="Tokens written to providers' caches.",
        read=lambda sums: one(sums.tally.written),
    ),
    split(
        "headroom_cache_write_ttl_tokens_total",
        "ttl",
        {"5m": "written_5m", "1h": "written_1h", "other": "written_other"},
        "Tokens written to providers' caches, by for how long (other: the provider did not say).",
    ),
    split(
        "headroom_cache_write_ttl_requests_total",
        "ttl",
        {"5m": "written_5m_requests", "1h": "written_1h_requests"},
        "Requests that wrote to a provider's cache, by how long it keeps that.",
    ),
    counter(
        "headroom_uncached_input_tokens_total",
        "uncached",
        "Tokens of prompts that were neither read from a cache nor written to one.",
    ),
    by_provider(
        "headroom_provider_cache_requests_total",
        lambda tally: tally.of("reported"),
        "Requests whose usage the provider reported.",
    ),
    by_provider(
        "headroom_provider_cache_hit_requests_total",
        lambda tally: tally.of("read_requests"),
        "Requests that read from the provider's cache.",
    ),
    by_provider(
        "headroom_provider_cache_bust_total",
        lambda tally: tally.of("busts") + tally.of("other_busts"),
        "Requests that missed half or more of what had been left in the provider's cache, "
        "whoever's doing it is.",
    ),
    by_provider(
        "headroom_provider_cache_bust_write_tokens_total",
        lambda tally: tally.of("bust_tokens") + tally.of("missed"),
        "Tokens that had been left in the provider's cache and were not read from it.",
    ),
    Counted(
        name="headroom_waste_signal_tokens_total",
        kind="counter",
        help="Tokens that left of what was sent for the first time, by what they were.",
        labels=("signal",),
        read=lambda sums: [((name,), n) for name, n in waste_of_book(sums.book).items()],
    ),
    counter(
        "headroom_cache_bust_total", "busts", "Cached prefixes that we broke without saying why."
    ),
    counter(
        "headroom_cache_bust_tokens_lost_total",
        "bust_tokens",
        "Tokens that had to be sent anew so.",
    ),
    Counted(
        name="headroom_persistent_savings_requests_total",
        kind="counter",
        help="Requests of all time, those of an imported older history included.",
        read=lambda sums: one(sums.requests),
    ),
    Counted(
        name="headroom_persistent_savings_tokens_saved_total",
        kind="counter",
        help="Tokens saved of all time, those of an imported older history included.",
        read=lambda sums: one(sums.point.saved_tokens),
    ),
    Counted(
        name="headroom_persistent_savings_input_tokens_total",
        kind="counter",
        help="Tokens of prompts of all time, those of an imported older history included.",
        read=lambda sums: one(sums.point.input),
    ),
    Counted(
        name="headroom_persistent_savings_input_cost_usd_total",
        kind="counter",
        help="Dollars that the prompts of all time cost, an imported older history included.",
        read=lambda sums: one(sums.point.input_cost / NANO),
    ),
    Counted(
        name="headroom_persistent_savings_compression_savings_usd_total",
        kind="counter",
        help="Dollars gained over going direct of all time, losses not deducted, an imported older "
        "history included.",
        read=lambda sums: one(sums.point.saved / NANO),
    ),
    Live(
        name="headroom_active_ws_sessions",
        kind="gauge",
        help="WebSockets that are open, of all processes.",
        read=lambda now: one(sum(each.sockets for each in now.processes)),
    ),
    Live(
        name="headroom_active_relay_tasks",
        kind="gauge",
        help="Tasks that pass on what WebSockets say, one for each way.",
        read=lambda now: one(sum(each.relays for each in now.processes)),
    ),
    *spread_with_ends(
        "headroom_ws_session_duration_ms",
        lambda book: book.sockets,
        "Milliseconds that WebSockets stood that have closed.",
    ),
    Counted(
        name="wrap_rtk_invocations_total",
        kind="counter",
        help="Always 0: we filter nothing before an agent sees it.",
        read=lambda _sums: one(0),
    ),
)
