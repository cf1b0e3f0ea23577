"""Metrics as messages."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Metric,
)

from headroom.observe.otel.about import about
from headroom.observe.otel.metrics import metrics_message
from headroom.observe.otel.sums import Sums
from tests.observe.otel.made import PLANNED
from tests.support.collector import read

WHOSE = about("ours", "", version="1.2", instance="one")


def clock(*moments: int) -> Callable[[], int]:
    told = iter(moments)
    return lambda: next(told)


def exported() -> dict[str, Metric]:
    sums = Sums(clock(5, 9))
    sums.take(PLANNED)
    message = metrics_message(sums.snapshot(), WHOSE)
    (of_process,) = type(message).FromString(message.SerializeToString()).resource_metrics
    (scoped,) = of_process.scope_metrics
    assert (scoped.scope.name, scoped.scope.version) == ("headroom", "1.2")
    assert read(of_process.resource.attributes)["service.instance.id"] == "one"
    return {metric.name: metric for metric in scoped.metrics}


def test_a_sum_is_cumulative_and_never_falls() -> None:
    metric = exported()["headroom.proxy.tokens.input"]

    assert (metric.unit, metric.sum.is_monotonic) == ("{token}", True)
    assert metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    (point,) = metric.sum.data_points
    assert (point.as_int, point.start_time_unix_nano, point.time_unix_nano) == (1_000, 5, 9)
    assert read(point.attributes) == {
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "cached": False,
    }


def test_dollars_are_dollars() -> None:
    found = exported()

    (actual,) = found["headroom.proxy.cost.actual"].sum.data_points
    (gained,) = found["headroom.proxy.cost.gained"].sum.data_points
    assert (actual.as_double, gained.as_double) == (0.004, 0.006)
    assert "headroom.proxy.cost.lost" not in found


def test_writes_to_the_cache_are_told_by_how_long_they_stay() -> None:
    points = exported()["headroom.proxy.cache.write_ttl_tokens"].sum.data_points

    assert {read(each.attributes)["ttl"]: each.as_int for each in points} == {"5m": 100, "1h": 50}


def test_a_histogram_has_its_bounds_and_all_its_values() -> None:
    metric = exported()["gen_ai.client.token.usage"]

    assert metric.histogram.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    by_kind = {
        read(each.attributes)["gen_ai.token.type"]: each for each in metric.histogram.data_points
    }
    point = by_kind["input"]
    assert list(point.explicit_bounds) == [4.0**power for power in range(14)]
    assert (point.count, point.sum, point.min, point.max) == (1, 1_000, 1_000, 1_000)
    # 256 < 1 000 <= 1 024
    assert point.bucket_counts[5] == 1
    assert by_kind["output"].sum == 20
