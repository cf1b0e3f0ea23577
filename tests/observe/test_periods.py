"""Sums by hour and by day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headroom.observe.entry import OTHER, entry_of
from headroom.observe.periods import (
    DAY_S,
    MOST_BOOKS,
    MOST_DAYS,
    MOST_HOURS,
    Periods,
    Series,
    begin_of,
)
from headroom.observe.tally import Tally, amounts_of
from tests.observe.outcomes import NOON, planned


def periods_of(*times: datetime, model: str = "claude") -> Periods:
    periods = Periods()
    for time in times:
        entry = entry_of(planned(at=time.timestamp(), known_model=model))
        periods.take(entry, amounts_of(entry))
    return periods


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("series", "begins"),
    [
        ("hourly", [at(11, 29, 23), at(11, 30, 0), at(12, 1, 5)]),
        ("daily", [at(11, 29), at(11, 30), at(12, 1)]),
        # The 30th of November 2026 is a Monday.
        ("weekly", [at(11, 23), at(11, 30)]),
        ("monthly", [at(11, 1), at(12, 1)]),
    ],
)
def test_periods_begin_in_utc_and_weeks_on_mondays(series: Series, begins: list[datetime]) -> None:
    periods = periods_of(at(11, 29, 23, 59), at(11, 30, 0, 0), at(12, 1, 5, 30))

    found = list(periods.series(series))

    assert [begin for begin, _ in found] == begins
    assert sum(Tally(day.tally).of("requests") for _, day in found) == 3


def test_days_tell_of_providers_and_models() -> None:
    _, day = next(iter(periods_of(at(11, 1), at(11, 1, 9)).series("monthly")))

    assert Tally(day.models["claude"]).of("input") == 1_400
    assert list(day.providers) == ["anthropic"]
    _, unknown = next(iter(periods_of(at(11, 1), model="").series("daily")))
    assert list(unknown.models) == [OTHER]


def test_a_request_that_ended_late_counts_where_it_ended() -> None:
    periods = periods_of(at(11, 30, 10), at(11, 30, 9))

    assert [begin for begin, _ in periods.series("hourly")] == [at(11, 30, 9), at(11, 30, 10)]


def test_what_leaves_for_want_of_room_stays_in_the_sum() -> None:
    periods = Periods()
    for number in range(MOST_DAYS + 30):
        entry = entry_of(planned(at=number * 86_400.0 + 5))
        periods.take(entry, amounts_of(entry))

    assert (len(periods.days), len(periods.hours)) == (MOST_DAYS, MOST_DAYS + 30)
    kept = sum(Tally(day.tally).of("requests") for _, day in periods.series("daily"))
    assert kept + Tally(periods.before).of("requests") == MOST_DAYS + 30


def test_so_many_hours_are_kept() -> None:
    periods = Periods()
    for number in range(MOST_HOURS + 5):
        entry = entry_of(planned(at=number * 3_600.0))
        periods.take(entry, amounts_of(entry))

    assert (len(periods.hours), min(periods.hours)) == (MOST_HOURS, 5 * 3_600)


def test_a_day_is_found_by_any_time_of_it() -> None:
    periods = periods_of(at(11, 30, 10))

    assert periods.of_day(at(11, 30, 23).timestamp()).of("requests") == 1
    assert periods.of_day(at(12, 1).timestamp()).of("requests") == 0


def test_a_week_may_begin_in_another_year() -> None:
    assert begin_of("weekly", at(1, 1, 7)) == datetime(2025, 12, 29, tzinfo=UTC)


def test_the_last_days_are_kept_in_full() -> None:
    periods = Periods()
    for day in range(MOST_BOOKS + 3):
        entry = entry_of(planned(at=NOON + day * DAY_S))
        periods.take(entry, amounts_of(entry))

    assert len(periods.books) == MOST_BOOKS
    assert len(periods.days) == MOST_BOOKS + 3
    assert max(periods.books) == max(periods.days)
    assert {book.sums.of("requests") for book in periods.books.values()} == {1}
