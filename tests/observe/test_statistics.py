"""What the journal's records come to."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.observe.statistics import (
    MOST_POINTS,
    MOST_PROCESSES,
    SESSION_ENDS_S,
    Imported,
    Point,
    Record,
    Statistics,
    packed,
    unpacked,
)
from tests.observe.outcomes import NOON, PLANNED, planned, record


def test_records_are_added_up_in_their_order() -> None:
    statistics = Statistics()

    statistics.take(1, record(1, PLANNED, planned(request_id="hr_2")))
    new = statistics.take(2, record(1, PLANNED, process="two"))

    assert [entry.id for entry in new] == ["hr_1"]
    assert statistics.position == 2
    assert statistics.lifetime.sums.of("requests") == 3
    assert statistics.session.sums.of("input") == 2_100


def test_what_was_written_twice_counts_once() -> None:
    statistics = Statistics()
    two, three = planned(request_id="hr_2"), planned(request_id="hr_3")

    statistics.take(1, record(1, PLANNED, two))
    # Nobody knew whether that was written, and one more had ended by then.
    new = statistics.take(2, record(1, PLANNED, two, three))

    assert [entry.id for entry in new] == ["hr_3"]
    assert statistics.lifetime.sums.of("requests") == 3
    assert statistics.take(3, record(2, two)) == ()


def test_requests_that_were_never_written_are_missed() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, PLANNED))

    # Three more ended while nothing could be written, and there was room for one.
    statistics.take(2, record(4, planned(request_id="hr_4")))
    statistics.take(3, record(4, planned(request_id="hr_4"), planned(request_id="hr_5")))
    # Of another process this is the first that is known.
    statistics.take(4, record(7, PLANNED, process="two"))

    assert statistics.lost == 2
    assert statistics.lifetime.sums.of("requests") == 4


def test_a_session_ends_where_nothing_was_asked_for_an_hour() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, PLANNED))
    statistics.take(2, record(2, planned(at=NOON + SESSION_ENDS_S)))
    assert statistics.session.sums.of("requests") == 2

    statistics.take(3, record(3, planned(at=NOON + 2 * SESSION_ENDS_S + 1)))

    assert statistics.session.sums.of("requests") == 1
    assert statistics.lifetime.sums.of("requests") == 3


def test_M7_a_clock_that_was_wrong_for_a_while_keeps_no_session_open() -> None:
    statistics = Statistics()
    late = 40 * 86_400.0
    statistics.take(1, record(1, planned(at=NOON + late)))
    statistics.take(2, record(2, planned(at=NOON)))
    assert statistics.session.sums.of("requests") == 2

    statistics.take(3, record(3, planned(at=NOON + SESSION_ENDS_S + 1)))

    assert statistics.session.sums.of("requests") == 1


def test_each_request_that_saved_makes_a_point_of_the_history() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, PLANNED, planned(tokens_after=1_000), planned(at=NOON + 1)))

    assert statistics.points == [
        Point(NOON, 400, 3_000_000, 700, 3_000_000),
        Point(NOON + 1, 800, 9_000_000, 2_100, 9_000_000),
    ]


def test_points_and_processes_are_bounded() -> None:
    statistics = Statistics()
    for number in range(1, MOST_POINTS + 100):
        statistics.take(number, record(1, PLANNED, process=f"process {number}"))

    assert len(statistics.points) == MOST_POINTS
    assert len(statistics.processes) == MOST_PROCESSES


def test_an_older_history_counts_once() -> None:
    statistics = Statistics()
    old = Imported("abc", 10, 5_000, 2_000, 90_000, 3_000, ((NOON - 9, 5_000, 2_000, 9, 3),))

    statistics.take(1, Record("one", 1, imported=old))
    statistics.take(2, Record("two", 1, imported=old))
    statistics.take(3, record(1, PLANNED, process="three"))

    assert [one.tokens_saved for one in statistics.imported] == [5_000]
    assert statistics.older == [Point(NOON - 9, 5_000, 2_000, 9, 3)]
    assert statistics.points == [Point(NOON, 5_400, 3_002_000, 90_700, 3_003_000)]
    assert statistics.lifetime.sums.of("requests") == 1


def test_it_is_kept_as_it_is_and_goes_on_from_there() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, PLANNED, planned(cost=None, known_model="")))

    kept = unpacked(packed(statistics))

    assert kept == statistics
    for one in (kept, statistics):
        one.take(2, record(3, planned(at=NOON + 5)))
    assert kept == statistics


@pytest.mark.parametrize("damaged", [b"", b"junk", packed(Statistics())[:-3]])
def test_G3_what_cannot_be_read_is_said_so(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        unpacked(damaged)


@settings(deadline=None)
@given(st.lists(st.integers(1, 20), max_size=20), st.integers(0, 200))
def test_M6_whoever_goes_on_from_kept_sums_knows_the_same(sizes: list[int], cut: int) -> None:
    records = []
    first = 1
    for size in sizes:
        each = (planned(request_id=f"hr_{first + i}", at=NOON + first + i) for i in range(size))
        records.append(record(first, *each, process=f"process {size % 3}"))
        first += size
    whole, part = Statistics(), Statistics()
    for number, one in enumerate(records, 1):
        whole.take(number, one)
    for number, one in enumerate(records[:cut], 1):
        part.take(number, one)
    part = unpacked(packed(part))
    for number, one in list(enumerate(records, 1))[cut:]:
        part.take(number, one)

    assert part == whole
    assert whole.lifetime.sums.of("cost") == sum(sizes) * int(Decimal("0.004") * 10**9)
