"""Outcomes in the journal, and what they come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.observe import chronicle as chronicles
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.observe.entry import entry_of
from headroom.observe.statistics import Imported, Record
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.journal import Journal
from tests.observe.outcomes import planned
from tests.support.clock import Clock


class Failing(MemoryStore):
    """A store whose log cannot be written while *down*; *deaf*, it writes and does not say so."""

    def __init__(self) -> None:
        super().__init__()
        self.down = self.deaf = False

    async def append(self, log: str, record: bytes) -> int:
        if self.down:
            raise StoreError("the disk is full")
        number = await super().append(log, record)
        if self.deaf:
            raise StoreError("no answer came")
        return number


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicles, "AGAIN_S", 0.01)
    monkeypatch.setattr(chronicles, "PATIENCE_S", 0.05)
    monkeypatch.setattr(chronicles, "TICK_S", 0.01)


@asynccontextmanager
async def opened(store: MemoryStore, process: str = "one") -> AsyncIterator[Chronicle]:
    async with open_chronicle(Chronicle(Journal(store), process=process)) as chronicle:
        yield chronicle


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await is_so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)


def knows(chronicle: Chronicle, requests: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return (await chronicle.read()).lifetime.sums.of("requests") >= requests

    return is_so


async def test_who_reads_knows_of_all_that_has_just_ended_here() -> None:
    async with opened(MemoryStore()) as chronicle:
        for number in range(450):
            chronicle.take(planned(request_id=f"hr_{number}"))

        statistics = await chronicle.read()

        assert statistics.lifetime.sums.of("requests") == 450
        assert [entry.id for _, entry in chronicle.recent(2)] == ["hr_449", "hr_448"]
        assert len(chronicle.recent()) == chronicles.MOST_RECENT
        assert chronicle.owed == 0


async def test_who_reads_does_not_wait_for_what_ends_meanwhile() -> None:
    async with opened(MemoryStore()) as chronicle:
        for number in range(50):
            chronicle.take(planned())
            reading = asyncio.ensure_future(chronicle.read())
            await asyncio.sleep(0)
            chronicle.take(planned())

            known = (await reading).lifetime.sums.of("requests")

            assert known >= 2 * number + 1


async def test_who_reads_waits_for_calls_that_have_ended_and_are_still_to_be_told() -> None:
    coming: set[asyncio.Future[None]] = set()
    made = Chronicle(Journal(MemoryStore()), process="one", coming=lambda: coming)

    async def priced() -> None:
        await asyncio.sleep(0)
        made.take(planned())

    async with open_chronicle(made) as chronicle:
        coming.add(asyncio.ensure_future(priced()))

        assert (await chronicle.read()).lifetime.sums.of("requests") == 1


async def test_M6_each_process_tells_the_same() -> None:
    store = MemoryStore()
    async with opened(store) as one, opened(store, "two") as two:
        one.take(planned())
        two.take(planned())
        await one.read()
        await two.read()

        assert await one.read() == await two.read()
        assert (await one.read()).lifetime.sums.of("requests") == 2


async def test_G1_what_was_read_is_known_after_a_restart() -> None:
    store = MemoryStore()
    async with opened(store) as first:
        for _ in range(3):
            first.take(planned())
        before = await first.read()
    async with opened(store, "two") as second:
        after = await second.read()

        assert after.lifetime == before.lifetime
        assert after.position == before.position
        assert len(second.recent()) == 3


async def test_G1_what_was_never_summed_up_is_read_again_from_the_journal() -> None:
    store = MemoryStore()
    killed = Chronicle(Journal(store), process="one")
    killed.take(planned())
    await killed._write_some()

    async with opened(store, "two") as second:
        assert (await second.read()).lifetime.sums.of("requests") == 1


@pytest.mark.usefixtures("at_once")
async def test_G4_what_cannot_be_written_is_written_later() -> None:
    store = Failing()
    async with opened(store) as chronicle:
        store.down = True
        chronicle.take(planned())

        async def is_told() -> bool:
            return bool(chronicle.problem)

        await until(is_told)
        assert (await chronicle.read()).lifetime.sums.of("requests") == 0
        assert (chronicle.owed, chronicle.problem) == (1, "the disk is full")

        store.down = False
        await until(knows(chronicle, 1))

        assert (chronicle.owed, chronicle.problem) == (0, "")


@pytest.mark.usefixtures("at_once")
async def test_what_was_written_although_no_answer_came_counts_once() -> None:
    store = Failing()
    async with opened(store) as chronicle:
        store.deaf = True
        chronicle.take(planned())
        await until(knows(chronicle, 1))
        chronicle.take(planned())
        store.deaf = False

        async def is_paid() -> bool:
            return not chronicle.owed

        await until(is_paid)
        assert (await chronicle.read()).lifetime.sums.of("requests") == 2


@pytest.mark.usefixtures("at_once")
async def test_L9_what_is_owed_is_bounded_and_what_is_lost_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chronicles, "MOST_OWED", 10)
    store = Failing()
    store.down = True
    async with opened(store) as chronicle:
        for number in range(15):
            chronicle.take(planned(request_id=f"hr_{number}"))
        assert (chronicle.owed, chronicle.lost) == (10, 5)

        store.down = False
        await until(knows(chronicle, 10))

        assert [entry.id for _, entry in chronicle.recent()][-1] == "hr_5"


@pytest.mark.usefixtures("at_once")
async def test_G3_a_journal_that_was_begun_anew_takes_nothing_away(tmp_path: Path) -> None:
    old, new = MemoryStore(), MemoryStore()
    async with opened(old) as chronicle:
        for _ in range(3):
            chronicle.take(planned())
            await chronicle.read()

        chronicle._journal = Journal(new)
        chronicle.take(planned())
        await until(knows(chronicle, 4))

    async with opened(new, "two") as another:
        assert (await another.read()).lifetime.sums.of("requests") == 4


@pytest.mark.usefixtures("at_once")
async def test_G3_nor_does_it_leave_out_what_others_wrote_to_it_before() -> None:
    old, new = MemoryStore(), MemoryStore()
    async with opened(old) as chronicle:
        for _ in range(3):
            chronicle.take(planned())
            await chronicle.read()
        async with opened(new, "two") as another:
            another.take(planned())
            await another.read()

        chronicle._journal = Journal(new)
        chronicle.take(planned())

        await until(knows(chronicle, 5))


async def test_what_had_to_make_room_while_it_was_written_does_not_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chronicles, "MOST_OWED", 2)
    chronicle: Chronicle

    class Slow(MemoryStore):
        async def append(self, log: str, record: bytes) -> int:
            for number in range(4, 8):
                chronicle.take(planned(request_id=f"hr_{number}"))
            return await super().append(log, record)

    store = Slow()
    chronicle = Chronicle(Journal(store), process="one")
    for number in range(2, 4):
        chronicle.take(planned(request_id=f"hr_{number}"))

    await chronicle._write_some()
    monkeypatch.setattr(Slow, "append", MemoryStore.append)
    await chronicle._write_some()
    await chronicle.catch_up()

    assert [entry.id for _, entry in chronicle.recent()] == ["hr_7", "hr_6", "hr_3", "hr_2"]
    assert (chronicle.owed, chronicle.known.lost) == (0, 2)


@pytest.mark.usefixtures("at_once")
async def test_writing_that_fails_for_good_is_a_problem_and_no_silence() -> None:
    class Faulty(MemoryStore):
        async def append(self, log: str, record: bytes) -> int:
            raise LookupError(log)

    chronicle = Chronicle(Journal(Faulty()), process="one")
    with pytest.raises(LookupError):
        async with open_chronicle(chronicle):
            chronicle.take(planned())

            async def is_known() -> bool:
                return "has failed" in chronicle.problem

            await until(is_known)


async def test_records_of_later_versions_are_left_out() -> None:
    store = MemoryStore()
    async with opened(store) as chronicle:
        await store.append("journal", b"\x81\xa1x\x01")
        chronicle.take(planned())

        statistics = await chronicle.read()

        assert (statistics.position, statistics.lifetime.sums.of("requests")) == (2, 1)


async def test_sums_that_cannot_be_read_are_made_anew() -> None:
    store = MemoryStore()
    async with opened(store) as chronicle:
        chronicle.take(planned())
        await chronicle.read()
    await Journal(store).keep_sums(chronicles.SUMS, b"damaged")

    async with opened(store, "two") as another:
        assert (await another.read()).lifetime.sums.of("requests") == 1


@pytest.mark.usefixtures("at_once")
async def test_who_leads_keeps_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicles, "KEPT_AFTER_RECORDS", 1)
    store = MemoryStore()
    async with opened(store) as chronicle:
        chronicle.take(planned())

        async def is_kept() -> bool:
            return await Journal(store).sums(chronicles.SUMS) is not None

        await until(is_kept)


async def test_who_was_away_for_long_goes_on_from_what_others_have_kept() -> None:
    store, clock = MemoryStore(), Clock()
    idle = Chronicle(Journal(store), process="idle", clock=clock)
    await idle.catch_up()
    async with opened(store) as busy:
        for number in range(chronicles.READ_AT_ONCE + 5):
            busy.take(planned(request_id=f"hr_{number}"))
            await busy.read()
        await busy.keep()
    clock.now += chronicles.STALE_S + 1

    statistics = await idle.read()

    assert statistics.lifetime.sums.of("requests") == chronicles.READ_AT_ONCE + 5
    assert len(idle.recent()) == chronicles.MOST_RECENT


async def test_what_became_of_blocks_is_found_by_request() -> None:
    async with opened(MemoryStore()) as chronicle:
        chronicle.take(planned(request_id="hr_7"))
        await chronicle.read()

        detail = await chronicle.detail("hr_7")

        assert detail is not None
        assert [block.tool for block in detail.blocks] == ["Bash", ""]
        assert await chronicle.detail("hr_8") is None


async def test_records_can_be_followed() -> None:
    async with opened(MemoryStore()) as chronicle:
        chronicle.take(planned())
        await chronicle.read()

        ((number, record),) = await chronicle.after(0)

        assert (number, record.process, record.first) == (1, "one", 1)
        assert await chronicle.after(1) == []


async def test_an_older_history_is_brought_once() -> None:
    async with opened(MemoryStore()) as chronicle:
        for _ in range(2):
            await chronicle.bring(Imported("digest", tokens_saved=7))

        assert [one.tokens_saved for one in (await chronicle.read()).imported] == [7]


async def test_M6_one_process_of_a_machine_leads(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, lifetime_s=1e6, limit_bytes=1 << 30)
    await store.open()
    one, two = (Chronicle(Journal(store), process=name, folder=tmp_path) for name in ("one", "two"))
    try:
        assert one.leads
        one.take(planned())
        async with open_chronicle(one):
            await one.read()
    finally:
        await store.close()

    # Its lock is of the process; another process is tried in test_workspace.
    assert two.leads
    assert (tmp_path / chronicles.LOCK_FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_of_a_record_is_content() -> None:
    record = msgspec.msgpack.encode(Record("one", 1, (entry_of(planned()),)))

    assert len(record) < 900


async def test_what_was_said_is_kept_before_the_request_is() -> None:
    order: list[str] = []

    class Watched(MemoryStore):
        async def put(self, entries: Any, **named: Any) -> Any:
            order.extend(namespace for namespace, _ in entries)
            return await super().put(entries, **named)

        async def append(self, log: str, record: bytes) -> int:
            order.append(log)
            return await super().append(log, record)

    store = Watched()
    async with opened(store) as chronicle:
        chronicle.hold("hr_1", b"said")
        chronicle.take(planned())
        await chronicle.read()
        assert await Journal(store).contents(["hr_1"]) == {"hr_1": b"said"}

    assert order.index("journal_content") < order.index("journal")


async def test_L9_of_what_was_said_no_more_than_so_much_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chronicles, "MOST_HELD_BYTES", 25)
    store = Failing()
    chronicle = Chronicle(Journal(store), process="one")
    store.down = True

    for number in range(4):
        chronicle.hold(f"hr_{number}", b"x" * 10)
    chronicle.take(planned())
    with pytest.raises(StoreError):
        await chronicle._write_some()

    assert sorted(await Journal(store).contents([f"hr_{n}" for n in range(4)])) == ["hr_2", "hr_3"]
    assert chronicle._held_bytes == 0


async def test_a_record_says_on_which_machine_it_was_written() -> None:
    store = MemoryStore()
    chronicle = Chronicle(Journal(store), process="one", machine="here")
    chronicle.take(planned())
    await chronicle._write_some()

    ((_, record),) = await chronicle.after(0)

    assert record.machine == "here"
