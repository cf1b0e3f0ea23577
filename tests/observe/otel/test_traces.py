"""Traces, as the SDK's exporters get them."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from headroom.observe.otel.spans import Told
from headroom.observe.otel.traces import Traces
from headroom.outcome import Passage
from tests.observe.otel.made import PLANNED, entry

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ENDED = 1_000_000_000_000
PASSAGES = (Passage("read", 0.0, 0.5), Passage("plan", 1.0, 1.0))


def told_spans(*told: Told) -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces = Traces(provider.get_tracer("headroom"))
    for one in told:
        traces.take(one)
    return [*exporter.get_finished_spans()]


def id_of_parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def test_the_spans_of_a_call_are_one_trace_each_under_what_it_is_a_part_of() -> None:
    spans = {span.name: span for span in told_spans(Told(PLANNED, ENDED, passages=PASSAGES))}

    root, pipeline = spans["chat claude-sonnet-4-5"], spans["headroom.compression.pipeline"]
    assert (root.parent, root.kind) == (None, SpanKind.SERVER)
    assert id_of_parent(pipeline) == root.context.span_id
    assert id_of_parent(spans["headroom.stage.plan"]) == pipeline.context.span_id
    assert id_of_parent(spans["headroom.stage.read"]) == root.context.span_id
    assert spans["headroom.provider"].kind is SpanKind.CLIENT
    assert {span.context.trace_id for span in spans.values()} == {root.context.trace_id}


def test_a_span_has_its_own_time_and_attributes() -> None:
    spans = {span.name: span for span in told_spans(Told(PLANNED, ENDED, passages=PASSAGES))}

    root = spans["chat claude-sonnet-4-5"]
    assert (root.start_time, root.end_time) == (ENDED - 100_000_000, ENDED)
    assert (root.attributes or {})["gen_ai.usage.input_tokens"] == 1_000
    assert root.status.status_code is StatusCode.UNSET
    plan = spans["headroom.stage.plan"]
    assert plan.end_time is not None and plan.start_time is not None
    assert plan.end_time - plan.start_time == 1_000_000


def test_a_problem_is_an_error() -> None:
    (root,) = told_spans(Told(entry(verdict="refused", refusal="rate_limited"), ENDED))

    assert root.status.status_code is StatusCode.ERROR
    assert root.status.description == "rate_limited"


@pytest.mark.parametrize("header", [f"00-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-03-what-comes"])
def test_the_callers_trace_goes_on(header: str) -> None:
    root = told_spans(Told(PLANNED, ENDED, header))[0]

    assert root.context.trace_id == int(TRACE, 16)
    assert root.parent is not None and root.parent.is_remote
    assert root.parent.span_id == int(SPAN, 16)


def test_a_trace_that_its_caller_does_not_want_is_not_told() -> None:
    assert not told_spans(Told(PLANNED, ENDED, f"00-{TRACE}-{SPAN}-00"))


@pytest.mark.parametrize(
    "header",
    ["", "00", f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-more"],
)
def test_a_header_that_is_none_begins_a_trace(header: str) -> None:
    first, second = (told_spans(Told(PLANNED, ENDED, header))[0] for _ in range(2))

    assert first.parent is None
    assert first.context.trace_id not in (second.context.trace_id, int(TRACE, 16), 0)
