"""What only the store on Redis has to deal with; the rest is in the contract."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis

from headroom.errors import SettingsError, StoreError
from headroom.state.backends.redis import RENEW_AFTER_MS, RedisStore
from headroom.state.backends.redis_link import PATIENCE_S
from headroom.state.base import Key
from headroom.state.namespaces import FOR_EVER, NAMESPACES, Namespace
from tests.support.clock import Clock
from tests.support.redis_server import answering, needs_redis, redis_server, start_redis
from tests.support.reserving import set_apart

pytestmark = needs_redis

A, B = ("form", b"a"), ("form", b"b")
FIRST_WINS = frozenset({"form"})
DAY_MS = 24 * 60 * 60 * 1000


async def test_lives_are_rediss_own_and_are_renewed_when_an_hour_has_gone() -> None:
    week_ms = 7 * DAY_MS
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url)
        await store.put({A: b"1", B: b"2"})
        new = await client.pttl("headroom:form:a")
        await client.pexpire("headroom:form:a", week_ms - RENEW_AFTER_MS + 60_000)
        await client.pexpire("headroom:form:b", week_ms - RENEW_AFTER_MS - 60_000)

        await store.get([A, B])

        left = [await client.pttl(f"headroom:form:{name}") for name in "ab"]
        await client.pexpire("headroom:form:b", 60_000)
        await store.put({B: b"3"}, if_absent=FIRST_WINS)
        after_writing = await client.pttl("headroom:form:b")
        await store.close()

    assert week_ms - 60_000 < new <= week_ms
    assert left[0] < week_ms - RENEW_AFTER_MS + 60_001
    assert left[1] > week_ms - 60_000
    assert after_writing > week_ms - 60_000


async def test_what_nobody_has_seen_for_its_lifetime_is_gone() -> None:
    async with redis_server() as url:
        store = RedisStore(url, lifetime_s=0.05)
        await store.put({A: b"1"})
        for _ in range(500):
            if not (await store.sizes("form")).entries:
                break
            await asyncio.sleep(0.01)

        assert await store.put({A: b"2"}, if_absent=FIRST_WINS) == {A: b"2"}
        await store.close()


async def test_A1_a_server_that_is_gone_costs_little_is_told_and_comes_back() -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        path = Path(place, "socket")
        server = start_redis(path)
        await answering(path)
        store = RedisStore(f"unix://{path}", clock=clock)
        await store.open()
        assert not store.health().problem

        server.kill()
        server.wait()
        began = time.perf_counter()
        for _ in range(20):
            with pytest.raises(StoreError):
                await store.get([A])
        took = time.perf_counter() - began
        told = store.health()

        await asyncio.to_thread(path.unlink, missing_ok=True)
        server = start_redis(path)
        await answering(path)
        clock.now += 60
        put = await store.put({A: b"1"})
        back = store.health()
        await store.close()
        server.kill()
        server.wait()

    assert took < 2 * PATIENCE_S + 1
    assert told.durable
    assert "Redis does not answer" in told.problem
    assert put == {A: b"1"}
    assert not back.problem


async def test_A1_a_server_that_hangs_is_waited_for_half_a_second() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        path = f"{place}/socket"
        server = await asyncio.start_unix_server(hang, path)
        store = RedisStore(f"unix://{path}")
        began = time.perf_counter()

        with pytest.raises(StoreError, match="not answer"):
            await store.get([A])

        assert time.perf_counter() - began < PATIENCE_S + 2
        await store.close()
        server.close()
        await server.wait_closed()


async def test_D1_calls_given_up_half_way_never_leave_their_answer_to_another() -> None:
    keys: list[Key] = [("form", b"%d" % number) for number in range(40)]
    async with redis_server() as url:
        store = RedisStore(url)
        await store.put({key: key[1] * 1000 for key in keys})

        async def read(key: Key) -> None:
            assert await store.get([key]) == {key: key[1] * 1000}

        for round_number in range(30):
            tasks = [asyncio.ensure_future(read(key)) for key in keys]
            await asyncio.sleep(0.0002 * (round_number % 10))
            for task in tasks[round_number % 2 :: 2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [one for one in done if isinstance(one, AssertionError | StoreError)]
        await store.close()


async def test_all_who_propose_a_secret_get_the_first_one_and_it_stays() -> None:
    key = ("secret", b"installation")
    first_wins = frozenset({"secret"})
    async with redis_server() as url, Redis.from_url(url) as client:
        one, other = RedisStore(url), RedisStore(url)

        agreed = [
            await one.put({key: b"first"}, if_absent=first_wins),
            await other.put({key: b"second"}, if_absent=first_wins),
            await other.get([key]),
        ]

        assert agreed == 3 * [{key: b"first"}]
        assert await client.pttl("headroom:secret:installation") == -1
        await one.close()
        await other.close()


async def test_one_that_is_read_or_written_renews_its_whole_group() -> None:
    keys = ["headroom:form:a", "headroom:original:x", "headroom:head:a"]
    week_ms = 7 * DAY_MS
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url)
        entries: dict[Key, bytes] = {A: b"1", ("original", b"x"): b"2", ("head", b"a"): b"3"}
        await store.put(entries, groups=dict.fromkeys(entries, b"one"))

        async def soon(lives_ms: int) -> None:
            for key in [*keys, "headroom:#group::one"]:
                await client.pexpire(key, lives_ms)

        async def left() -> list[int]:
            return [await client.pttl(key) for key in keys]

        await soon(week_ms - RENEW_AFTER_MS + 60_000)
        await store.get([A], group=b"one")
        within_the_hour = await left()
        await soon(60_000)
        await store.get([A], group=b"one")
        after_reading = await left()
        await soon(60_000)
        await store.put({B: b"4"}, groups={B: b"one"})
        after_writing = await left()
        await store.get([("held", b"nothing")], group=b"two")
        assert await client.exists("headroom:#group::two") == 0
        await store.close()

    assert max(within_the_hour) < week_ms - RENEW_AFTER_MS + 60_001
    assert min(after_reading) > week_ms - 60_000
    assert min(after_writing) > week_ms - 60_000


async def test_what_stood_alone_joins_the_group_that_reads_it() -> None:
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url)
        await store.put({A: b"1"})
        await client.pexpire("headroom:form:a", 60_000)

        await store.get([A, B], group=b"one")

        assert await client.pttl("headroom:form:a") > 6 * DAY_MS
        assert await client.smembers("headroom:#group::one") == {b"headroom:form:a"}
        await store.close()


async def test_counters_and_accounts_have_no_lifetime_that_want_of_room_could_use() -> None:
    today, total = ("daily", b"today"), ("total", b"one")
    table = {**NAMESPACES, "daily": Namespace(days=3), "total": FOR_EVER}
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url, namespaces=table)
        await store.add({today: 1, total: 1})
        await set_apart(store, {total: 10}, 5)

        keys = sorted([key async for key in client.scan_iter()])
        lives = {await client.pttl(key) for key in keys}
        await store.close()

    assert lives == {-1}
    assert len(keys) == 5


async def test_a_counter_expires_where_its_namespace_says_so() -> None:
    today, yesterday = ("daily", b"today"), ("daily", b"yesterday")
    table = {**NAMESPACES, "daily": Namespace(days=3)}
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url, namespaces=table)
        await store.add({today: 1, yesterday: 1})
        long_ago_ms = (time.time() - 4 * 24 * 60 * 60) * 1000
        await client.zadd("headroom:#changed:daily:", {"yesterday": long_ago_ms})

        assert await store.add({yesterday: 0}) == {yesterday: 0}
        await store.add({today: 1})
        assert await client.hgetall("headroom:#total:daily:") == {b"today": b"2"}
        assert await store.add({yesterday: 2}) == {yesterday: 2}
        await store.close()


async def test_counters_leave_for_want_of_room_when_one_is_added_to_and_not_when_one_is_read() -> (
    None
):
    first, second = ("shared", b"1"), ("shared", b"2")
    async with redis_server() as url:
        wide = RedisStore(url, namespaces={"shared": Namespace(days=90, share=1.0)})
        narrow = RedisStore(url, namespaces={"shared": Namespace(days=90, share=0.0)})
        await wide.add({first: 1, second: 1})

        assert await narrow.add({first: 0, second: 0}) == {first: 1, second: 1}
        assert await wide.add({first: 0, second: 0}) == {first: 1, second: 1}
        assert await narrow.add({second: 1}) == {second: 2}
        assert (await wide.add({first: 0}))[first] == 0
        await wide.close()
        await narrow.close()


async def test_m2_what_nobody_settles_is_charged_as_it_was_reserved_and_can_be_corrected() -> None:
    account = ("total", b"one")
    table = {**NAMESPACES, "total": FOR_EVER}
    reserved = "headroom:#reserved:total:one"
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url, namespaces=table)
        forgotten = await set_apart(store, {account: 100}, 60)
        assert forgotten is not None

        async def made(hours_ago: int, charged: int) -> None:
            at = round((time.time() - hours_ago * 3600) * 1000)
            await client.hset(reserved, forgotten.id, f"60 {at} {charged}")

        await made(2, 0)
        assert await set_apart(store, {account: 60}, 1) is None
        charged = await store.add({account: 0})
        await store.settle(forgotten, 5)
        corrected = await store.add({account: 0})
        await made(30, 1)
        await store.settle(forgotten, 5)
        final = await store.add({account: 0})
        assert await client.exists(reserved) == 0
        await store.close()

    assert (charged, corrected, final) == ({account: 60}, {account: 5}, {account: 5})


async def test_m7_a_server_whose_clock_is_set_back_locks_no_bucket() -> None:
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url)
        await store.take("a", 10, rate=1, burst=10)
        await client.hset("headroom:#bucket:a:", "at", str(time.time() + 3600))

        waits = [await store.take("a", 1, rate=1, burst=10)]
        await client.hset("headroom:#bucket:a:", "at", str(time.time() - 5))
        waits += [await store.take("a", 5, rate=1, burst=10)]
        left_ms = await client.pttl("headroom:#bucket:a:")
        await store.close()

    assert waits == [pytest.approx(1, abs=0.1), 0.0]
    # It leaves when it is full again.
    assert 9_000 < left_ms <= 10_000


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:1/0", "redis://u:hunter2@no.invalid"])
async def test_s1_no_error_holds_the_password(url: str) -> None:
    store = RedisStore(url)

    await store.open()
    with pytest.raises(StoreError) as raised:
        await store.get([A])

    assert "hunter2" not in str(raised.value) + store.health().problem + repr(raised.value)
    await store.close()


def test_an_address_that_is_none_is_told_without_its_password() -> None:
    with pytest.raises(SettingsError, match="redis://host:6379/0") as raised:
        RedisStore("http://:hunter2@x")

    assert "hunter2" not in str(raised.value)


async def test_m2_what_stands_on_past_periods_is_charged_and_leaves() -> None:
    past, today = ("total", b"past"), ("total", b"today")
    table = {**NAMESPACES, "total": FOR_EVER}
    reserved = "headroom:#reserved:total:past"
    async with redis_server() as url, Redis.from_url(url) as client:
        store = RedisStore(url, namespaces=table)
        forgotten = await set_apart(store, {past: 100}, 60)
        assert forgotten is not None

        async def hours_go_by(hours: int, charged: int) -> None:
            at = round((time.time() - hours * 3600) * 1000)
            await client.hset(reserved, forgotten.id, f"60 {at} {charged}")
            await client.zadd("headroom:#apart:total:", {"past": at})
            await set_apart(store, {today: 100}, 1)

        await hours_go_by(2, 0)
        charged = await store.add({past: 0})
        assert await client.exists(reserved) == 1
        await hours_go_by(30, 1)
        left = [await client.exists(reserved), await client.zrange("headroom:#apart:total:", 0, 9)]
        await store.close()

    assert charged == {past: 60}
    assert left == [0, [b"today"]]
