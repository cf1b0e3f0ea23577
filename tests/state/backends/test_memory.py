"""The store inside one process."""

from __future__ import annotations

import pytest

from headroom.state.backends import memory
from headroom.state.backends.memory import MemoryStore
from tests.support.clock import Clock

A, B, C = ("form", b"a"), ("form", b"b"), ("head", b"a")


async def test_what_was_put_is_there_and_what_was_not_is_not() -> None:
    store = MemoryStore()
    await store.put({A: b"1", C: b"3"})

    assert await store.get([A, B, C]) == {A: b"1", C: b"3"}


async def test_the_last_writer_wins_except_where_the_first_shall() -> None:
    store = MemoryStore()
    await store.put({A: b"1", C: b"1"})

    standing = await store.put({A: b"2", B: b"2", C: b"2"}, if_absent=frozenset({"form"}))

    assert standing == {A: b"1", B: b"2", C: b"2"}
    assert await store.get([A, B, C]) == standing


async def test_dropped_keys_are_gone() -> None:
    store = MemoryStore()
    await store.put({A: b"1", B: b"2"})

    await store.drop([A, C])

    assert await store.get([A, B]) == {B: b"2"}
    assert len(store) == 1


async def test_beyond_its_size_what_was_unseen_for_longest_leaves() -> None:
    store = MemoryStore(limit_bytes=3_000)
    await store.put({A: b"x" * 700})
    await store.put({B: b"x" * 700})
    await store.get([A])

    await store.put({C: b"x" * 1_000})

    assert set(await store.get([A, B, C])) == {A, C}


async def test_L9_buckets_that_are_full_again_leave_memory() -> None:
    steady = Clock(1000.0)
    store = MemoryStore(steady=steady)
    for number in range(50):
        await store.take(f"a{number}", 1, rate=1, burst=10)
    steady.now += 1
    for _ in range(25):
        await store.take("b", 1, rate=1, burst=100)

    assert set(store._buckets) == {"b"}


async def test_L9_a_flood_of_buckets_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_BUCKETS", 20)
    store = MemoryStore()
    for number in range(60):
        await store.take(f"a{number}", 5, rate=0.001, burst=10)

    assert len(store._buckets) == 20
    assert "a59" in store._buckets
