"""What all calls of this process come to, in the series that metrics have."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from headroom.observe.book import bounded, kind_of_transform
from headroom.observe.entry import OTHER, Entry
from headroom.observe.otel import measures
from headroom.observe.otel.measures import Counter, Named
from headroom.observe.shown import reason_of, waste
from headroom.observe.tally import Tally, amounts_of

Labels = tuple[tuple[str, str | bool], ...]
"""A series' attributes, in their order."""

Series = list[tuple[Labels, int | float]]
"""What a metric comes to, of each series that is not zero."""


class Sums:
    """Sums since this process began; safe to be read on another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[str, str] = {}
        self._names: dict[Named, dict[str, str]] = {named: {} for named in measures.NAMED}
        self._tallies: dict[Labels, Tally] = {}
        self._named: dict[Named, dict[Labels, int]] = {named: {} for named in measures.NAMED}

    def take(self, entry: Entry) -> Labels:
        """Add one finished request, and return whose series it is in."""
        labels: Labels = (
            ("provider", entry.provider),
            ("model", self._model(entry)),
            ("cached", entry.verdict == "cached"),
        )
        with self._lock:
            tally = self._tallies.get(labels)
            if tally is None:
                tally = self._tallies[labels] = Tally()
            tally.take(amounts_of(entry))
            self._name(entry, labels)
        return labels

    def counted(self, counters: Sequence[Counter]) -> Series:
        """What these counters, which have one name, have come to."""
        with self._lock:
            return [
                ((*labels, counter.label) if counter.label else labels, amount)
                for counter in counters
                for labels, tally in self._tallies.items()
                if (amount := _amount(counter, tally))
            ]

    def named(self, named: Named) -> Series:
        """The same of one whose names are only known as they come."""
        with self._lock:
            return [*self._named[named].items()]

    def _model(self, entry: Entry) -> str:
        # Anybody may name any model: those with a known price are many, but no more than so many.
        if not entry.model and not entry.used:
            return ""
        name = bounded(self._models, entry.known_model or OTHER)
        return self._models.setdefault(name, name)

    def _name(self, entry: Entry, labels: Labels) -> None:
        for transform in {kind_of_transform(one) for one in entry.transforms}:
            self._add(measures.TRANSFORMS, labels, ("transform", transform), 1)
        for signal, tokens in waste(entry.fresh).items():
            self._add(measures.WASTE, labels, ("signal", signal), tokens)
        if entry.failed:
            labels = (*labels, ("operation", "compress"))
            self._add(measures.FAILURES, labels, ("error_type", reason_of(entry.failed)), 1)

    def _add(self, named: Named, labels: Labels, label: tuple[str, str], amount: int) -> None:
        names, sums = self._names[named], self._named[named]
        name = bounded(names, label[1])
        names[name] = name
        key = (*labels, (label[0], name))
        sums[key] = sums.get(key, 0) + amount


def _amount(counter: Counter, tally: Tally) -> int | float:
    amount = sum(tally.of(measure) for measure in counter.measures)
    return amount if counter.divisor == 1 else amount / counter.divisor
