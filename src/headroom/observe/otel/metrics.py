"""Sums as the message in which metrics are exported (extra `otel`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Histogram as HistogramData

from headroom.observe.otel.about import About
from headroom.observe.otel.measures import COUNTERS, HISTOGRAMS, NAMED, Counter, Histogram, Named
from headroom.observe.otel.sums import Bins, Labels, Snapshot
from headroom.observe.otel.wire import key_values, resource, scope, unhurried
from headroom.observe.tally import Tally


def metrics_message(snapshot: Snapshot, whose: About) -> ExportMetricsServiceRequest:
    """The export of *snapshot* by this process; series of zero are left out.

    Sums are cumulative since the process began: one that gets lost is in the next.
    """
    scoped = ScopeMetrics(scope=scope(whose), metrics=unhurried(_metrics(snapshot)))
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=resource(whose), scope_metrics=[scoped])]
    )


def _metrics(snapshot: Snapshot) -> Iterator[Metric]:
    by_name: dict[str, list[Counter]] = {}
    for counter in COUNTERS:
        by_name.setdefault(counter.name, []).append(counter)
    for counters in by_name.values():
        points = [point for each in counters for point in _counted(each, snapshot)]
        if points:
            yield _sum(counters[0], points)
    for named in NAMED:
        points = [
            _number(snapshot, labels, amount)
            for (whose, labels), amount in snapshot.named.items()
            if whose is named
        ]
        if points:
            yield _sum(named, points)
    for histogram in HISTOGRAMS:
        spread = [
            _histogram_point(snapshot, histogram, labels, bins)
            for (whose, labels), bins in snapshot.bins.items()
            if whose is histogram
        ]
        if spread:
            yield _histogram(histogram, spread)


def _counted(counter: Counter, snapshot: Snapshot) -> Iterator[NumberDataPoint]:
    label: Labels = (counter.label,) if counter.label else ()
    for labels, tally in snapshot.tallies.items():
        amount = _amount(counter, tally)
        if amount:
            yield _number(snapshot, (*labels, *label), amount)


def _amount(counter: Counter, tally: Tally) -> int | float:
    amount = sum(tally.of(measure) for measure in counter.measures)
    return amount if counter.divisor == 1 else amount / counter.divisor


def _number(snapshot: Snapshot, labels: Labels, amount: float) -> NumberDataPoint:
    value = {"as_int": amount} if isinstance(amount, int) else {"as_double": amount}
    return NumberDataPoint(
        attributes=key_values(labels),
        start_time_unix_nano=snapshot.begun_ns,
        time_unix_nano=snapshot.taken_ns,
        **value,
    )


def _histogram_point(
    snapshot: Snapshot, histogram: Histogram, labels: Labels, bins: Bins
) -> HistogramDataPoint:
    return HistogramDataPoint(
        attributes=key_values(labels),
        start_time_unix_nano=snapshot.begun_ns,
        time_unix_nano=snapshot.taken_ns,
        count=bins.count,
        sum=bins.sum,
        bucket_counts=bins.counts,
        explicit_bounds=histogram.bounds,
        min=bins.least,
        max=bins.most,
    )


def _sum(metric: Counter | Named, points: Iterable[NumberDataPoint]) -> Metric:
    data = Sum(
        data_points=points,
        aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
        is_monotonic=True,
    )
    return Metric(name=metric.name, unit=metric.unit, description=metric.meaning, sum=data)


def _histogram(metric: Histogram, points: Iterable[HistogramDataPoint]) -> Metric:
    data = HistogramData(
        data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE
    )
    return Metric(name=metric.name, unit=metric.unit, description=metric.meaning, histogram=data)
