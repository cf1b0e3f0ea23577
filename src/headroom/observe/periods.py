"""Sums by hour and by day, in UTC, and the series that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import msgspec

from headroom.observe.book import Book, bounded
from headroom.observe.entry import OTHER, Entry
from headroom.observe.tally import Amounts, Tally

Series = Literal["hourly", "daily", "weekly", "monthly"]
SERIES: tuple[Series, ...] = get_args(Series)

HOUR_S, DAY_S = 3_600, 86_400
MOST_HOURS, MOST_DAYS = 31 * 24, 400
"""So many with anything in them are kept; of older ones only the sums stay, in the first day."""
MOST_BOOKS = 31
"""For so many days it is also kept how long things took, and what became of which content."""


class Day(msgspec.Struct, array_like=True):
    """What a day's requests come to, in all, by provider and by model."""

    tally: list[int] = []
    providers: dict[str, list[int]] = {}
    models: dict[str, list[int]] = {}


class Periods(msgspec.Struct, array_like=True):
    """Days and hours by when they begin, in seconds since 1970."""

    hours: dict[int, list[int]] = {}
    days: dict[int, Day] = {}
    before: list[int] = []
    """What all days before those came to."""
    books: dict[int, Book] = {}
    """The last days in full."""

    def take(self, entry: Entry, amounts: Amounts) -> None:
        """Add one request."""
        at = int(entry.at)
        hour, day = at - at % HOUR_S, at - at % DAY_S
        self.hours[hour] = _added(self.hours.get(hour), amounts)
        while len(self.hours) > MOST_HOURS:
            del self.hours[min(self.hours)]
        of_day = self.days.setdefault(day, Day())
        of_day.tally = _added(of_day.tally, amounts)
        _name(of_day.providers, entry.provider, amounts)
        if entry.is_call and (entry.model or entry.used):
            _name(of_day.models, entry.known_model or OTHER, amounts)
        while len(self.days) > MOST_DAYS:
            oldest = self.days.pop(min(self.days))
            before = Tally(self.before)
            before.add(oldest.tally)
            self.before = before
        self.books.setdefault(day, Book()).take(entry, amounts)
        while len(self.books) > MOST_BOOKS:
            del self.books[min(self.books)]

    def of_day(self, at: float) -> Tally:
        """What the requests of the UTC day of this time come to."""
        found = self.days.get(int(at) - int(at) % DAY_S)
        return Tally(found.tally if found else [])

    def series(self, series: Series) -> Iterator[tuple[datetime, Day]]:
        """Each period of this length with anything in it, in order, with what it came to."""
        if series == "hourly":
            for hour in sorted(self.hours):
                yield datetime.fromtimestamp(hour, UTC), Day(self.hours[hour])
            return
        if series == "daily":
            for day in sorted(self.days):
                yield datetime.fromtimestamp(day, UTC), self.days[day]
            return
        begun: datetime | None = None
        sums = _empty()
        for day in sorted(self.days):
            begin = begin_of(series, datetime.fromtimestamp(day, UTC))
            if begun is not None and begin != begun:
                yield begun, sums
                sums = _empty()
            begun = begin
            _merge(sums, self.days[day])
        if begun is not None:
            yield begun, sums


def begin_of(series: Series, moment: datetime) -> datetime:
    """When the period begins in which *moment* is: weeks on Mondays."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if series == "hourly":
        return hour
    day = hour.replace(hour=0)
    if series == "daily":
        return day
    return day - timedelta(days=day.weekday()) if series == "weekly" else day.replace(day=1)


def _added(numbers: list[int] | None, amounts: Amounts) -> list[int]:
    tally = numbers if isinstance(numbers, Tally) else Tally(numbers)
    tally.take(amounts)
    return tally


def _name(table: dict[str, list[int]], name: str, amounts: Amounts) -> None:
    if name:
        name = bounded(table, name)
        table[name] = _added(table.get(name), amounts)


def _merge(sums: Day, day: Day) -> None:
    sums.tally = _sum(sums.tally, day.tally)
    for ours, theirs in ((sums.providers, day.providers), (sums.models, day.models)):
        for name, numbers in theirs.items():
            ours[name] = _sum(ours.get(name), numbers)


def _empty() -> Day:
    return Day(Tally())


def _sum(one: list[int] | None, other: list[int]) -> list[int]:
    tally = one if isinstance(one, Tally) else Tally(one)
    tally.add(other)
    return tally
