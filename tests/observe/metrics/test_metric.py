"""What metrics are read from, and the shapes in which they are declared."""

from __future__ import annotations

from headroom.observe.metrics.metric import (
    Sums,
    by_model,
    by_provider,
    counter,
    dollars,
    labelled,
    split,
    spread_with_ends,
    spreads_with_most,
)
from headroom.observe.statistics import Imported, Record, Statistics
from tests.observe.metrics.scraped import sums_of
from tests.observe.outcomes import PLANNED, planned, record


def test_sums_hold_older_histories_apart() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, PLANNED))
    older = Imported("ab", requests=10, tokens_saved=1_000, saved=5, input=99, input_cost=7)
    statistics.take(2, Record("two", 1, imported=older))

    sums = Sums.of(statistics)

    assert (sums.tally.of("requests"), sums.requests) == (1, 11)
    assert sums.point.saved_tokens == 1_400
    assert sums.point.input == 799
    assert sums.records == 2


def test_a_measure_is_a_counter() -> None:
    sums = sums_of(PLANNED, PLANNED)

    assert [*counter("a_total", "input", "A.").read(sums)] == [((), 1_400)]
    assert [*dollars("a_total", "cost", "A.").read(sums)] == [((), 0.008)]


def test_measures_are_told_apart_by_a_label() -> None:
    metric = split("a_total", "ttl", {"5m": "written_5m", "1h": "written_1h"}, "A.")

    assert metric.labels == ("ttl",)
    assert [*metric.read(sums_of(PLANNED))] == [(("5m",), 200), (("1h",), 0)]


def test_providers_and_models_are_told_by_their_names() -> None:
    sums = sums_of(PLANNED, planned(provider="openai", known_model=""))

    of_providers = by_provider("a_total", lambda tally: tally.of("input"), "A.")
    of_models = by_model("a_total", lambda tally: tally.of("input"), "A.")

    assert [*of_providers.read(sums)] == [(("anthropic",), 700), (("openai",), 700)]
    assert [*of_models.read(sums)] == [(("claude-opus-4-7",), 700), (("other",), 700)]


def test_a_spread_is_a_histogram_with_its_ends_beside_it() -> None:
    sums = sums_of(PLANNED, planned(total_ms=100.0))

    whole, least, most = spread_with_ends("a_ms", lambda book: book.total, "A.")
    several, largest = spreads_with_most("b_ms", "stage", lambda book: book.stages, "B.")

    assert [one.name for one in (whole, least, most)] == ["a_ms", "a_ms_min", "a_ms_max"]
    assert [*whole.read(sums)] == [((), sums.book.total)]
    assert ([*least.read(sums)], [*most.read(sums)]) == ([((), 100.0)], [((), 900.0)])
    assert dict(several.read(sums)).keys() == {("plan",), ("keep",)}
    assert dict(largest.read(sums)) == {("plan",): 1.0, ("keep",): 0.5}


def test_S4_a_label_is_short_and_of_one_line() -> None:
    assert labelled('a"\n\\b' + "x" * 99) == 'a"?\\b' + "x" * 59
