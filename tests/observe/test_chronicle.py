"""Outcomes in the journal, and what they come to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from headroom.observe import chronicle as chronicles
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.journal import Journal
from tests.observe.chronicles import knows, opened, until
from tests.observe.outcomes import planned
from tests.support.clock import Clock


async def test_who_reads_knows_of_all_that_has_just_ended_here() -> None:
    async with opened(MemoryStore()) as chronicle:
        for number in range(450):
            chronicle.take(planned(request_id=f"hr_{number}"))

        statistics = await chronicle.read()

        assert statistics.lifetime.sums.of("requests") == 450
        assert [entry.id for _, entry in chronicle.recent(2)] == ["hr_449", "hr_448"]
        assert len(chronicle.recent()) == chronicles.MOST_RECENT
        assert chronicle.scribe.owed == 0


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
    await killed.scribe.write_some()

    async with opened(store, "two") as second:
        assert (await second.read()).lifetime.sums.of("requests") == 1


@pytest.mark.usefixtures("at_once")
async def test_G3_a_journal_that_was_begun_anew_takes_nothing_away(tmp_path: Path) -> None:
    old, new = MemoryStore(), MemoryStore()
    async with opened(old) as chronicle:
        for _ in range(3):
            chronicle.take(planned())
            await chronicle.read()

        chronicle._journal = chronicle.scribe._journal = Journal(new)
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

        chronicle._journal = chronicle.scribe._journal = Journal(new)
        chronicle.take(planned())

        await until(knows(chronicle, 5))


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
