"""What a scrape of some requests gives, read by Prometheus' own parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parsed_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parsed

from headroom.observe.metrics import METRICS
from headroom.observe.metrics.exposition import families, text_of
from headroom.observe.metrics.metric import Metric, Now, Sums
from headroom.observe.statistics import Statistics
from headroom.outcome import Outcome
from tests.observe.outcomes import record

Scraped = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
"""Samples by name and labels."""

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def sums_of(*outcomes: Outcome) -> Sums:
    statistics = Statistics()
    statistics.take(1, record(1, *outcomes))
    return Sums.of(statistics)


def text(sums: Sums | None, now: Now, accept: str = "", metrics: Sequence[Metric] = METRICS) -> str:
    return text_of(families(sums, now, metrics), accept)[0].decode()


def samples(exposed: str) -> Scraped:
    """All samples of a text in Prometheus' own format."""
    found = [sample for family in parsed(exposed) for sample in family.samples]
    told = {(one.name, tuple(sorted(one.labels.items()))): float(one.value) for one in found}
    assert len(told) == len(found)
    return told


def openmetrics(exposed: str) -> Scraped:
    """The same of OpenMetrics, whose parser is much stricter."""
    return {
        (one.name, tuple(sorted(one.labels.items()))): float(one.value)
        for family in parsed_openmetrics(exposed)  # type: ignore[no-untyped-call] # the library's
        for one in family.samples
    }


def scraped(*outcomes: Outcome, now: Now | None = None) -> Scraped:
    return samples(text(sums_of(*outcomes), now or Now()))


def value(found: Scraped, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]
