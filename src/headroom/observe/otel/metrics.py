"""The SDK's instruments, and what each finished request is to them (extra `otel`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from headroom.observe.entry import Entry
from headroom.observe.otel import genai, measures
from headroom.observe.otel.measures import COUNTERS, HISTOGRAMS, NAMED, Counter, Histogram
from headroom.observe.otel.sums import Series, Sums
from headroom.outcome import SHORTENING

Observed = Callable[[CallbackOptions], Iterable[Observation]]


class Metrics:
    """All that is measured of requests, on one meter.

    Sums are added up here and looked at when they are exported: that costs a request less than an
    instrument for each.  How values are spread is recorded at once.
    """

    def __init__(self, meter: Meter) -> None:
        self._sums = Sums()
        by_name: dict[str, list[Counter]] = {}
        for counter in COUNTERS:
            by_name.setdefault(counter.name, []).append(counter)
        for name, counters in by_name.items():
            observed = _observed(partial(self._sums.counted, counters))
            first = counters[0]
            meter.create_observable_counter(name, [observed], first.unit, first.meaning)
        for named in NAMED:
            observed = _observed(partial(self._sums.named, named))
            meter.create_observable_counter(named.name, [observed], named.unit, named.meaning)
        self._spread = {
            each: meter.create_histogram(
                each.name,
                each.unit,
                each.meaning,
                explicit_bucket_boundaries_advisory=[*each.bounds],
            ).record
            for each in HISTOGRAMS
        }

    def take(self, entry: Entry) -> None:
        """Add one finished request; what only asked us for shorter messages is none."""
        if not entry.is_call:
            return
        labels = dict(self._sums.take(entry))
        self._time(entry, labels)
        if genai.is_call(entry):
            self._ask(entry, labels)

    def _time(self, entry: Entry, labels: Mapping[str, str | bool]) -> None:
        # How long a WebSocket stood is no duration of a request.
        if not entry.is_socket:
            self._record(measures.REQUEST_DURATION, entry.total_ms / 1000, labels)
        if entry.first_byte_ms and entry.verdict != "refused":
            self._record(measures.FIRST_BYTE, entry.first_byte_ms / 1000, labels)
        if entry.verdict not in ("planned", "bypassed") or not entry.overhead_ms:
            return
        self._record(measures.OVERHEAD, entry.overhead_ms / 1000, labels)
        for stage, took_ms in entry.stages.items():
            self._record(measures.STAGE, took_ms / 1000, {**labels, "stage": stage})
        if "plan" in entry.stages:
            took_ms = sum(entry.stages.get(stage, 0.0) for stage in SHORTENING)
            self._record(measures.PIPELINE, took_ms / 1000, labels)

    def _ask(self, entry: Entry, ours: Mapping[str, str | bool]) -> None:
        """What the GenAI conventions ask for."""
        labels = {
            "gen_ai.operation.name": genai.operation(entry),
            "gen_ai.provider.name": genai.provider(entry),
            "gen_ai.request.model": ours["model"],
        }
        if entry.used and not entry.estimated:
            for kind, tokens in (("input", entry.input), ("output", entry.output)):
                self._record(measures.TOKEN_USAGE, tokens, {**labels, "gen_ai.token.type": kind})
        if entry.is_socket:
            return
        error = genai.error_type(entry)
        if entry.streaming and not error and entry.first_byte_ms:
            self._record(measures.FIRST_TOKEN, entry.first_byte_ms / 1000, labels)
        if error:
            labels["error.type"] = error
        self._record(measures.SERVER_REQUEST, entry.total_ms / 1000, labels)
        if genai.was_sent(entry):
            provider_ms = max(entry.total_ms - entry.overhead_ms, 0.0)
            self._record(measures.CLIENT_OPERATION, provider_ms / 1000, labels)

    def _record(self, histogram: Histogram, value: float, labels: Mapping[str, Any]) -> None:
        self._spread[histogram](value, labels)


def _observed(series: Callable[[], Series]) -> Observed:
    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(amount, dict(labels)) for labels, amount in series()]

    return observe
