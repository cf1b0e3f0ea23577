"""What one caller may use per minute."""

from __future__ import annotations

import pytest

from headroom.state.backends.memory import MemoryStore
from headroom.state.limits import LONGEST_DEBT_S, Limit, Limits
from tests.support.clock import Clock

TEN = Limit("requests", 10)
THOUSAND = Limit("tokens", 1000)


def limits(steady: Clock) -> Limits:
    return Limits(MemoryStore(steady=steady))


async def test_M5_a_minutes_worth_is_there_at_once_and_then_what_time_brings() -> None:
    steady = Clock(1000.0)
    buckets = limits(steady)
    given = [await buckets.take(TEN, "a") for _ in range(12)]

    assert given[:10] == [None] * 10
    assert given[10] is not None
    assert given[10].wait_s == pytest.approx(6)
    assert given[10].remaining == 0
    assert given[10].full_s == pytest.approx(60)
    steady.now += given[10].wait_s
    assert await buckets.take(TEN, "a") is None
    assert await buckets.take(TEN, "a") is not None


async def test_M5_callers_have_buckets_of_their_own_for_each_unit() -> None:
    buckets = limits(Clock(1000.0))
    for _ in range(10):
        await buckets.take(TEN, "a")

    assert await buckets.take(TEN, "a") is not None
    assert await buckets.take(TEN, "b") is None
    assert await buckets.take(THOUSAND, "a", 1000) is None


async def test_a_shortage_tells_what_is_left() -> None:
    buckets = limits(Clock(1000.0))
    await buckets.take(THOUSAND, "a", 700)

    short = await buckets.take(THOUSAND, "a", 400)

    assert short is not None
    assert short.remaining == 300
    assert short.wait_s == pytest.approx(6)
    assert short.full_s == pytest.approx(42)


async def test_what_was_not_used_is_given_back_and_what_was_beyond_is_charged() -> None:
    buckets = limits(Clock(1000.0))
    await buckets.take(THOUSAND, "a", 1000)
    await buckets.correct(THOUSAND, "a", taken=1000, used=400)
    assert await buckets.take(THOUSAND, "a", 600) is None

    await buckets.correct(THOUSAND, "a", taken=600, used=1600)
    short = await buckets.take(THOUSAND, "a", 1)

    assert short is not None
    assert short.remaining == 0
    assert short.wait_s == pytest.approx(1001 * 0.06)


async def test_a_call_larger_than_the_bucket_is_not_refused_for_ever() -> None:
    steady = Clock(1000.0)
    buckets = limits(steady)
    await buckets.take(THOUSAND, "a", 500)
    short = await buckets.take(THOUSAND, "a", 5000)
    assert short is not None
    steady.now += short.wait_s

    assert await buckets.take(THOUSAND, "a", 5000) is None
    after = await buckets.take(THOUSAND, "a", 1)
    assert after is not None
    assert after.wait_s == pytest.approx(4001 * 0.06)


async def test_nonsense_in_a_report_locks_nobody_out_for_longer_than_an_hour() -> None:
    buckets = limits(Clock(1000.0))
    await buckets.take(THOUSAND, "a", 10)

    await buckets.correct(THOUSAND, "a", taken=10, used=10**18)

    short = await buckets.take(THOUSAND, "a", 1)
    assert short is not None
    assert short.wait_s <= LONGEST_DEBT_S


async def test_0_is_no_limit() -> None:
    store = MemoryStore()
    buckets = Limits(store)
    for _ in range(1000):
        assert await buckets.take(buckets.requests, "a") is None
        assert await buckets.take(buckets.tokens, "a", 10**9) is None
    await buckets.correct(buckets.tokens, "a", taken=0, used=10**9)

    assert not store._buckets
