"""Token buckets, whatever the store stands on."""

from __future__ import annotations

import asyncio
import itertools
import math
import multiprocessing
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Store
from tests.contracts.test_stores import DAY_S, Open, every, sqlite, timed
from tests.support.clock import Clock
from tests.support.redis_server import needs_redis, redis_server


@every
async def test_a_bucket_gives_what_it_holds_and_tells_how_long_the_rest_takes(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        assert await store.take("a", 6, rate=0.01, burst=10) == 0.0
        assert await store.take("a", 4, rate=0.01, burst=10) == 0.0

        wait = await store.take("a", 2, rate=0.01, burst=10)

        assert wait == pytest.approx(200, abs=10)
        assert await store.take("b", 10, rate=0.01, burst=10) == 0.0


@every
async def test_nothing_is_spent_by_who_has_to_wait(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await store.take("a", 8, rate=0.01, burst=10) == 0.0

        for _ in range(5):
            assert await store.take("a", 3, rate=0.01, burst=10) > 0

        assert await store.take("a", 2, rate=0.01, burst=10) == 0.0


@every
async def test_what_never_comes_in_is_never_there(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await store.take("a", 10, rate=0, burst=10) == 0.0
        assert await store.take("a", 1, rate=0, burst=10) == math.inf


@every
async def test_more_than_it_can_ever_hold_is_given_by_a_full_one_and_is_a_debt(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        assert await store.take("a", 1, rate=0.01, burst=10) == 0.0
        assert await store.take("a", 25, rate=0.01, burst=10) == pytest.approx(100, abs=10)
        assert await store.take("b", 25, rate=0.01, burst=10) == 0.0

        assert await store.take("b", 1, rate=0.01, burst=10) == pytest.approx(1600, abs=10)


@every
async def test_what_is_charged_beyond_is_a_debt(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.take("a", 8, rate=0.01, burst=10)

        await store.charge("a", 7, rate=0.01)

        assert await store.take("a", 1, rate=0.01, burst=10) == pytest.approx(600, abs=10)


@every
async def test_what_is_given_back_is_there_at_once_and_never_more_than_it_holds(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        for back in (-4, -40):
            await store.take("a", 4, rate=0.001, burst=10)
            await store.charge("a", back, rate=0.001)
        await store.charge("new", -5, rate=0.001)
        await store.charge("owing", 5, rate=0.001)

        for name, holds in (("a", 10), ("new", 10), ("owing", 5)):
            assert await store.take(name, holds, rate=0.001, burst=10) == 0.0
            assert await store.take(name, 1, rate=0.001, burst=10) > 0


@timed
async def test_M7_a_debt_is_paid_by_time_alone(opened: Open, tmp_path: Path) -> None:
    clock, steady = Clock(), Clock(1000.0)
    async with opened(tmp_path, clock=clock, steady=steady) as store:
        await store.charge("a", 30, rate=1)
        clock.now += 40 * DAY_S
        assert await store.take("a", 1, rate=1, burst=10) == pytest.approx(21)
        clock.now -= 80 * DAY_S
        steady.now += 21

        assert await store.take("a", 1, rate=1, burst=10) == 0.0


@every
async def test_M5_of_many_at_once_exactly_so_many_are_given_as_it_holds(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path) as store:
        waits = await asyncio.gather(*(store.take("a", 1, rate=0.001, burst=7) for _ in range(60)))

        assert waits.count(0.0) == 7


@timed
async def test_who_waits_as_long_as_was_said_gets_it(opened: Open, tmp_path: Path) -> None:
    steady = Clock(1_234_567.891)
    async with opened(tmp_path, steady=steady) as store:
        for amount, rate in itertools.product((1, 2.5, 7), (0.1, 1 / 3, 40.0)):
            name = f"{amount} {rate}"
            assert await store.take(name, 7, rate=rate, burst=7) == 0.0
            wait = await store.take(name, amount, rate=rate, burst=7)
            assert wait == pytest.approx(amount / rate)
            steady.now += wait * 0.99
            assert await store.take(name, amount, rate=rate, burst=7) > 0
            steady.now += wait * 0.01

            assert await store.take(name, amount, rate=rate, burst=7) == 0.0


@timed
async def test_M7_setting_the_wall_clock_neither_fills_a_bucket_nor_locks_it(
    opened: Open, tmp_path: Path
) -> None:
    clock, steady = Clock(), Clock(1000.0)
    async with opened(tmp_path, clock=clock, steady=steady) as store:
        assert await store.take("a", 10, rate=1, burst=10) == 0.0

        for jump in (3600.0, -7200.0, 40 * DAY_S):
            clock.now += jump
            assert await store.take("a", 10, rate=1, burst=10) == pytest.approx(10)
        steady.now += 10

        assert await store.take("a", 10, rate=1, burst=10) == 0.0


@pytest.mark.parametrize(("uptime", "holds"), [(3.0, 3.0), (500.0, 10.0)])
async def test_M7_a_machine_that_was_started_anew_gives_what_has_come_since_at_least(
    uptime: float, holds: float, tmp_path: Path
) -> None:
    async with sqlite(tmp_path, steady=Clock(100_000.0)) as store:
        assert await store.take("a", 10, rate=1, burst=10) == 0.0

    async with sqlite(tmp_path, steady=Clock(uptime)) as store:
        assert await store.take("a", holds, rate=1, burst=10) == 0.0
        assert await store.take("a", 0.5, rate=1, burst=10) > 0


async def test_a_bucket_that_is_full_again_leaves_the_file(tmp_path: Path) -> None:
    steady = Clock(1000.0)

    def names(connection: sqlite3.Connection) -> list[tuple[str]]:
        return connection.execute("SELECT name FROM buckets").fetchall()

    store = SqliteStore(tmp_path, steady=steady)
    await store.open()
    await store.take("a", 1, rate=1, burst=10)
    await store.take("b", 10, rate=1, burst=10)
    steady.now += 5
    await store.take("c", 10, rate=1, burst=10)
    for _ in range(200):
        if len(await store._reader.do(names)) < 3:
            break
        await asyncio.sleep(0.02)
    left = await store._reader.do(names)
    await store.close()

    assert left == [("b",), ("c",)]


# Processes of their own, as workers are.

spawn = multiprocessing.get_context("spawn")


def take_many(place: str, told: multiprocessing.Queue[int]) -> None:
    """Take as often as is given, and tell how often that was."""
    told.put(asyncio.run(_take_many(place)))


async def _take_many(place: str) -> int:
    async with AsyncExitStack() as stack:
        store: Store
        if "://" in place:
            store = RedisStore(place)
            stack.push_async_callback(store.close)
        else:
            store = await stack.enter_async_context(sqlite(Path(place)))
        waits = [await store.take("a", 1, rate=1e-4, burst=100) for _ in range(80)]
    return waits.count(0.0)


def taken_by_processes(place: str) -> int:
    told: multiprocessing.Queue[int] = spawn.Queue()
    workers = [spawn.Process(target=take_many, args=(place, told)) for _ in range(3)]
    for worker in workers:
        worker.start()
    counts = [told.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    return sum(counts)


def test_M5_processes_share_one_bucket_on_sqlite(tmp_path: Path) -> None:
    assert taken_by_processes(str(tmp_path)) == 100


@needs_redis
async def test_M5_processes_share_one_bucket_on_redis() -> None:
    async with redis_server() as url:
        assert await asyncio.to_thread(taken_by_processes, url) == 100
