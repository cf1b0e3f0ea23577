"""What the savings file holds, and what of one that is found counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.observe.history import in_all, points
from headroom.observe.savings_document import NewerSchema, brought, is_behind, read, written
from headroom.observe.savings_view import lifetime
from headroom.observe.statistics import Imported, Record, Statistics
from tests.observe.outcomes import NOON, planned, record

LIFETIME = {
    "requests": 13,
    "tokens_saved": 12_000,
    "compression_savings_usd": 0.036,
    "total_input_tokens": 49_325,
    "total_input_cost_usd": 0.243133,
}
"""As 0.5.21 writes it, and the members of a point of its history."""

POINT = (
    "total_tokens_saved",
    "compression_savings_usd",
    "total_input_tokens",
    "total_input_cost_usd",
)


def original(**changed: Any) -> bytes:
    """A file as the original writes it."""
    history = [
        {
            "timestamp": "2026-09-10T08:00:00Z",
            **dict(zip(POINT, (500, 0.0015, 900, 0.01), strict=True)),
        },
        {
            "timestamp": "2026-09-10T18:00:00Z",
            **dict(zip(POINT, (900, 0.0027, 1_900, 0.02), strict=True)),
        },
        {
            "timestamp": "2026-09-12T18:00:00Z",
            **dict(zip(POINT, (12_000, 0.036, 40_000, 0.2), strict=True)),
        },
    ]
    told = {"schema_version": 2, "lifetime": LIFETIME, "display_session": {}, "history": history}
    return json.dumps({**told, **changed}).encode()


def of(count: int, *, process: str = "one") -> Statistics:
    statistics = Statistics()
    for number in range(1, count + 1):
        statistics.take(number, record(number, planned(at=NOON + number), process=process))
    return statistics


def with_it(statistics: Statistics, imported: Imported | None) -> Statistics:
    assert imported is not None
    statistics.take(statistics.position + 1, Record("one", 1, imported=imported))
    return statistics


def found(content: bytes, statistics: Statistics) -> Imported | None:
    return brought(read(content), content, statistics, now=NOON)


def test_it_has_the_shape_of_the_original_s_and_says_who_wrote_it() -> None:
    statistics = of(3)
    told = json.loads(written(statistics, version="9.9"))

    assert list(told) == [
        *("schema_version", "lifetime", "display_session", "history"),
        *("written_by", "journal"),
    ]
    assert told["schema_version"] == 2
    assert told["lifetime"] == lifetime(statistics)
    assert [one["total_tokens_saved"] for one in told["history"]] == [400, 800, 1_200]
    assert told["written_by"] == "headroom 9.9"
    assert told["journal"] == "one"


def test_a_file_of_the_original_s_counts_whole_and_once() -> None:
    statistics = with_it(of(2), found(original(), of(2)))

    assert lifetime(statistics)["requests"] == 15
    assert lifetime(statistics)["tokens_saved"] == 12_800
    assert lifetime(statistics)["compression_savings_usd"] == 0.042
    assert found(original(), statistics) is None
    before = in_all(statistics)
    assert in_all(with_it(statistics, found(original(), of(2)))) == before


def test_its_history_is_kept_day_by_day_from_zero_on() -> None:
    imported = found(original(), Statistics())

    assert imported is not None
    assert [point[1] for point in imported.points] == [0, 900, 12_000]
    long_ago = json.loads(original())
    long_ago["history"][0]["timestamp"] = "2025-01-01T00:00:00Z"
    older = found(json.dumps(long_ago).encode(), Statistics())
    assert older is not None
    assert [point[1] for point in older.points] == [500, 900, 12_000]


def test_a_file_that_the_original_went_on_with_counts_for_what_it_has_more() -> None:
    statistics = of(3)
    ours = json.loads(written(statistics, version="9.9"))
    del ours["written_by"], ours["journal"]
    ours["lifetime"]["requests"] += 5
    ours["lifetime"]["tokens_saved"] += 70

    more = found(json.dumps(ours).encode(), statistics)

    assert more is not None
    assert (more.requests, more.tokens_saved, more.input, more.points) == (5, 70, 0, ())


@pytest.mark.parametrize("history", [True, False])
def test_a_file_that_was_only_written_again_by_somebody_else_counts_for_nothing(
    history: bool,
) -> None:
    statistics = of(3)
    ours = json.loads(written(statistics, version="9.9"))
    del ours["written_by"], ours["journal"]
    if not history:
        ours["history"] = []

    assert found(json.dumps(ours).encode(), statistics) is None


def test_our_own_file_counts_for_nothing_where_its_journal_is_still_there() -> None:
    statistics = of(3)
    content = written(statistics, version="9.9")

    assert found(content, statistics) is None
    assert found(content, of(5)) is None


def test_our_own_file_counts_whole_where_the_journal_was_begun_anew() -> None:
    content = written(of(3), version="9.9")
    anew = with_it(Statistics(), found(content, Statistics()))

    assert lifetime(anew)["requests"] == 3
    assert lifetime(anew)["tokens_saved"] == 1_200
    assert is_behind(read(content), anew)
    other = of(2, process="two")
    assert lifetime(with_it(other, found(content, other)))["requests"] == 5


def test_where_the_journal_lost_its_end_the_file_counts_for_what_it_has_more() -> None:
    content = written(of(5), version="9.9")
    restored = with_it(of(3), found(content, of(3)))

    assert lifetime(restored)["requests"] == 5
    assert lifetime(restored)["tokens_saved"] == 2_000


def test_where_the_journal_s_beginning_was_never_summed_up_nothing_counts_twice() -> None:
    content = written(of(5), version="9.9")
    late = Statistics()
    for number in (4, 5):
        late.take(number, record(number, planned(at=NOON + number), process="two"))
    late = with_it(late, found(content, late))

    assert lifetime(late)["requests"] == 5
    assert lifetime(late)["tokens_saved"] == 2_000


def test_an_empty_file_of_the_original_s_counts_for_nothing() -> None:
    empty = original(lifetime=dict.fromkeys(LIFETIME, 0), history=[])

    assert found(empty, Statistics()) is None


def test_an_older_schema_is_read_as_far_as_it_goes() -> None:
    old = json.dumps({"lifetime": {"tokens_saved": 7}}).encode()

    assert read(old).schema_version == 1
    assert read(old).lifetime.tokens_saved == 7


def test_a_newer_schema_is_not_read() -> None:
    with pytest.raises(NewerSchema, match="3"):
        read(json.dumps({"schema_version": 3, "lifetime": "elsewhere"}).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        original()[:-20],
        original(lifetime={"requests": -1}),
        original(lifetime={"requests": 1e300}),
        original(lifetime={"tokens_saved": "many"}),
        original(history=[{"timestamp": "yesterday"}]),
        original(history={"a": 1}),
        json.dumps({"schema_version": 2}).encode(),
    ],
)
def test_G3_what_cannot_be_read_is_said_to_be_so(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(content)


def test_times_of_the_future_and_histories_that_fall_do_no_harm() -> None:
    odd = json.loads(original())
    odd["history"][1]["total_tokens_saved"] = 100
    odd["history"].append({"timestamp": "2226-01-01T00:00:00Z", "total_tokens_saved": 9})
    odd["history"].append({"timestamp": "2026-09-12T19:00:00", "total_tokens_saved": 1})
    imported = found(json.dumps(odd).encode(), Statistics())

    assert imported is not None
    assert [point[1] for point in imported.points] == [0, 500, 12_000]
    assert [one.saved_tokens for one in points(with_it(Statistics(), imported))] == [0, 500, 12_000]
