"""Takes each outcome, adds it up for metrics, and puts it aside for traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headroom.observe.entry import entry_of
from headroom.observe.otel.outbox import Outbox
from headroom.observe.otel.parent import parent_of
from headroom.observe.otel.spans import Told
from headroom.observe.otel.sums import Sums
from headroom.outcome import Outcome


class OtelSink:
    """A sink for all that is exported; *private* ones are told content too."""

    def __init__(
        self, sums: Sums | None, outboxes: Sequence[Outbox], private: Sequence[Outbox] = ()
    ) -> None:
        self._sums = sums
        self._outboxes = outboxes
        self._private = private

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request."""
        entry = entry_of(outcome)
        if self._sums is not None:
            self._sums.take(entry)
        if not self._outboxes and not self._private:
            return
        parent = parent_of(outcome.traceparent) if outcome.traceparent else None
        if parent is not None and not parent.is_sampled:
            return
        told = Told(
            entry,
            round(outcome.at * 1e9),
            parent,
            outcome.asked_model,
            outcome.messages,
            outcome.passages,
        )
        for outbox in self._outboxes:
            outbox.put(told)
        if self._private:
            told = replace(told, asked=outcome.asked, answered=outcome.answered)
            for outbox in self._private:
                outbox.put(told)
