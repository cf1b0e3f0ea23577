"""Sums by hour and by day, in UTC, and the series that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import msgspec

from headroom.observe.book import Book, bounded
from headroom.observe.entry import Entry
from headroom.observe.tally import Amounts, Tally, taken

Series = Literal["hourly", "daily", "weekly", "monthly"]
SERIES: tuple[Series, ...] = get_args(Series)

HOUR_S, DAY_S = 3_600, 86_400
MOST_HOURS, MOST_DAYS = 31 * 24, 400
"""So many with anything in them are kept; of older ones only their sum stays."""
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
    earlier: dict[int, Day] = {}
    """Of the days before *books*, the oldest not."""
    before: list[int] = []
    """What all days before those came to."""
    books: dict[int, Book] = {}
    """The last days in full."""

    @property
    def days(self) -> dict[int, Day]:
        """Every day that is kept."""
        return {**self.earlier, **{day: _day(book) for day, book in self.books.items()}}

    def take(self, entry: Entry, amounts: Amounts) -> None:
        """Add one request."""
        at = int(entry.at)
        hour, day = at - at % HOUR_S, at - at % DAY_S
        self.hours[hour] = taken(self.hours.get(hour), amounts)
        while len(self.hours) > MOST_HOURS:
            del self.hours[min(self.hours)]
        self.books.setdefault(day, Book()).take(entry, amounts)
        while len(self.books) > MOST_BOOKS:
            oldest = min(self.books)
            _merge(self.earlier.setdefault(oldest, _empty()), _day(self.books.pop(oldest)))
        while self.earlier and len(self.earlier) + len(self.books) > MOST_DAYS:
            self.before = _sum(self.before, self.earlier.pop(min(self.earlier)).tally)

    def of_day(self, at: float) -> Tally:
        """What the requests of the UTC day of this time come to."""
        day = int(at) - int(at) % DAY_S
        found = self.books.get(day) or self.earlier.get(day)
        return Tally(found.tally if found else [])

    def series(self, series: Series) -> Iterator[tuple[datetime, Day]]:
        """Each period of this length with anything in it, in order, with what it came to."""
        if series == "hourly":
            for hour in sorted(self.hours):
                yield datetime.fromtimestamp(hour, UTC), Day(self.hours[hour])
            return
        days = sorted(self.days.items())
        if series == "daily":
            for day, of_day in days:
                yield datetime.fromtimestamp(day, UTC), of_day
            return
        begun: datetime | None = None
        sums = _empty()
        for day, of_day in days:
            begin = begin_of(series, datetime.fromtimestamp(day, UTC))
            if begun is not None and begin != begun:
                yield begun, sums
                sums = _empty()
            begun = begin
            _merge(sums, of_day)
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


def _day(book: Book) -> Day:
    return Day(book.tally, book.providers, book.models)


def _merge(sums: Day, day: Day) -> None:
    sums.tally = _sum(sums.tally, day.tally)
    for ours, theirs in ((sums.providers, day.providers), (sums.models, day.models)):
        for name, numbers in theirs.items():
            name = bounded(ours, name)
            ours[name] = _sum(ours.get(name), numbers)


def _empty() -> Day:
    return Day(Tally())


def _sum(one: list[int] | None, other: list[int]) -> list[int]:
    tally = one if isinstance(one, Tally) else Tally(one)
    tally.add(other)
    return tally
