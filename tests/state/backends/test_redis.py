"""What only the store on Redis has to deal with; the rest is in the contract."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis

from headroom.errors import SettingsError, StoreError
from headroom.state.backends.redis import DAY_MS, PATIENCE_S, RENEW_AFTER_MS, RedisStore
from headroom.state.base import Key
from tests.support.redis_server import answering, needs_redis, redis_server, start_redis

pytestmark = needs_redis

A, B = ("form", b"a"), ("form", b"b")
FIRST_WINS = frozenset({"form"})


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


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


async def test_a1_a_server_that_is_gone_costs_little_is_told_and_comes_back() -> None:
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


async def test_a1_a_server_that_hangs_is_waited_for_half_a_second() -> None:
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


async def test_d1_calls_given_up_half_way_never_leave_their_answer_to_another() -> None:
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
    async with redis_server() as url, Redis.from_url(url) as client:
        one, other = RedisStore(url), RedisStore(url)

        agreed = [await one.agreed(key, b"first"), await other.agreed(key, b"second")]

        assert agreed == [b"first", b"first"]
        assert await client.pttl("headroom:secret:installation") == -1
        await one.close()
        await other.close()


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
