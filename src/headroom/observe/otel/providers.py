"""The SDK's providers and exporters, as we want them (extra `otel`).

All that the SDK would else read from variables `OTEL_…`, or register for the whole process, is said
here: those belong to whoever instruments the process around us.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import (
    AlwaysOffExemplarFilter,
    Histogram,
    MeterProvider,
    ObservableCounter,
)
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ConsoleMetricExporter,
    MetricExporter,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased

from headroom.observe.otel.post import TIMEOUT_S, Post

MOST_SERIES = 20_000
"""Of one metric; beyond that they are told together.  Models are bounded, so that these are too."""

TRACES_EVERY_MS = 2_000
MOST_KEPT = 8_192
"""So many spans wait to be sent; of more, the oldest are forgotten."""
AT_ONCE = 512

UNLIMITED = SpanLimits(*[SpanLimits.UNSET] * 8)


def metric_exporter(post: Post | None) -> MetricExporter:
    """To a collector, or as lines to stdout."""
    if post is None:
        return ConsoleMetricExporter(sys.stdout, lambda data: data.to_json(indent=None) + "\n")
    kinds = (ObservableCounter, Histogram)
    return OTLPMetricExporter(
        post.url,
        timeout=TIMEOUT_S,
        compression=Compression.Gzip,
        session=post.session(),
        preferred_temporality=dict.fromkeys(kinds, AggregationTemporality.CUMULATIVE),
        preferred_aggregation={Histogram: ExplicitBucketHistogramAggregation()},
        meter_provider=NoOpMeterProvider(),
    )


def meter_provider(
    exporter: MetricExporter, whose: Mapping[str, str], *, every_ms: float
) -> MeterProvider:
    """It exports from time to time, and when it is shut down, on a thread of its own."""
    reader = PeriodicExportingMetricReader(
        exporter,
        every_ms,
        TIMEOUT_S * 1000,
        dict.fromkeys((ObservableCounter, Histogram), MOST_SERIES),
    )
    return MeterProvider(
        [reader],
        Resource(dict(whose)),
        exemplar_filter=AlwaysOffExemplarFilter(),
        shutdown_on_exit=False,
    )


def span_exporter(post: Post | None) -> SpanExporter:
    """To a collector, or as lines to stdout."""
    if post is None:
        return ConsoleSpanExporter(
            out=sys.stdout, formatter=lambda span: span.to_json(indent=None) + "\n"
        )
    return OTLPSpanExporter(
        post.url,
        timeout=TIMEOUT_S,
        compression=Compression.Gzip,
        session=post.session(),
        meter_provider=NoOpMeterProvider(),
    )


def tracer_provider(exporter: SpanExporter, whose: Mapping[str, str]) -> TracerProvider:
    """It exports batches of spans, and the last when it is shut down, on a thread of its own.

    A trace that its caller does not want is not told.
    """
    provider = TracerProvider(
        ParentBased(ALWAYS_ON),
        Resource(dict(whose)),
        shutdown_on_exit=False,
        span_limits=UNLIMITED,
        meter_provider=NoOpMeterProvider(),
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            MOST_KEPT,
            TRACES_EVERY_MS,
            AT_ONCE,
            TIMEOUT_S * 1000,
            meter_provider=NoOpMeterProvider(),
        )
    )
    return provider
