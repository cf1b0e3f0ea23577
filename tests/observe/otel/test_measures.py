"""The table of metrics."""

from __future__ import annotations

import re

from headroom.observe.otel.measures import (
    COUNTERS,
    HISTOGRAMS,
    NAMED,
    Counter,
    Histogram,
    Named,
)
from headroom.observe.tally import INDEX

# CONTRACT: the names that users of the original have in their dashboards.
PROMISED = {
    "headroom.proxy.requests",
    "headroom.proxy.requests.cached",
    "headroom.proxy.requests.failed",
    "headroom.proxy.requests.rate_limited",
    "headroom.proxy.tokens.input",
    "headroom.proxy.tokens.output",
    "headroom.proxy.tokens.saved",
    "headroom.proxy.cache.read_tokens",
    "headroom.proxy.cache.write_tokens",
    "headroom.proxy.cache.write_ttl_tokens",
    "headroom.proxy.cache.uncached_input_tokens",
    "headroom.proxy.cache.busts",
    "headroom.proxy.cache.bust_tokens_lost",
    "headroom.proxy.request.duration",
    "headroom.proxy.overhead.duration",
    "headroom.proxy.ttfb.duration",
    "headroom.compression.runs",
    "headroom.compression.failures",
    "headroom.compression.tokens.input",
    "headroom.compression.tokens.output",
    "headroom.compression.tokens.saved",
    "headroom.compression.pipeline.duration",
    "headroom.compression.stage.duration",
    "headroom.compression.transforms",
    "headroom.compression.waste.tokens",
    "gen_ai.client.token.usage",
    "gen_ai.client.operation.duration",
    "gen_ai.server.request.duration",
    "gen_ai.server.time_to_first_token",
}
METRICS: tuple[Counter | Named | Histogram, ...] = (*COUNTERS, *NAMED, *HISTOGRAMS)


def test_every_promised_name_is_there() -> None:
    assert not PROMISED - {metric.name for metric in METRICS}


def test_names_are_valid_and_stand_once_for_each_label() -> None:
    # opentelemetry.io/docs/specs/otel/metrics/api: instrument name syntax
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_.\-/]{0,254}", each.name) for each in METRICS)
    keys = [(each.name, getattr(each, "label", None)) for each in METRICS]
    assert len(keys) == len(set(keys))


def test_every_counter_adds_up_measures_that_there_are() -> None:
    assert all(measure in INDEX for counter in COUNTERS for measure in counter.measures)


def test_dollars_are_told_in_dollars_and_all_else_as_it_is() -> None:
    divisors = {counter.name: counter.divisor for counter in COUNTERS}

    assert divisors["headroom.proxy.cost.actual"] == 1_000_000_000
    assert divisors["headroom.proxy.requests"] == 1


def test_bounds_rise() -> None:
    for histogram in HISTOGRAMS:
        assert list(histogram.bounds) == sorted(set(histogram.bounds))
