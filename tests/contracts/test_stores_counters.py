"""Counters and accounts, whatever the store stands on."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import CORRECTED_S, LEAST, MOST, RESERVED_S, Key, Reservation, Store
from headroom.state.namespaces import FOR_EVER, NAMESPACES, Namespace
from tests.contracts.test_stores import DAY_S, Open, every, redis, sqlite, timed
from tests.support.clock import Clock
from tests.support.redis_server import needs_redis, redis_server
from tests.support.reserving import reservation_on, set_apart

TABLE = {**NAMESPACES, "total": FOR_EVER, "daily": Namespace(days=3)}
ONE, OTHER, TODAY = ("total", b"one"), ("total", b"other"), ("daily", b"today")


async def held(store: Store, key: Key) -> int:
    return (await store.add({key: 0}))[key]


async def reserved(store: Store, amount: int, *, limit: int) -> Reservation:
    reservation = await set_apart(store, {ONE: limit}, amount)
    assert reservation is not None
    return reservation


@every
async def test_counters_tell_what_they_hold_afterwards(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        assert await store.add({ONE: 3, OTHER: -2, TODAY: 1}) == {ONE: 3, OTHER: -2, TODAY: 1}
        assert await store.add({ONE: 4, OTHER: 0}) == {ONE: 7, OTHER: -2}
        assert await store.add({}) == {}
        assert await store.add({("total", b"none"): 0}) == {("total", b"none"): 0}


@every
async def test_they_hold_64_bits_and_stay_at_the_end_that_they_reach(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        assert await store.add({ONE: 2**62 + 1, OTHER: -(2**80)}) == {ONE: 2**62 + 1, OTHER: LEAST}
        assert await store.add({ONE: 2, OTHER: -1}) == {ONE: 2**62 + 3, OTHER: LEAST}
        assert await store.add({ONE: 2**62, OTHER: 5}) == {ONE: MOST, OTHER: LEAST + 5}
        assert await store.add({ONE: -1}) == {ONE: MOST - 1}


@timed
async def test_they_never_expire_unless_their_namespace_says_so(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=TABLE, clock=clock) as store:
        await store.add({ONE: 1, TODAY: 1})
        clock.now += 2 * DAY_S
        assert await store.add({TODAY: 1}) == {TODAY: 2}
        clock.now += 2 * DAY_S
        assert await held(store, TODAY) == 2
        clock.now += 2 * DAY_S

        assert await store.add({TODAY: 0, ONE: 0}) == {TODAY: 0, ONE: 1}
        assert await store.add({TODAY: 1}) == {TODAY: 1}
        clock.now += 1000 * DAY_S
        assert await held(store, ONE) == 1


@every
async def test_G2_no_addition_is_lost_among_many_at_once(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        told = await asyncio.gather(*(store.add({ONE: 1}) for _ in range(200)))

        assert sorted(each[ONE] for each in told) == list(range(1, 201))


# Accounts.


@every
async def test_M1_a_call_may_start_while_what_was_spent_and_reserved_is_below_the_limit(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        await store.add({ONE: 40})
        first = await reserved(store, 50, limit=100)
        second = await reserved(store, 70, limit=100)
        assert await set_apart(store, {ONE: 100}, 1) is None
        assert await set_apart(store, {OTHER: 1}, 1) is not None
        assert await held(store, ONE) == 40

        await store.settle(first, 10)
        assert await set_apart(store, {ONE: 120}, 1) is None
        await store.settle(second, 0)

        assert await held(store, ONE) == 50
        assert await set_apart(store, {ONE: 50}, 1) is None
        assert await set_apart(store, {ONE: 51}, 1) is not None


@every
async def test_settling_twice_changes_nothing(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        reservation = await reserved(store, 50, limit=100)

        for actual in (7, 7, 500):
            await store.settle(reservation, actual)
        await store.settle(Reservation((ONE,), "1-never"), 500)

        assert await held(store, ONE) == 7


@every
async def test_M3_calls_at_once_go_beyond_the_limit_by_one_at_most(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        told = await asyncio.gather(*(set_apart(store, {ONE: 100}, 30) for _ in range(50)))

        granted = [each for each in told if each is not None]
        assert len(granted) == len({each.id for each in granted}) == 4


@every
async def test_one_reservation_may_stand_on_several_accounts_or_on_none(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        await store.add({OTHER: 30})
        both = await set_apart(store, {ONE: 100, OTHER: 100, TODAY: 50}, 70)
        assert both is not None
        assert await set_apart(store, {ONE: 1000, TODAY: 1000, OTHER: 100}, 1) is None
        only = await set_apart(store, {ONE: 71}, 5)
        assert only is not None
        await store.settle(only, 0)

        await store.settle(both, 8)
        await store.settle(both, 8)

        assert await store.add({ONE: 0, OTHER: 0, TODAY: 0}) == {ONE: 8, OTHER: 38, TODAY: 8}
        assert await set_apart(store, {ONE: 9, TODAY: 9}, 1) is not None


@every
async def test_M1_a_reservation_grows_with_what_streams(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        reservation = await set_apart(store, {ONE: 100, OTHER: 1000}, 10)
        assert reservation is not None
        await store.raise_to(reservation, 60)
        await store.raise_to(reservation, 40)
        assert await set_apart(store, {ONE: 60}, 1) is None
        assert await set_apart(store, {OTHER: 60}, 1) is None
        assert await held(store, ONE) == 0

        await store.settle(reservation, 12)
        await store.raise_to(reservation, 90)

        assert await store.add({ONE: 0, OTHER: 0}) == {ONE: 12, OTHER: 12}
        assert await set_apart(store, {ONE: 13}, 1) is not None


@timed
async def test_M2_one_that_grows_belongs_to_a_call_that_still_runs(
    opened: Open, tmp_path: Path
) -> None:
    steady = Clock(5_000.0)
    async with opened(tmp_path, namespaces=TABLE, steady=steady) as store:
        growing, silent = [await reserved(store, 10, limit=1000) for _ in range(2)]
        steady.now += RESERVED_S / 2
        await store.raise_to(growing, 5)
        steady.now += RESERVED_S / 2
        await store.raise_to(growing, 20)
        assert await held(store, ONE) == 10

        await store.raise_to(silent, 30)
        assert await held(store, ONE) == 30
        await store.settle(silent, 3)
        await store.settle(growing, 4)

        assert await held(store, ONE) == 7


@timed
async def test_M2_what_nobody_settles_is_charged_as_it_was_reserved_and_can_be_corrected(
    opened: Open, tmp_path: Path
) -> None:
    steady = Clock(5_000.0)
    async with opened(tmp_path, namespaces=TABLE, steady=steady) as store:
        forgotten = await reserved(store, 60, limit=100)
        steady.now += RESERVED_S / 2
        living = await reserved(store, 30, limit=100)
        steady.now += RESERVED_S / 2
        assert await set_apart(store, {ONE: 90}, 10) is None

        assert await held(store, ONE) == 60
        await store.settle(forgotten, 5)
        await store.settle(forgotten, 5)
        await store.settle(living, 20)

        assert await held(store, ONE) == 25


@every
async def test_M9_a_reservation_that_is_asked_for_again_is_made_once(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        reservation = reservation_on(ONE, OTHER)
        limits = {ONE: 60, OTHER: 100}
        # As where the first answer was lost on its way.
        told = [list(await store.reserve(reservation, limits, 60)) for _ in range(2)]

        assert told == [[], []]
        assert await set_apart(store, {ONE: 60}, 1) is None
        assert await set_apart(store, {ONE: 61, OTHER: 61}, 1) is not None


@every
async def test_M1_it_is_told_which_accounts_are_used_up(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        await store.add({OTHER: 50})
        assert await set_apart(store, {TODAY: 100}, 50) is not None

        limits = {OTHER: 50, ONE: 1, TODAY: 50}
        used_up = await store.reserve(reservation_on(*limits), limits, 1)

        assert list(used_up) == [OTHER, TODAY]
        assert await set_apart(store, {ONE: 1}, 1) is not None


@every
@pytest.mark.parametrize("was_made", [True, False])
@pytest.mark.parametrize("actual", [0, 7])
async def test_M9_what_may_never_have_been_made_is_charged_once(
    opened: Open, tmp_path: Path, was_made: bool, actual: int
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        reservation, limits = reservation_on(ONE, OTHER), {ONE: 1000, OTHER: 1000}
        if was_made:
            await store.reserve(reservation, limits, 60)
        for _ in range(3):
            await store.settle(reservation, actual, unsure=True)
        await store.settle(reservation, 500)
        # It was only late.
        await store.reserve(reservation, limits, 60)
        await store.raise_to(reservation, 90)

        assert await store.add({ONE: 0, OTHER: 0}) == {ONE: actual, OTHER: actual}
        assert await set_apart(store, {ONE: actual + 1, OTHER: actual + 1}, 1) is not None


@every
async def test_M2_T5_what_a_process_had_reserved_when_it_ended_is_charged(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        first = await set_apart(store, {ONE: 1000, TODAY: 1000}, 60, process="one")
        assert first is not None
        assert await set_apart(store, {OTHER: 1000}, 5, process="one") is not None
        settled = await set_apart(store, {ONE: 1000}, 40, process="one")
        other = await set_apart(store, {ONE: 1000}, 30, process="one2")
        assert settled is not None
        assert other is not None
        await store.settle(settled, 1)

        for _ in range(2):
            await store.charge_ended("one")
            await store.charge_ended("nobody")

        assert await store.add({ONE: 0, TODAY: 0, OTHER: 0}) == {ONE: 61, TODAY: 60, OTHER: 5}
        assert await set_apart(store, {ONE: 91}, 1) is None
        await store.settle(first, 2)
        await store.settle(other, 0)
        assert await store.add({ONE: 0, TODAY: 0, OTHER: 0}) == {ONE: 3, TODAY: 2, OTHER: 5}


@timed
async def test_a_charge_is_final_after_a_day(opened: Open, tmp_path: Path) -> None:
    steady = Clock(5_000.0)
    async with opened(tmp_path, namespaces=TABLE, steady=steady) as store:
        forgotten = await reserved(store, 60, limit=100)
        for wait in (RESERVED_S, CORRECTED_S):
            steady.now += wait
            await set_apart(store, {OTHER: 1000}, 1)
            # SQLite forgets when it has time to.
            await asyncio.sleep(0.4)
        await store.settle(forgotten, 5)

        assert await held(store, ONE) == 60


@timed
async def test_M7_a_wall_clock_that_is_set_charges_nothing(opened: Open, tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=TABLE, clock=clock, steady=Clock(50.0)) as store:
        reservation = await reserved(store, 60, limit=100)
        for jump in (40 * DAY_S, -80 * DAY_S):
            clock.now += jump
            assert (await set_apart(store, {ONE: 60}, 1)) is None
            assert await held(store, ONE) == 0

        await store.settle(reservation, 3)
        assert await held(store, ONE) == 3


# Processes of their own, as workers are.

spawn = multiprocessing.get_context("spawn")
PROCESSES, EACH = 3, 60


def spend(place: str, told: multiprocessing.Queue[tuple[int, int]]) -> None:
    """Count, and reserve as often as is granted; tell how often that was."""
    told.put(asyncio.run(_spend(place)))


async def _spend(place: str) -> tuple[int, int]:
    granted = 0
    async with AsyncExitStack() as stack:
        store: Store
        if "://" in place:
            store = RedisStore(place, namespaces=TABLE)
            stack.push_async_callback(store.close)
        else:
            store = await stack.enter_async_context(sqlite(Path(place), namespaces=TABLE))
        for _ in range(EACH):
            await store.add({OTHER: 1})
            reservation = await set_apart(store, {ONE: 500}, 10)
            if reservation is not None:
                granted += 1
                # Every other one dies without a word.
                if granted % 2:
                    await store.settle(reservation, 10)
    return EACH, granted


def spent_by_processes(place: str) -> tuple[int, int]:
    told: multiprocessing.Queue[tuple[int, int]] = spawn.Queue()
    workers = [spawn.Process(target=spend, args=(place, told)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    counts = [told.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    return sum(added for added, _ in counts), sum(granted for _, granted in counts)


def test_M6_processes_share_one_account_on_sqlite(tmp_path: Path) -> None:
    assert spent_by_processes(str(tmp_path)) == (PROCESSES * EACH, 50)

    async def read() -> int:
        async with sqlite(tmp_path, namespaces=TABLE) as store:
            return await held(store, OTHER)

    assert asyncio.run(read()) == PROCESSES * EACH


@needs_redis
async def test_M6_processes_share_one_account_on_redis() -> None:
    async with redis_server() as url:
        assert await asyncio.to_thread(spent_by_processes, url) == (PROCESSES * EACH, 50)


@timed
async def test_every_verb_of_an_account_and_its_counter_agree(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        expected = 0
        for amount, actual in itertools.product((0, 1, 10), (0, 3, 12)):
            reservation = await reserved(store, amount, limit=10_000)
            await store.settle(reservation, actual)
            expected += actual

        assert await held(store, ONE) == expected


@every
async def test_counters_of_a_namespace_that_has_a_share_are_bounded(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headroom.state.backends.redis.COUNTERS_LIMIT_BYTES", 128 * 1_000)
    table = {**TABLE, "shared": Namespace(days=90, share=1 / 10)}
    limit: dict[str, Any] = {} if opened is redis else {"limit_bytes": 128 * 1_000}
    keys = [("shared", b"%03d" % number) for number in range(300)]
    async with opened(tmp_path, namespaces=table, **limit) as store:
        await store.add({ONE: 1})
        for key in keys:
            await store.add({key: 1})
        if isinstance(store, SqliteStore):
            with closing(open_file(tmp_path / FILE).connection) as connection:
                while store._tidy(connection):
                    pass
        held = await store.add(dict.fromkeys([*keys, ONE], 0))

    assert held[ONE] == held[keys[-1]] == 1
    assert held[keys[0]] == 0
    assert 90 <= sum(held[key] for key in keys) <= 110
