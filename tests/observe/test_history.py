"""What was saved by when."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from headroom.observe import history, periods
from headroom.observe import statistics as summing
from headroom.observe.history import (
    Amount,
    compact,
    count_points,
    in_all,
    points,
    series,
    taken_down,
)
from headroom.observe.periods import DAY_S, HOUR_S, SERIES, Series
from headroom.observe.statistics import Imported, Point, Record, Statistics
from tests.observe.outcomes import NOON, planned, record

DAY = NOON - NOON % DAY_S
OLD = Imported(
    "d1", requests=10, tokens_saved=500, saved=50, input=900, input_cost=70,
    points=((DAY - 90 * DAY_S, 0, 0, 0, 0), (DAY - 80 * DAY_S, 200, 20, 300, 30),
            (DAY - 50 * DAY_S, 450, 45, 800, 60)),
)  # fmt: skip


def traffic(
    count: int, over_s: float, *, imported: tuple[Imported, ...] = (), seed: int = 0
) -> Statistics:
    """So many requests, some of which save nothing, ending at noon of a day."""
    chance, made = random.Random(seed), Statistics()
    for number, one in enumerate(imported, 1):
        made.take(number, Record("zero", 1, imported=one))
    for number in range(1, count + 1):
        saves = chance.random() < 0.7
        outcome = planned(
            at=NOON - over_s + over_s * number / count,
            tokens_after=600 if saves else 1_000,
            model=f"m{number % 3}",
            known_model=f"m{number % 3}",
        )
        made.take(made.position + 1, record(number, outcome))
    return made


ANY = (
    Statistics(),
    traffic(5, 60),
    traffic(900, 40 * HOUR_S),
    traffic(2_000, 70 * DAY_S),
    traffic(1_200, 70 * DAY_S, imported=(OLD,)),
    traffic(0, 1, imported=(OLD,)),
    traffic(3, 60, imported=(Imported("d", requests=3, tokens_saved=7),)),
)


@pytest.mark.parametrize("made", ANY)
def test_the_history_never_falls_and_ends_at_what_was_saved_in_all(made: Statistics) -> None:
    found = points(made)

    for earlier, later in itertools.pairwise(found):
        assert later.at >= earlier.at
        assert Amount.by(later).at_least(Amount.by(earlier)) == Amount.by(later)
    if made.lifetime.last_at:
        assert Amount.by(found[-1]) == in_all(made)
    assert count_points(made) == len(found)


@pytest.mark.parametrize("made", ANY)
@pytest.mark.parametrize("name", SERIES)
def test_each_series_adds_up_and_ends_at_what_was_saved_in_all(
    made: Statistics, name: Series
) -> None:
    told = series(made, name)

    for earlier, later in itertools.pairwise(told):
        assert later["timestamp"] > earlier["timestamp"]
        assert later["total_tokens_saved"] == earlier["total_tokens_saved"] + later["tokens_saved"]
        assert later["total_input_tokens"] >= earlier["total_input_tokens"]
    if told:
        assert told[-1]["total_tokens_saved"] == in_all(made).saved_tokens
        assert told[-1]["total_input_tokens"] == in_all(made).input


def test_of_what_is_long_ago_the_days_are_known_then_the_hours_then_each_request() -> None:
    made = traffic(3_000, 100 * DAY_S)
    dense = made.points[0].at
    known_from = min(made.periods.hours)
    at = [point.at for point in points(made)]

    assert all(when % DAY_S == 0 for when in at if when <= known_from)
    assert all(when % HOUR_S == 0 for when in at if known_from < when < dense)
    assert len([when for when in at if when >= dense]) >= summing.MOST_POINTS


def test_what_older_days_came_to_stays_in_the_totals_when_the_days_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(periods, "MOST_DAYS", 10)
    monkeypatch.setattr(periods, "MOST_BOOKS", 4)
    made = traffic(400, 40 * DAY_S)
    told = series(made, "daily")

    assert len(told) == 10
    assert told[0]["total_tokens_saved"] > told[0]["tokens_saved"]
    assert told[-1]["total_tokens_saved"] == in_all(made).saved_tokens


def test_older_histories_stand_before_ours_day_by_day() -> None:
    told = {one["timestamp"]: one for one in series(traffic(5, 60, imported=(OLD,)), "daily")}

    assert [one["tokens_saved"] for one in told.values()][:2] == [200, 300]
    assert [one["requests"] for one in told.values()][:2] == [0, 0]
    assert [one.saved_tokens for one in points(traffic(5, 60, imported=(OLD,)))][:3] == [
        0,
        200,
        500,
    ]


def test_several_older_histories_are_added_up() -> None:
    other = Imported("d2", tokens_saved=40, points=((DAY - 60 * DAY_S, 40, 0, 0, 0),))
    made = traffic(5, 60, imported=(OLD, other))

    assert [one.saved_tokens for one in made.older] == [0, 200, 240, 490]
    assert in_all(made).saved_tokens == 540 + made.lifetime.sums.of("tokens_saved")


def test_weeks_begin_on_mondays_and_months_on_the_first() -> None:
    made = traffic(500, 70 * DAY_S)

    assert {one["timestamp"][11:] for one in series(made, "weekly")} == {"00:00:00Z"}
    # 2026-09-21 is a Monday.
    assert series(made, "weekly")[-1]["timestamp"] == "2026-09-21T00:00:00Z"
    assert series(made, "monthly")[-1]["timestamp"] == "2026-09-01T00:00:00Z"


def test_a_bucket_tells_before_and_after_caches_and_net_and_by_whom() -> None:
    told = series(traffic(1, 60, seed=5), "daily")[0]

    assert told["tokens_before"] - told["tokens_after"] == told["tokens_saved"]
    assert (told["cache_read_tokens"], told["cache_write_5m_tokens"]) == (400, 200)
    assert told["net"]["saved_usd"] == 0.003
    assert told["by_provider"]["anthropic"]["requests"] == 1
    assert list(told["by_model"]) == ["m1"]
    assert "by_model" not in series(traffic(1, 60), "hourly")[0]


def point(at: float, saved: int) -> Point:
    return Point(at, saved, 0, 0, 0)


def test_a_compact_history_has_all_of_the_newest_and_every_so_many_of_the_others() -> None:
    many = [point(float(number), number) for number in range(5_000)]
    told = compact(many)

    assert len(told) == history.MOST_RETURNED
    assert told[-100:] == many[-100:]
    assert told[0] == many[0]
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(told[:-100])]
    assert max(gaps) - min(gaps) <= 1


def test_of_several_points_in_one_second_the_last_stays() -> None:
    assert compact([point(1.2, 1), point(1.9, 2), point(2.0, 3)]) == [point(1.9, 2), point(2.0, 3)]
    assert compact([]) == []


def test_what_is_taken_down_stays_as_it_is() -> None:
    made = traffic(300, 3 * DAY_S)
    taken = taken_down(made)
    before: list[Any] = [points(taken), [series(taken, name) for name in SERIES]]
    for number in range(301, 320):
        made.take(made.position + 1, record(number, planned(at=NOON + number)))

    assert [points(taken), [series(taken, name) for name in SERIES]] == before
    assert points(made) != before[0]
