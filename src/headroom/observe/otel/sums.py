"""What all calls of this process come to, in the series that metrics have."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.observe.book import bounded, kind_of_transform
from headroom.observe.entry import OTHER, Entry
from headroom.observe.otel import genai, measures
from headroom.observe.otel.measures import Histogram, Named
from headroom.observe.shown import waste
from headroom.observe.tally import Tally, amounts_of

PIPELINE_STAGES = ("blocks", "look_up", "plan", "keep", "rewrite")

Labels = tuple[tuple[str, str | bool], ...]
"""A series' attributes, in their order."""


@dataclass(slots=True)
class Bins:
    """How many values lay between each two of some bounds."""

    counts: list[int]
    sum: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def copy(self) -> Bins:
        """It as it is now."""
        return Bins(self.counts.copy(), self.sum, self.least, self.most)

    def take(self, value: float, bounds: Sequence[float]) -> None:
        """Add one value."""
        # As the protocol has it, a value that is equal to a bound lies below it.
        self.counts[bisect_left(bounds, value)] += 1
        self.sum += value
        self.least, self.most = min(self.least, value), max(self.most, value)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sums at one moment, in nanoseconds since 1970."""

    begun_ns: int
    taken_ns: int
    tallies: Mapping[Labels, Tally] = field(default_factory=dict)
    named: Mapping[tuple[Named, Labels], int] = field(default_factory=dict)
    bins: Mapping[tuple[Histogram, Labels], Bins] = field(default_factory=dict)


class Sums:
    """Sums since this process began; safe to be read on another thread."""

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns
        self._begun_ns = clock_ns()
        self._lock = threading.Lock()
        self._models: dict[str, str] = {}
        self._names: dict[Named, dict[str, str]] = {named: {} for named in measures.NAMED}
        self._tallies: dict[Labels, Tally] = {}
        self._named: dict[tuple[Named, Labels], int] = {}
        self._bins: dict[tuple[Histogram, Labels], Bins] = {}

    def take(self, entry: Entry) -> None:
        """Add one finished request."""
        model = self._model(entry)
        labels: Labels = (
            ("provider", entry.provider),
            ("model", model),
            ("cached", entry.verdict == "cached"),
        )
        with self._lock:
            tally = self._tallies.get(labels)
            if tally is None:
                tally = self._tallies[labels] = Tally()
            tally.take(amounts_of(entry))
            self._name(entry, labels)
            self._time(entry, labels)
            if genai.is_call(entry):
                self._ask(entry, model)

    def snapshot(self) -> Snapshot:
        """All of them as they are now, each request in all of them or in none."""
        with self._lock:
            return Snapshot(
                self._begun_ns,
                max(self._clock_ns(), self._begun_ns),
                {labels: Tally([*tally]) for labels, tally in self._tallies.items()},
                dict(self._named),
                {key: bins.copy() for key, bins in self._bins.items()},
            )

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
            self._add(measures.FAILURES, labels, ("error_type", entry.failed), 1)

    def _add(self, named: Named, labels: Labels, label: tuple[str, str], amount: int) -> None:
        names = self._names[named]
        name = bounded(names, label[1])
        names[name] = name
        key = (named, (*labels, (label[0], name)))
        self._named[key] = self._named.get(key, 0) + amount

    def _time(self, entry: Entry, labels: Labels) -> None:
        self._spread(measures.REQUEST_DURATION, labels, entry.total_ms / 1000)
        if entry.first_byte_ms and entry.verdict != "refused":
            self._spread(measures.FIRST_BYTE, labels, entry.first_byte_ms / 1000)
        if entry.verdict not in ("planned", "bypassed") or not entry.overhead_ms:
            return
        self._spread(measures.OVERHEAD, labels, entry.overhead_ms / 1000)
        for stage, took_ms in entry.stages.items():
            self._spread(measures.STAGE, (*labels, ("stage", stage)), took_ms / 1000)
        if "plan" in entry.stages:
            took_ms = sum(entry.stages.get(stage, 0.0) for stage in PIPELINE_STAGES)
            self._spread(measures.PIPELINE, labels, took_ms / 1000)

    def _ask(self, entry: Entry, model: str) -> None:
        """What the GenAI conventions ask for."""
        labels: Labels = (
            ("gen_ai.operation.name", genai.operation(entry)),
            ("gen_ai.provider.name", genai.provider(entry)),
            ("gen_ai.request.model", model),
        )
        if entry.used and not entry.estimated:
            kind = "gen_ai.token.type"
            self._spread(measures.TOKEN_USAGE, (*labels, (kind, "input")), entry.input)
            self._spread(measures.TOKEN_USAGE, (*labels, (kind, "output")), entry.output)
        error = genai.error_type(entry)
        if entry.streaming and not error and entry.first_byte_ms:
            self._spread(measures.FIRST_TOKEN, labels, entry.first_byte_ms / 1000)
        if error:
            labels = (*labels, ("error.type", error))
        self._spread(measures.SERVER_REQUEST, labels, entry.total_ms / 1000)
        if genai.was_sent(entry):
            provider_ms = max(entry.total_ms - entry.overhead_ms, 0.0)
            self._spread(measures.CLIENT_OPERATION, labels, provider_ms / 1000)

    def _spread(self, histogram: Histogram, labels: Labels, value: float) -> None:
        key = (histogram, labels)
        bins = self._bins.get(key)
        if bins is None:
            bins = self._bins[key] = Bins([0] * (len(histogram.bounds) + 1))
        bins.take(value, histogram.bounds)
