"""Spans as the message in which traces are exported (extra `otel`)."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, SpanFlags, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from headroom.observe.otel.about import About
from headroom.observe.otel.spans import Span
from headroom.observe.otel.wire import key_values, resource, scope, unhurried

KINDS = {
    "server": SpanMessage.SPAN_KIND_SERVER,
    "client": SpanMessage.SPAN_KIND_CLIENT,
    "internal": SpanMessage.SPAN_KIND_INTERNAL,
}


def traces_message(spans: Iterable[Span], whose: About) -> ExportTraceServiceRequest:
    """The export of these spans by this process."""
    scoped = ScopeSpans(scope=scope(whose), spans=unhurried(map(_message, spans)))
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource(whose), scope_spans=[scoped])]
    )


def _message(span: Span) -> SpanMessage:
    flags = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | 1
    if span.is_remote:
        flags |= SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
    failed = Status(code=Status.STATUS_CODE_ERROR, message=span.problem)
    return SpanMessage(
        name=span.name,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        start_time_unix_nano=span.begun_ns,
        end_time_unix_nano=span.ended_ns,
        attributes=key_values(span.attributes),
        kind=KINDS[span.kind],
        status=failed if span.problem else None,
        flags=flags,
    )
