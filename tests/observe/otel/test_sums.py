"""Sums of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from headroom.observe.book import MOST_NAMES
from headroom.observe.entry import Entry
from headroom.observe.otel import measures
from headroom.observe.otel.measures import COUNTERS
from headroom.observe.otel.sums import Labels, Series, Sums
from headroom.observe.tally import Tally, amounts_of
from tests.observe.otel.made import PLANNED, entry

LABELS: Labels = (("provider", "anthropic"), ("model", "claude-sonnet-4-5"), ("cached", False))


def taken(*entries: Entry) -> Sums:
    sums = Sums()
    for one in entries:
        sums.take(one)
    return sums


def counted(sums: Sums, name: str) -> Series:
    return sums.counted([counter for counter in COUNTERS if counter.name == name])


def test_they_are_the_measures_that_all_other_numbers_come_from() -> None:
    expected = Tally()
    expected.take(amounts_of(PLANNED))
    expected.take(amounts_of(PLANNED))

    sums = taken(PLANNED, PLANNED)

    for counter in COUNTERS:
        amount = sum(map(expected.of, counter.measures)) / counter.divisor
        label = (counter.label,) if counter.label else ()
        assert sums.counted([counter]) == ([((*LABELS, *label), amount)] if amount else [])


def test_it_is_told_whose_series_a_request_is_in() -> None:
    assert Sums().take(PLANNED) == LABELS


def test_writes_to_the_cache_are_told_by_how_long_they_stay() -> None:
    found = counted(taken(PLANNED), "headroom.proxy.cache.write_ttl_tokens")

    assert found == [((*LABELS, ("ttl", "5m")), 100), ((*LABELS, ("ttl", "1h")), 50)]


def test_a_stored_reply_is_told_as_cached() -> None:
    ((labels, amount),) = counted(taken(entry(verdict="cached")), "headroom.proxy.requests")

    assert (labels, amount) == ((*LABELS[:2], ("cached", True)), 1)


def test_estimated_usage_is_apart() -> None:
    sums = taken(entry(estimated=True))

    assert counted(sums, "headroom.proxy.tokens.input") == []
    assert counted(sums, "headroom.proxy.estimated.tokens.input") == [(LABELS, 1_000)]


def test_transforms_waste_and_failures_are_told_by_name() -> None:
    sums = taken(entry(failed="no plan within 5 s"))

    assert dict(sums.named(measures.TRANSFORMS)) == {
        (*LABELS, ("transform", "router:log")): 1,
        (*LABELS, ("transform", "repeat")): 1,
    }
    assert sums.named(measures.WASTE) == [((*LABELS, ("signal", "json_bloat")), 600)]
    failure = (*LABELS, ("operation", "compress"), ("error_type", "late"))
    assert sums.named(measures.FAILURES) == [(failure, 1)]


def test_S4_models_that_nobody_knows_are_other_and_known_ones_are_no_more_than_so_many() -> None:
    def many() -> Iterator[Entry]:
        yield entry(model="made-up", known_model="")
        for number in range(MOST_NAMES + 50):
            yield entry(known_model=f"model-{number}", transforms=(f"t-{number}-x",))

    sums = taken(*many())

    requests = counted(sums, "headroom.proxy.requests")
    models = {dict(labels)["model"] for labels, _ in requests}
    assert "other" in models and "made-up" not in models
    assert len(models) <= MOST_NAMES + 1
    names = {dict(labels)["transform"] for labels, _ in sums.named(measures.TRANSFORMS)}
    assert len(names) <= MOST_NAMES + 1
    assert sum(amount for _, amount in requests) == MOST_NAMES + 51


def test_they_can_be_looked_at_while_they_grow() -> None:
    sums = Sums()
    ended = threading.Event()

    def take() -> None:
        for number in range(2_000):
            sums.take(entry(known_model=f"model-{number}", transforms=(f"t-{number}-x",)))
        ended.set()

    thread = threading.Thread(target=take)
    thread.start()
    last = 0.0
    while not ended.is_set():
        now = sum(amount for _, amount in counted(sums, "headroom.proxy.requests"))
        assert now >= last
        last = now
        assert sum(amount for _, amount in sums.named(measures.TRANSFORMS)) >= last
    thread.join()
    assert sum(amount for _, amount in counted(sums, "headroom.proxy.requests")) == 2_000
