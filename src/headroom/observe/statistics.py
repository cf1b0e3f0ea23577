"""What all finished requests come to: made of the journal's records, one after the other.

The same records give the same statistics, in whatever process; so whoever has those of some place
in the journal goes on from there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import msgspec

from headroom.observe.book import Book
from headroom.observe.entry import Entry
from headroom.observe.periods import DAY_S, Periods
from headroom.observe.tally import INDEX, amounts_of

SESSION_ENDS_S = 3_600
"""A session ends where nothing was asked for so long."""
MOST_POINTS = 500
"""Of the history, one for each request that saved tokens."""
MOST_PROCESSES = 256
MOST_IMPORTS = 16


class Imported(msgspec.Struct, frozen=True, omit_defaults=True):
    """An older history, counted by somebody else; dollars in billionths."""

    digest: str
    """Of the file that it came from: it is counted once."""
    requests: int = 0
    tokens_saved: int = 0
    saved: int = 0
    input: int = 0
    input_cost: int = 0
    points: tuple[tuple[float, int, int, int, int], ...] = ()
    """As `Point`, in order: what had come together by then."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a process writes to the journal at once.

    Its requests are numbered from *first* on, in the order in which they ended, so that what is
    written again, because nobody knew whether it had been written, is told from what is new.
    """

    process: str
    first: int
    entries: tuple[Entry, ...] = ()
    imported: Imported | None = None
    machine: str = ""
    """Where it was written, of several machines on one store."""


class Point(msgspec.Struct, frozen=True, array_like=True):
    """What had come together by some time; dollars in billionths, *saved* without losses."""

    at: float
    saved_tokens: int
    saved: int
    input: int
    input_cost: int


class Statistics(msgspec.Struct, array_like=True):
    """All sums, up to and with the record number *position*."""

    position: int = 0
    processes: dict[str, int] = {}
    """The number of the last request of each process; those heard of last come last."""
    lifetime: Book = msgspec.field(default_factory=Book)
    session: Book = msgspec.field(default_factory=Book)
    periods: Periods = msgspec.field(default_factory=Periods)
    points: list[Point] = []
    imported: list[Imported] = []
    """Of older histories; their points are not kept here."""
    older: list[Point] = []
    """The points of older histories together, one a day."""
    origin: str = ""
    """The process that wrote the first record: it tells one journal from another."""
    begins: int = 0
    """The number of that record; more than 1 where those before it were never summed up."""
    lost: int = 0
    """Requests that ended and were never written: their numbers are missing."""

    def take(self, position: int, record: Record) -> Sequence[Entry]:
        """Add a record, which is the next one; what of it is new."""
        self.position = position
        if not self.begins:
            self.origin, self.begins = record.process, position
        if record.imported is not None:
            self._bring(record.imported)
        last = self.processes.get(record.process, 0)
        if last and record.first > last + 1:
            self.lost += record.first - last - 1
        new = new_in(record, self.processes)
        for entry in new:
            self._take(entry)
        return new

    def _take(self, entry: Entry) -> None:
        amounts = amounts_of(entry)
        if entry.at - self.session.last_at > SESSION_ENDS_S:
            self.session = Book()
        self.session.take(entry, amounts)
        self.lifetime.take(entry, amounts)
        self.periods.take(entry, amounts)
        if entry.is_call and entry.tokens_saved:
            self.points.append(self.now(entry.at))
            del self.points[:-MOST_POINTS]

    def _bring(self, imported: Imported) -> None:
        if any(one.digest == imported.digest for one in self.imported):
            return
        if len(self.imported) < MOST_IMPORTS:
            self.imported.append(msgspec.structs.replace(imported, points=()))
            by_day = {int(point[0]) // DAY_S: Point(*point) for point in imported.points}
            self.older = _together(self.older, [*by_day.values()])

    def now(self, at: float) -> Point:
        """What has come together by this time, older histories included."""
        tally, old = self.lifetime.sums, self.imported
        return Point(
            at,
            tally[INDEX["tokens_saved"]] + sum(one.tokens_saved for one in old),
            tally[INDEX["gained"]] + sum(one.saved for one in old),
            tally[INDEX["input"]] + sum(one.input for one in old),
            tally[INDEX["input_cost"]] + sum(one.input_cost for one in old),
        )


def new_in(record: Record, processes: dict[str, int]) -> Sequence[Entry]:
    """What of this record is not known yet, by the number of the last request of each process.

    That number goes on with it; those heard of last come last.
    """
    last = processes.pop(record.process, 0)
    new = record.entries[max(last + 1 - record.first, 0) :]
    processes[record.process] = max(last, record.first + len(record.entries) - 1)
    while len(processes) > MOST_PROCESSES:
        del processes[next(iter(processes))]
    return new


def _together(*histories: Sequence[Point]) -> list[Point]:
    """What had come together in all of these by each time that any of them tells of."""
    last: dict[int, Point] = {}
    joined: dict[float, Point] = {}
    for number, point in sorted(_numbered(histories), key=lambda one: one[1].at):
        last[number] = point
        sums = (
            sum(column) for column in zip(*(_amounts(one) for one in last.values()), strict=True)
        )
        joined[point.at] = Point(point.at, *sums)
    return [*joined.values()]


def _numbered(histories: Sequence[Sequence[Point]]) -> Iterator[tuple[int, Point]]:
    for number, history in enumerate(histories):
        yield from ((number, point) for point in history)


def _amounts(point: Point) -> tuple[int, int, int, int]:
    return point.saved_tokens, point.saved, point.input, point.input_cost


RECORDS = msgspec.msgpack.Decoder(Record)
_STATISTICS = msgspec.msgpack.Decoder(Statistics)


def packed(statistics: Statistics) -> bytes:
    """The statistics as they are kept."""
    return zlib.compress(msgspec.msgpack.encode(statistics), 1)


def unpacked(kept: bytes) -> Statistics:
    """What was kept.  Raises ValueError where it cannot be read."""
    try:
        return _STATISTICS.decode(zlib.decompress(kept))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError("these statistics cannot be read") from error
