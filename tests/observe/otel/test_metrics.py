"""Metrics, as the SDK's readers have them."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, Metric

from headroom.observe.entry import Entry
from headroom.observe.otel import measures
from headroom.observe.otel.metrics import Metrics
from tests.observe.otel.made import PLANNED, entry

LABELS = {"provider": "anthropic", "model": "claude-sonnet-4-5", "cached": False}
GENAI = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
}

Measured = dict[str, Metric]


def measured(*entries: Entry) -> Measured:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    metrics = Metrics(provider.get_meter("headroom"))
    for one in entries:
        metrics.take(one)
    found = reader.get_metrics_data()
    assert found is not None
    ((scoped,),) = [of_process.scope_metrics for of_process in found.resource_metrics]
    return {metric.name: metric for metric in scoped.metrics}


def points(found: Measured, name: str) -> list[Any]:
    return [*found[name].data.data_points] if name in found else []


def sums(found: Measured, histogram: measures.Histogram) -> list[tuple[dict[str, Any], float]]:
    """What each series of it comes to, with the attributes of its own."""
    return [(dict(point.attributes), point.sum) for point in points(found, histogram.name)]


def test_a_sum_never_falls_and_has_its_unit_and_meaning() -> None:
    metric = measured(PLANNED, PLANNED)["headroom.proxy.tokens.input"]

    assert metric.unit == "{token}"
    assert (metric.description or "").startswith("Tokens of prompts")
    (point,) = metric.data.data_points
    assert (dict(point.attributes or {}), point.value) == (LABELS, 2_000)  # type: ignore[union-attr]  # of a sum
    assert metric.data.is_monotonic  # type: ignore[union-attr]  # it is a sum


def test_dollars_are_dollars_and_what_is_zero_is_left_out() -> None:
    found = measured(PLANNED)

    (actual,) = points(found, "headroom.proxy.cost.actual")
    (gained,) = points(found, "headroom.proxy.cost.gained")
    assert (actual.value, gained.value) == (0.004, 0.006)
    assert "headroom.proxy.cost.lost" not in found


def test_names_that_come_with_requests_are_told() -> None:
    found = points(measured(PLANNED), "headroom.compression.transforms")

    assert {point.attributes["transform"] for point in found} == {"router:log", "repeat"}


def test_a_histogram_has_the_bounds_of_the_table() -> None:
    found = points(measured(PLANNED), "gen_ai.client.token.usage")

    by_kind = {point.attributes["gen_ai.token.type"]: point for point in found}
    point = by_kind["input"]
    assert list(point.explicit_bounds) == [4.0**power for power in range(14)]
    assert (point.count, point.sum, point.min, point.max) == (1, 1_000, 1_000, 1_000)
    # 256 < 1 000 <= 1 024
    assert point.bucket_counts[5] == 1
    assert by_kind["output"].sum == 20
    for histogram in measures.HISTOGRAMS:
        for point in points(measured(PLANNED), histogram.name):
            assert list(point.explicit_bounds) == list(histogram.bounds)


def test_durations_are_told_in_seconds() -> None:
    found = measured(PLANNED)

    assert sums(found, measures.REQUEST_DURATION) == [(LABELS, 0.1)]
    assert sums(found, measures.OVERHEAD) == [(LABELS, 0.003)]
    assert sums(found, measures.FIRST_BYTE) == [(LABELS, 0.04)]
    ((labels, took_s),) = sums(found, measures.PIPELINE)
    assert (labels, round(took_s, 6)) == (LABELS, 0.002)
    assert ({**LABELS, "stage": "plan"}, 0.001) in sums(found, measures.STAGE)


def test_what_the_provider_took_is_told_apart_from_what_the_caller_waited_for() -> None:
    found = measured(PLANNED)

    assert sums(found, measures.SERVER_REQUEST) == [(GENAI, 0.1)]
    ((labels, took_s),) = sums(found, measures.CLIENT_OPERATION)
    assert (labels, round(took_s, 6)) == (GENAI, 0.097)
    assert sums(found, measures.FIRST_TOKEN) == [(GENAI, 0.04)]


def test_what_asks_us_alone_is_in_no_metric() -> None:
    asked = entry(verdict="compressed", route="/v1/compress", provider="", failed="late")
    reader = InMemoryMetricReader()
    metrics = Metrics(MeterProvider([reader], shutdown_on_exit=False).get_meter("headroom"))

    metrics.take(asked)

    assert reader.get_metrics_data() is None


def test_how_long_a_websocket_stood_is_no_duration_of_a_request() -> None:
    found = measured(entry(status=101, verdict="relayed", total_ms=3_600_000.0))

    for histogram in (
        measures.REQUEST_DURATION, measures.SERVER_REQUEST, measures.CLIENT_OPERATION
    ):  # fmt: skip
        assert not sums(found, histogram)
    assert points(found, "headroom.proxy.requests")[0].value == 1
    assert sums(found, measures.TOKEN_USAGE)


def test_errors_have_a_type_and_no_first_token() -> None:
    found = measured(entry(status=529))

    assert sums(found, measures.SERVER_REQUEST) == [({**GENAI, "error.type": "529"}, 0.1)]
    assert not sums(found, measures.FIRST_TOKEN)


@pytest.mark.parametrize("changes", [{"verdict": "cached", "used": False}, {"estimated": True}])
def test_only_what_a_provider_reported_is_its_token_usage(changes: dict[str, Any]) -> None:
    assert not sums(measured(entry(**changes)), measures.TOKEN_USAGE)


def test_a_stored_reply_took_no_provider() -> None:
    assert not sums(measured(entry(verdict="cached")), measures.CLIENT_OPERATION)
