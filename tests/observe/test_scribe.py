"""What has ended is written down, whatever the store does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.observe import chronicle as chronicles
from headroom.observe import scribe
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.observe.entry import entry_of
from headroom.observe.statistics import Imported, Record
from headroom.state.backends.memory import MemoryStore
from headroom.state.diary import Diary, left_behind
from headroom.state.journal import Journal
from tests.observe.chronicles import Failing, knows, opened, until
from tests.observe.outcomes import planned


@pytest.mark.usefixtures("at_once")
async def test_G4_what_cannot_be_written_is_written_later() -> None:
    store = Failing()
    async with opened(store) as chronicle:
        store.down = True
        chronicle.take(planned())

        async def is_told() -> bool:
            return bool(chronicle.scribe.problem)

        await until(is_told)
        assert (await chronicle.read()).lifetime.sums.of("requests") == 0
        assert (chronicle.scribe.owed, chronicle.scribe.problem) == (1, "the disk is full")

        store.down = False
        await until(knows(chronicle, 1))

        assert (chronicle.scribe.owed, chronicle.scribe.problem) == (0, "")


@pytest.mark.usefixtures("at_once")
async def test_G4_who_leaves_tries_again_to_write_what_is_owed() -> None:
    store = Failing()
    async with opened(store) as chronicle:
        store.down = True
        chronicle.take(planned())
        asyncio.get_running_loop().call_later(0.2, setattr, store, "down", False)

    async with opened(store, "next") as chronicle:
        assert (await chronicle.read()).lifetime.sums.of("requests") == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("has_diary", "told"),
    [(True, "the next proxy of this workspace does that"), (False, "statistics lack them")],
)
async def test_G4_what_cannot_be_written_before_the_stop_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    has_diary: bool,
    told: str,
) -> None:
    monkeypatch.setattr(chronicles, "END_S", 0.2)
    store = Failing()
    diary = Diary.of(tmp_path, "one") if has_diary else None
    async with open_chronicle(Chronicle(Journal(store), process="one", diary=diary)) as chronicle:
        store.down = True
        chronicle.take(planned())

    assert told in caplog.text
    if diary is not None:
        diary.close()
    ended = [left.ended for left in left_behind(tmp_path)]
    assert [len(each) for each in ended] == ([1] if has_diary else [])


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
            return not chronicle.scribe.owed

        await until(is_paid)
        assert (await chronicle.read()).lifetime.sums.of("requests") == 2


@pytest.mark.usefixtures("at_once")
async def test_L9_what_is_owed_is_bounded_and_what_is_lost_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scribe, "MOST_OWED", 10)
    store = Failing()
    store.down = True
    async with opened(store) as chronicle:
        for number in range(15):
            chronicle.take(planned(request_id=f"hr_{number}"))
        assert (chronicle.scribe.owed, chronicle.scribe.lost) == (10, 5)

        store.down = False
        await until(knows(chronicle, 10))

        assert [entry.id for _, entry in chronicle.recent()][-1] == "hr_5"


async def test_what_had_to_make_room_while_it_was_written_does_not_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scribe, "MOST_OWED", 2)
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

    await chronicle.scribe.write_some()
    monkeypatch.setattr(Slow, "append", MemoryStore.append)
    await chronicle.scribe.write_some()
    await chronicle.catch_up()

    assert [entry.id for _, entry in chronicle.recent()] == ["hr_7", "hr_6", "hr_3", "hr_2"]
    assert (chronicle.scribe.owed, chronicle.known.lost) == (0, 2)


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
                return "has failed" in chronicle.scribe.problem

            await until(is_known)


async def test_T4_whoever_waits_when_the_writing_is_ended_need_not_wait_for_it() -> None:
    chronicle = Chronicle(Journal(MemoryStore()), process="one")
    writing = asyncio.create_task(chronicle.scribe.write())
    await asyncio.sleep(0)
    chronicle.take(planned())
    reading = asyncio.create_task(chronicle.scribe.paid())
    writing.cancel()
    chronicle.take(planned())

    async with asyncio.timeout(scribe.AGAIN_S):
        await reading
        await chronicle.scribe.paid()

    assert chronicle.scribe.owed == 0
    assert (await chronicle.read()).lifetime.sums.of("requests") == 2


async def test_an_older_history_is_brought_once() -> None:
    async with opened(MemoryStore()) as chronicle:
        for _ in range(2):
            await chronicle.scribe.bring(Imported("digest", tokens_saved=7))

        assert [one.tokens_saved for one in (await chronicle.read()).imported] == [7]


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
        chronicle.scribe.hold("hr_1", b"said")
        chronicle.take(planned())
        await chronicle.read()
        assert await Journal(store).contents(["hr_1"]) == {"hr_1": b"said"}

    assert order.index("journal_content") < order.index("journal")


async def test_L9_of_what_was_said_no_more_than_so_much_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scribe, "MOST_HELD_BYTES", 25)
    store = Failing()
    chronicle = Chronicle(Journal(store), process="one")
    store.down = True

    for number in range(4):
        chronicle.scribe.hold(f"hr_{number}", b"x" * 10)
    chronicle.take(planned())
    with pytest.raises(StoreError):
        await chronicle.scribe.write_some()

    assert sorted(await Journal(store).contents([f"hr_{n}" for n in range(4)])) == ["hr_2", "hr_3"]
    assert chronicle.scribe._held_bytes == 0


async def test_a_record_says_on_which_machine_it_was_written() -> None:
    store = MemoryStore()
    chronicle = Chronicle(Journal(store), process="one", machine="here")
    chronicle.take(planned())
    await chronicle.scribe.write_some()

    ((_, record),) = await chronicle.after(0)

    assert record.machine == "here"
