"""Sums of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from headroom.observe.book import MOST_NAMES
from headroom.observe.otel import measures
from headroom.observe.otel.sums import Bins, Labels, Snapshot, Sums
from headroom.observe.tally import Tally, amounts_of
from tests.observe.otel.made import PLANNED, entry

LABELS: Labels = (("provider", "anthropic"), ("model", "claude-sonnet-4-5"), ("cached", False))
GENAI: Labels = (
    ("gen_ai.operation.name", "chat"),
    ("gen_ai.provider.name", "anthropic"),
    ("gen_ai.request.model", "claude-sonnet-4-5"),
)


def taken(*entries: object) -> Snapshot:
    sums = Sums()
    for one in entries:
        sums.take(one)  # type: ignore[arg-type]  # entries, told so for short
    return sums.snapshot()


def values(snapshot: Snapshot, histogram: measures.Histogram) -> dict[Labels, float]:
    return {labels: bins.sum for (of, labels), bins in snapshot.bins.items() if of is histogram}


def test_they_are_the_measures_that_all_other_numbers_come_from() -> None:
    expected = Tally()
    expected.take(amounts_of(PLANNED))
    expected.take(amounts_of(PLANNED))

    snapshot = taken(PLANNED, PLANNED)

    assert snapshot.tallies == {LABELS: expected}


def test_durations_are_told_in_seconds() -> None:
    snapshot = taken(PLANNED)

    assert values(snapshot, measures.REQUEST_DURATION) == {LABELS: 0.1}
    assert values(snapshot, measures.OVERHEAD) == {LABELS: 0.003}
    assert values(snapshot, measures.FIRST_BYTE) == {LABELS: 0.04}
    assert values(snapshot, measures.PIPELINE) == {LABELS: pytest.approx(0.002)}
    assert values(snapshot, measures.STAGE)[*LABELS, ("stage", "plan")] == 0.001


def test_the_conventions_token_usage_includes_what_was_read_from_a_cache() -> None:
    usage = values(taken(PLANNED), measures.TOKEN_USAGE)

    kind = "gen_ai.token.type"
    assert usage == {(*GENAI, (kind, "input")): 1_000, (*GENAI, (kind, "output")): 20}


def test_what_the_provider_took_is_told_apart_from_what_the_caller_waited_for() -> None:
    snapshot = taken(PLANNED)

    assert values(snapshot, measures.SERVER_REQUEST) == {GENAI: 0.1}
    assert values(snapshot, measures.CLIENT_OPERATION) == {GENAI: pytest.approx(0.097)}
    assert values(snapshot, measures.FIRST_TOKEN) == {GENAI: 0.04}


def test_errors_have_a_type_and_no_first_token() -> None:
    snapshot = taken(entry(status=529))

    assert list(values(snapshot, measures.SERVER_REQUEST)) == [(*GENAI, ("error.type", "529"))]
    assert not values(snapshot, measures.FIRST_TOKEN)


def test_a_stored_reply_is_told_as_cached_and_took_no_provider() -> None:
    snapshot = taken(entry(verdict="cached", used=False))

    assert list(snapshot.tallies) == [(*LABELS[:2], ("cached", True))]
    assert not values(snapshot, measures.CLIENT_OPERATION)
    assert not values(snapshot, measures.TOKEN_USAGE)


def test_estimated_usage_is_apart() -> None:
    snapshot = taken(entry(estimated=True))

    (tally,) = snapshot.tallies.values()
    assert (tally.of("input"), tally.of("estimated_input")) == (0, 1_000)
    assert not values(snapshot, measures.TOKEN_USAGE)


def test_transforms_waste_and_failures_are_told_by_name() -> None:
    snapshot = taken(entry(failed="late"))

    assert snapshot.named == {
        (measures.TRANSFORMS, (*LABELS, ("transform", "router:log"))): 1,
        (measures.TRANSFORMS, (*LABELS, ("transform", "repeat"))): 1,
        (measures.WASTE, (*LABELS, ("signal", "json_bloat"))): 600,
        (measures.FAILURES, (*LABELS, ("operation", "compress"), ("error_type", "late"))): 1,
    }


def test_S4_models_that_nobody_knows_are_other_and_known_ones_are_no_more_than_so_many() -> None:
    def many() -> Iterator[object]:
        yield entry(model="made-up", known_model="")
        for number in range(MOST_NAMES + 50):
            yield entry(known_model=f"model-{number}", transforms=(f"t-{number}-x",))

    snapshot = taken(*many())

    models = {dict(labels)["model"] for labels in snapshot.tallies}
    assert "other" in models and "made-up" not in models
    assert len(models) <= MOST_NAMES + 1
    named = {dict(labels)["transform"] for of, labels in snapshot.named if "transform" in of.labels}
    assert len(named) <= MOST_NAMES + 1
    total = sum(tally.of("requests") for tally in snapshot.tallies.values())
    assert total == MOST_NAMES + 51


def test_a_snapshot_does_not_change_any_more() -> None:
    sums = Sums()
    sums.take(PLANNED)
    before = sums.snapshot()

    sums.take(PLANNED)

    assert before.tallies[LABELS].of("requests") == 1
    assert before.bins[measures.OVERHEAD, LABELS].count == 1


def test_each_request_is_in_all_sums_of_a_snapshot_or_in_none() -> None:
    sums = Sums()
    ended = threading.Event()

    def take() -> None:
        for _ in range(2_000):
            sums.take(PLANNED)
        ended.set()

    thread = threading.Thread(target=take)
    thread.start()
    while not ended.is_set():
        snapshot = sums.snapshot()
        for labels, tally in snapshot.tallies.items():
            assert tally.of("input") == 1_000 * tally.of("requests")
            assert snapshot.bins[measures.OVERHEAD, labels].count == tally.of("requests")
    thread.join()


def test_a_value_that_equals_a_bound_lies_below_it() -> None:
    bins = Bins([0, 0, 0])

    for value in (1.0, 1.5, 2.0, 9.0):
        bins.take(value, (1.0, 2.0))

    assert (bins.counts, bins.count) == ([1, 2, 1], 4)
    assert (bins.sum, bins.least, bins.most) == (13.5, 1.0, 9.0)
