"""What had been saved by when, and what was saved in each hour, day, week and month.

The points of the history are those of days at first, of hours then, and at the end one for each
request that saved tokens.  Older histories that were brought stand before, and count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from headroom.observe.book import Book, named
from headroom.observe.periods import DAY_S, HOUR_S, Day, Periods, Series, begin_of
from headroom.observe.shown import dollars, net, second
from headroom.observe.statistics import Point, Statistics
from headroom.observe.tally import INDEX, Tally

MOST_RETURNED = 300
"""Points of the compact history."""
LEAST_DENSE = 50
CHANGING_HOURS, CHANGING_DAYS = 48, 3

NET_OF_A_PERIOD = ("actual_usd", "counterfactual_usd", "saved_usd", "lost_usd", "busts_of_ours")


def taken_down(statistics: Statistics) -> Statistics:
    """What is told here of it, as it is now: the statistics themselves go on changing."""
    return Statistics(
        position=statistics.position,
        lifetime=_without_names(statistics.lifetime),
        session=_without_names(statistics.session),
        periods=_copied(statistics.periods),
        points=[*statistics.points],
        imported=[*statistics.imported],
        older=[*statistics.older],
        origin=statistics.origin,
        begins=statistics.begins,
    )


def _without_names(book: Book) -> Book:
    return Book(tally=[*book.tally], first_at=book.first_at, last_at=book.last_at)


def _copied(periods: Periods) -> Periods:
    """The last days and hours are those that still change."""
    hours, days = dict(periods.hours), periods.days
    hours.update((hour, [*hours[hour]]) for hour in sorted(hours)[-CHANGING_HOURS:])
    days.update((day, _copied_day(days[day])) for day in sorted(days)[-CHANGING_DAYS:])
    return Periods(hours, days, [*periods.before])


def _copied_day(one: Day) -> Day:
    providers = {name: [*numbers] for name, numbers in one.providers.items()}
    models = {name: [*numbers] for name, numbers in one.models.items()}
    return Day([*one.tally], providers, models)


@dataclass(frozen=True, slots=True)
class Amount:
    """What was saved in some time, and what the prompts were; dollars in billionths."""

    saved_tokens: int = 0
    saved: int = 0
    input: int = 0
    input_cost: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.saved_tokens + other.saved_tokens,
            self.saved + other.saved,
            self.input + other.input,
            self.input_cost + other.input_cost,
        )

    def less(self, other: Amount) -> Amount:
        """What is more here than there; never below zero."""
        return Amount(
            max(self.saved_tokens - other.saved_tokens, 0),
            max(self.saved - other.saved, 0),
            max(self.input - other.input, 0),
            max(self.input_cost - other.input_cost, 0),
        )

    def at_least(self, other: Amount) -> Amount:
        """The larger of each."""
        return self + other.less(self)

    def at(self, when: float) -> Point:
        """What had come together by then."""
        return Point(when, self.saved_tokens, self.saved, self.input, self.input_cost)

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Amount:
        """That of a tally."""
        return cls(*(numbers[place] for place in OF_TALLY)) if numbers else cls()

    @classmethod
    def by(cls, point: Point) -> Amount:
        """That of a point."""
        return cls(point.saved_tokens, point.saved, point.input, point.input_cost)


OF_TALLY = tuple(INDEX[name] for name in ("tokens_saved", "gained", "input", "input_cost"))


def in_all(statistics: Statistics) -> Amount:
    """All that was ever counted here, older histories included."""
    return Amount.by(statistics.now(0.0))


def points(statistics: Statistics) -> list[Point]:
    """All points of the history, the oldest first; none is less than one before it."""
    old, ours = _brought(statistics), list(_by_periods(statistics))
    made = [(_by(old, when) + _by(ours, when)).at(when) for when in _times(statistics)]
    return list(_rising([*made, *statistics.points, *_last(statistics)]))


def count_points(statistics: Statistics) -> int:
    """How many those are."""
    return len(_times(statistics)) + len(statistics.points) + len(_last(statistics))


def _times(statistics: Statistics) -> list[float]:
    """When older histories, days and hours told something, before the first request that does."""
    dense, ends = statistics.points, statistics.lifetime.last_at
    before = dense[0].at if dense else float("inf")
    hours, days = statistics.periods.hours, statistics.periods.days
    known_from = min(hours, default=0.0)
    found = {float(hour + HOUR_S) for hour in hours if hour + HOUR_S <= ends}
    found.update(float(day + DAY_S) for day in days if day + DAY_S <= known_from)
    # An older history may have totals, and no points.
    found.update(one.at for one in _brought(statistics) if one.at)
    return sorted(when for when in found if when < before)


def _last(statistics: Statistics) -> tuple[Point, ...]:
    """What has come together since the last request that saved anything."""
    last, dense = statistics.now(statistics.lifetime.last_at), statistics.points
    told = Amount.by(dense[-1]) if dense else Amount()
    return (last,) if last.at and Amount.by(last) != told else ()


def _rising(found: Iterable[Point]) -> Iterator[Point]:
    """The same, where none tells of less than what was told before."""
    at, saved_tokens, saved, input_tokens, input_cost = 0.0, 0, 0, 0, 0
    for one in found:
        at = max(at, one.at)
        saved_tokens, saved = max(saved_tokens, one.saved_tokens), max(saved, one.saved)
        input_tokens = max(input_tokens, one.input)
        input_cost = max(input_cost, one.input_cost)
        yield Point(at, saved_tokens, saved, input_tokens, input_cost)


def _by(found: Sequence[Point], when: float) -> Amount:
    """What had come together by then, by these points."""
    place = bisect_right(found, when, key=lambda one: one.at)
    return Amount.by(found[place - 1]) if place else Amount()


def _brought(statistics: Statistics) -> list[Point]:
    """The points of older histories; the last one is all that they tell."""
    total = _in_older(statistics)
    if not statistics.imported:
        return []
    *earlier, last = statistics.older or [Point(0.0, 0, 0, 0, 0)]
    return [*earlier, total.at(last.at)]


def _in_older(statistics: Statistics) -> Amount:
    ours = Amount.of(statistics.lifetime.tally)
    return in_all(statistics).less(ours)


def _by_periods(statistics: Statistics) -> Iterator[Point]:
    """What had come together by the end of each day, and of each hour that is known."""
    periods, total = statistics.periods, Amount.of(statistics.lifetime.tally)
    hours = {hour + HOUR_S: Amount.of(numbers) for hour, numbers in periods.hours.items()}
    days = {day + DAY_S: Amount.of(one.tally) for day, one in periods.days.items()}
    known_from = min(hours, default=0) - HOUR_S
    for ends, until in ((days, known_from), (hours, statistics.lifetime.last_at)):
        running = total.less(_sum(ends.values()))
        for end in sorted(ends):
            running += ends[end]
            if end <= until:
                yield running.at(end)


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, Amount())


def compact(found: Sequence[Point]) -> list[Point]:
    """So few of these that they are soon drawn: the newest all, of the older ones every so many.

    Of several in one second only the last.
    """
    single = list({int(one.at): one for one in found}.values())
    if len(single) <= MOST_RETURNED:
        return single
    dense = max(MOST_RETURNED // 3, LEAST_DENSE)
    older, room = single[:-dense], MOST_RETURNED - dense
    chosen = [older[place * (len(older) - 1) // (room - 1)] for place in range(room)]
    return [*chosen, *single[-dense:]]


@dataclass(slots=True)
class _Bucket:
    day: Day = field(default_factory=Day)
    amount: Amount = field(default_factory=Amount)


def series(statistics: Statistics, name: Series) -> list[dict[str, Any]]:
    """Each period of this length in which there was anything, with what it came to.

    The last one's totals are those of all time.
    """
    buckets = _buckets(statistics, name)
    running = in_all(statistics).less(_sum(one.amount for one in buckets.values()))
    told = []
    for begin in sorted(buckets):
        bucket = buckets[begin]
        running += bucket.amount
        told.append(_told(begin, bucket, running, names=name != "hourly"))
    return told


def _buckets(statistics: Statistics, name: Series) -> dict[datetime, _Bucket]:
    found = {
        begin: _Bucket(day, Amount.of(day.tally)) for begin, day in statistics.periods.series(name)
    }
    # Of older histories one point a day is known.
    for at, amount in _daily_of_older(statistics) if name != "hourly" else ():
        begin = begin_of(name, datetime.fromtimestamp(at, UTC))
        bucket = found.setdefault(begin, _Bucket())
        bucket.amount += amount
    return found


def _daily_of_older(statistics: Statistics) -> Iterator[tuple[float, Amount]]:
    """What each day added; what had come together before the first is not known of any day."""
    found = _brought(statistics)
    for earlier, point in pairwise(found):
        yield point.at, Amount.by(point).less(Amount.by(earlier))


def _told(begin: datetime, bucket: _Bucket, running: Amount, *, names: bool) -> dict[str, Any]:
    tally = Tally([*bucket.day.tally])
    of = tally.of
    came_to = net(tally)
    told = {
        "timestamp": second(begin.timestamp()),
        "tokens_saved": bucket.amount.saved_tokens,
        "compression_savings_usd_delta": dollars(bucket.amount.saved),
        "total_tokens_saved": running.saved_tokens,
        "compression_savings_usd": dollars(running.saved),
        "total_input_tokens_delta": bucket.amount.input,
        "total_input_tokens": running.input,
        "total_input_cost_usd_delta": dollars(bucket.amount.input_cost),
        "total_input_cost_usd": dollars(running.input_cost),
        "requests": of("requests"),
        "tokens_before": of("tokens_before"),
        "tokens_after": of("tokens_after"),
        "output_tokens": of("output"),
        "cache_read_tokens": of("read"),
        "cache_write_5m_tokens": of("written_5m"),
        "cache_write_1h_tokens": of("written_1h"),
        "cache_write_other_tokens": of("written_other"),
        "uncached_input_tokens": of("uncached"),
        "net": {name: came_to[name] for name in NET_OF_A_PERIOD},
    }
    if names:
        told["by_provider"] = _named(bucket.day.providers)
        told["by_model"] = _named(bucket.day.models)
    return told


def _named(table: dict[str, list[int]]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "requests": tally.of("requests"),
            "tokens_saved": tally.of("tokens_saved"),
            "compression_savings_usd_delta": dollars(tally.of("gained")),
            "total_input_tokens_delta": tally.of("input"),
            "total_input_cost_usd_delta": dollars(tally.of("input_cost")),
            "net_saved_usd": dollars(tally.saved),
        }
        for name, tally in named(table)
    }
