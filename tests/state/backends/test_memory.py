"""The store inside one process."""

from __future__ import annotations

from headroom.state.backends.memory import MemoryStore

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
