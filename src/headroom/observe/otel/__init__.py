"""Metrics and traces for OpenTelemetry's collectors, and traces for Langfuse.

    outcome ─▶ entry ─┬▶ sums ─▶ metrics ─┐
                      └▶ spans ─▶ traces ─┴▶ post (OTLP over HTTP), or stdout

Beside a call only numbers are added up, and what is left to be told is put aside; everything else
happens on threads of its own.  `opening` says what of it is switched on, and opens that.
Messages are made by the official classes of the protocol (extra `otel`), which are imported then.
No variable `OTEL_…` changes anything: those belong to whoever instruments the process.
"""
