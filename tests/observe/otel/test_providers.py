"""The SDK's providers and exporters, as we want them."""

from __future__ import annotations

import json

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from headroom.observe.otel.post import Post
from headroom.observe.otel.providers import (
    meter_provider,
    metric_exporter,
    span_exporter,
    tracer_provider,
)
from tests.support.collector import collector

WHOSE = {"service.name": "ours", "service.instance.id": "one"}
HOURLY_MS = 3_600_000


def test_metrics_are_exported_when_their_provider_is_shut_down() -> None:
    with collector() as receiver:
        exporter = metric_exporter(Post(f"{receiver.url}/v1/metrics", {}, version="1"))
        provider = meter_provider(exporter, WHOSE, every_ms=HOURLY_MS)
        provider.get_meter("headroom").create_histogram("h").record(1.0)
        provider.shutdown()

    assert receiver.resources() == [WHOSE]
    assert receiver.sums() == {"h": 1}


def test_metrics_are_exported_from_time_to_time() -> None:
    with collector() as receiver:
        exporter = metric_exporter(Post(f"{receiver.url}/v1/metrics", {}, version="1"))
        provider = meter_provider(exporter, WHOSE, every_ms=10)
        provider.get_meter("headroom").create_histogram("h").record(1.0)
        receiver.wait_for(2)
        provider.shutdown()


def test_a_metric_has_no_fewer_series_than_there_may_be() -> None:
    with collector() as receiver:
        exporter = metric_exporter(Post(f"{receiver.url}/v1/metrics", {}, version="1"))
        provider = meter_provider(exporter, WHOSE, every_ms=HOURLY_MS)
        histogram = provider.get_meter("headroom").create_histogram("h")
        for number in range(3_000):
            histogram.record(1.0, {"model": number})
        provider.shutdown()

    ((_, metric),) = receiver.metrics()
    assert len(metric.histogram.data_points) == 3_000


def test_spans_have_all_their_attributes_and_whose_they_are() -> None:
    exporter = InMemorySpanExporter()
    provider = tracer_provider(exporter, WHOSE)
    attributes = {f"a{number}": "x" * 8_192 for number in range(200)}

    provider.get_tracer("headroom").start_span("s", Context(), attributes=attributes).end()
    provider.shutdown()

    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == attributes
    assert dict(span.resource.attributes) == WHOSE


def test_on_stdout_everything_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = meter_provider(metric_exporter(None), WHOSE, every_ms=HOURLY_MS)
    metrics.get_meter("headroom").create_histogram("h").record(1.0)
    traces = tracer_provider(span_exporter(None), WHOSE)
    traces.get_tracer("headroom").start_span("s", Context()).end()

    metrics.shutdown()
    traces.shutdown()

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["resource_metrics"][0]["resource"]["attributes"] == WHOSE
    assert second["name"] == "s"
