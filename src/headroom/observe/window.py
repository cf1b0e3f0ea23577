"""What the requests of the last hours come to, read from the journal by who is no proxy.

It holds the last requests one by one: as far back as it reaches, any window is exact.  Where it
does not, whole days are told, which are kept for longer; and where all that ever was lies inside,
that is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from headroom.errors import StoreError
from headroom.observe.book import Book
from headroom.observe.chronicle import READ_AT_ONCE, SUMS
from headroom.observe.entry import Entry
from headroom.observe.overview import failed as is_failed
from headroom.observe.periods import DAY_S, HOUR_S, Periods
from headroom.observe.statistics import RECORDS, Record, Statistics, new_in, unpacked
from headroom.observe.tally import amounts_of
from headroom.state.journal import Journal

MOST_RECENT = 200
"""Of requests, and of those that failed."""


@dataclass(frozen=True, slots=True)
class Window:
    """What requests of some time come to."""

    book: Book
    since: float
    """When it begins, in seconds since 1970."""
    until: float
    is_whole: bool = True
    """Whether it goes back as far as was asked for."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the journal says, all of it."""

    statistics: Statistics
    failed: tuple[Entry, ...]
    """The last requests that went wrong, the latest first."""


async def read(journal: Journal) -> Read:
    """All that finished requests come to.  Nothing is written.  Raises StoreError."""
    statistics = await _kept(journal)
    failed: deque[Entry] = deque(maxlen=MOST_RECENT)
    since = max(statistics.position - MOST_RECENT, 0)
    async for number, record in _records(journal, since):
        new = record.entries
        if number > statistics.position:
            new = tuple(statistics.take(number, record))
        failed.extend(entry for entry in new if is_failed(entry))
    return Read(statistics, tuple(reversed(failed)))


async def look_back(journal: Journal, *, hours: int, now: float) -> Window:
    """What the requests of so many hours before *now* come to.  Raises StoreError."""
    since = now - hours * HOUR_S
    statistics = (await read(journal)).statistics
    lifetime = statistics.lifetime
    if not lifetime.first_at or lifetime.first_at >= since:
        return Window(lifetime, since, now)
    exact = await _refolded(journal, since)
    if exact is not None:
        return Window(exact, since, now)
    return of_days(statistics.periods, since=since, now=now)


def of_days(periods: Periods, *, since: float, now: float) -> Window:
    """The same of whole days, those that are kept in full."""
    wanted = since - since % DAY_S
    days = sorted(day for day in periods.books if day >= wanted)
    book = Book()
    for day in days:
        book.add(periods.books[day])
    oldest = min(periods.books, default=wanted)
    return Window(book, max(wanted, oldest), now, is_whole=oldest <= wanted)


async def _kept(journal: Journal) -> Statistics:
    """The sums as they were last kept; those of nothing where they cannot be read."""
    sums = await journal.sums(SUMS)
    if sums is None:
        return Statistics()
    try:
        return unpacked(sums)
    except ValueError as trouble:
        raise StoreError(str(trouble)) from trouble


async def _refolded(journal: Journal, since: float) -> Book | None:
    """The sums of the requests since then, one by one; None where the journal begins later."""
    book = Book()
    processes: dict[str, int] = {}
    reaches = False
    async for number, record in _records(journal, 0):
        # Numbers begin with 1: then nothing has left the journal yet.
        reaches = reaches or number == 1 or any(one.at < since for one in record.entries)
        if not reaches:
            return None
        for entry in new_in(record, processes):
            if entry.at >= since:
                book.take(entry, amounts_of(entry))
    return book if reaches else None


async def _records(journal: Journal, since: int) -> AsyncIterator[tuple[int, Record]]:
    while found := await journal.after(since, limit=READ_AT_ONCE):
        for number, raw in found:
            yield number, _record(raw)
        since = found[-1][0]


def _record(raw: bytes) -> Record:
    try:
        return RECORDS.decode(raw)
    except ValueError:
        # Written by a later version: its proxy tells of it.
        return Record("", 1)
