"""Metrics and traces for OpenTelemetry's collectors, and traces for Langfuse.

    outcome ─▶ entry ─┬▶ metrics ─▶ MeterProvider ──┐
                      └▶ spans, traces ─▶ TracerProvider ─┴▶ exporter ─▶ post, or stdout

Instruments, spans, batches, retries and the protocol are those of the official SDK (extra `otel`,
imported when something is exported): see docs/decisions/0028.  Here stands what is ours: which
metrics there are (`measures`), what a call's trace is (`spans`), what is switched on (`wanted`),
what leaves with an export (`post`), and how it begins and ends (`exports`, `opening`).
"""
