"""Takes each outcome, and tells it to all that exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from headroom.observe.entry import Entry, entry_of
from headroom.observe.otel.spans import Told
from headroom.outcome import Outcome


class Measuring(Protocol):
    """What adds up finished requests."""

    def take(self, entry: Entry) -> None:
        """Add one."""
        ...


class Tracing(Protocol):
    """What tells the traces of calls."""

    def take(self, told: Told) -> None:
        """Tell one."""
        ...


class OtelSink:
    """A sink for all that is exported; *private* ones are told content too."""

    def __init__(
        self,
        metrics: Measuring | None,
        traces: Sequence[Tracing] = (),
        private: Sequence[Tracing] = (),
    ) -> None:
        self._metrics = metrics
        self._traces = traces
        self._private = private

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request."""
        entry = entry_of(outcome)
        if self._metrics is not None:
            self._metrics.take(entry)
        if not self._traces and not self._private:
            return
        told = Told(
            entry,
            round(outcome.at * 1e9),
            outcome.traceparent,
            outcome.asked_model,
            outcome.messages,
            outcome.passages,
        )
        for each in self._traces:
            each.take(told)
        if self._private:
            told = replace(told, asked=outcome.asked, answered=outcome.answered)
            for each in self._private:
                each.take(told)
