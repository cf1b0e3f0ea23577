"""Traces as messages."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import SpanFlags, Status

from headroom.observe.otel.about import about
from headroom.observe.otel.spans import Span
from headroom.observe.otel.traces import traces_message
from tests.support.collector import read

WHOSE = about("ours", "", version="1.2", instance="one")


def sent(span: Span) -> SpanMessage:
    packed = traces_message([span], WHOSE).SerializeToString()
    (of_process,) = ExportTraceServiceRequest.FromString(packed).resource_spans
    assert read(of_process.resource.attributes)["service.name"] == "ours"
    (scoped,) = of_process.scope_spans
    assert scoped.scope.name == "headroom"
    found: SpanMessage
    (found,) = scoped.spans
    return found


def test_a_span_comes_as_it_is() -> None:
    span = Span("call", b"t" * 16, b"s" * 8, b"p" * 8, 5, 9, (("a", 1),), "server", is_remote=True)

    found = sent(span)

    assert (found.name, found.trace_id, found.span_id) == ("call", b"t" * 16, b"s" * 8)
    assert found.parent_span_id == b"p" * 8
    assert (found.start_time_unix_nano, found.end_time_unix_nano) == (5, 9)
    assert found.kind == SpanMessage.SPAN_KIND_SERVER
    assert read(found.attributes) == {"a": 1}
    assert found.flags & SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
    assert found.status.code == Status.STATUS_CODE_UNSET


def test_a_problem_is_an_error() -> None:
    found = sent(Span("call", b"t" * 16, b"s" * 8, b"", 5, 9, kind="client", problem="cut"))

    assert (found.status.code, found.status.message) == (Status.STATUS_CODE_ERROR, "cut")
    assert found.kind == SpanMessage.SPAN_KIND_CLIENT
    assert not found.flags & SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
