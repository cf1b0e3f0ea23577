"""Traces, told to the SDK's tracer (extra `otel`)."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.trace import (
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from headroom.observe.otel.spans import Kind, Span, Told, spans_of

KINDS: dict[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}


class Traces:
    """Tells one tracer the trace of each call."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    def take(self, told: Told) -> None:
        """Tell it, in the trace that its caller named; not where that wants no trace."""
        around = Context()
        if told.traceparent:
            around = self._propagator.extract({"traceparent": told.traceparent}, around)
            caller = get_current_span(around).get_span_context()
            if caller.is_valid and not caller.trace_flags.sampled:
                return
        within: dict[Span | None, Context] = {None: around}
        for span in spans_of(told):
            within[span] = self._tell(span, within[span.over])

    def _tell(self, span: Span, context: Context) -> Context:
        """The context of what lies under it."""
        made = self._tracer.start_span(
            span.name, context, KINDS[span.kind], dict(span.attributes), start_time=span.begun_ns
        )
        if span.problem:
            made.set_status(Status(StatusCode.ERROR, span.problem))
        made.end(span.ended_ns)
        return set_span_in_context(made, context)
