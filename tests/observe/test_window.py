"""What the last hours come to, read from the journal by who is no proxy."""

from __future__ import annotations

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.observe.book import Book
from headroom.observe.chronicle import SUMS
from headroom.observe.periods import DAY_S, HOUR_S
from headroom.observe.statistics import Record, Statistics, packed
from headroom.observe.window import look_back, read
from headroom.outcome import Outcome
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Health
from headroom.state.journal import Journal
from tests.observe.outcomes import NOON, planned, record


class Looked(MemoryStore):
    """A store that tells whether anybody has written to it since it was filled."""

    filled = False

    async def append(self, log: str, record: bytes) -> int:
        assert not self.filled
        return await super().append(log, record)

    def health(self) -> Health:
        return Health(durable=True)


async def journal_of(*records: Record, statistics: Statistics | None = None) -> Journal:
    store = Looked()
    journal = Journal(store)
    for one in records:
        await journal.append(msgspec.msgpack.encode(one))
    if statistics is not None:
        await journal.keep_sums(SUMS, packed(statistics))
    store.filled = True
    return journal


def ago(hours: float, **changed: object) -> Outcome:
    return planned(at=NOON - hours * HOUR_S, **changed)


def requests(book: Book) -> int:
    return book.sums.of("requests")


async def test_where_all_that_ever_was_lies_inside_it_is_told() -> None:
    journal = await journal_of(record(1, ago(3), ago(2)))

    window = await look_back(journal, hours=168, now=NOON)

    assert requests(window.book) == 2
    assert (window.since, window.until, window.is_whole) == (NOON - 168 * HOUR_S, NOON, True)


async def test_any_window_is_exact_that_the_journal_holds() -> None:
    journal = await journal_of(
        record(1, ago(30), ago(1.5)), record(1, ago(0.9), process="two"), record(3, ago(0.1))
    )

    window = await look_back(journal, hours=1, now=NOON)

    assert requests(window.book) == 2
    assert window.book.sums.of("input") == 1_400
    assert window.since == NOON - HOUR_S


async def test_what_was_written_twice_counts_once() -> None:
    journal = await journal_of(record(1, ago(5), ago(0.5)), record(2, ago(0.5), ago(0.2)))

    window = await look_back(journal, hours=1, now=NOON)

    assert requests(window.book) == 2


async def test_beyond_the_journal_whole_days_are_told() -> None:
    statistics = Statistics()
    records = [record(1 + day, ago(24 * (40 - day))) for day in range(40)]
    for number, one in enumerate(records, 1):
        statistics.take(number, one)
    # Of these only the sums are left.
    journal = await journal_of(statistics=statistics)

    window = await look_back(journal, hours=48, now=NOON)
    longer = await look_back(journal, hours=35 * 24, now=NOON)

    assert window.since == NOON - 2 * DAY_S - NOON % DAY_S
    assert requests(window.book) == 2
    assert window.book.overhead.count == 2
    assert window.is_whole
    assert requests(longer.book) == 31
    assert not longer.is_whole
    assert longer.since > NOON - 35 * DAY_S


async def test_G1_all_of_the_journal_is_read_from_the_sums_that_were_kept() -> None:
    statistics = Statistics()
    first = record(1, ago(2), ago(1, status=500))
    statistics.take(1, first)
    journal = await journal_of(
        first,
        record(3, ago(0.5), ago(0.4, verdict="refused", refusal="over_budget")),
        statistics=statistics,
    )

    found = await read(journal)

    assert requests(found.statistics.lifetime) == 4
    assert [entry.refusal or entry.status for entry in found.failed] == ["over_budget", 500]


async def test_nothing_comes_to_nothing() -> None:
    found = await read(await journal_of())

    assert requests(found.statistics.lifetime) == 0
    assert found.failed == ()


async def test_sums_that_cannot_be_read_are_an_error() -> None:
    journal = await journal_of()
    store = MemoryStore()
    await Journal(store).keep_sums(SUMS, b"not these")

    with pytest.raises(StoreError, match="cannot be read"):
        await read(Journal(store))

    assert requests((await read(journal)).statistics.lifetime) == 0


async def test_what_a_later_version_wrote_is_left_out() -> None:
    store = MemoryStore()
    journal = Journal(store)
    await journal.append(b"\x81\xa3new\x01")
    await journal.append(msgspec.msgpack.encode(record(1, ago(1))))

    assert requests((await look_back(journal, hours=2, now=NOON)).book) == 1
