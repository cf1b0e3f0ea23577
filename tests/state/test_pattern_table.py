"""The table of shapes that are known is bounded, and holds no names where all are counted."""

from __future__ import annotations

from headroom.hints import Shape
from headroom.state.backends.memory import MemoryStore
from headroom.state.namespaces import DAY_S
from headroom.state.pattern_table import EVERYONE, MOST_OF_A_TENANT, PATTERNS, TABLES, Table
from tests.support.clock import Clock

SHAPE = Shape("a" * 24, "mcp__pay__list", "records", (("salary", "number"),))


def numbered(number: int) -> Shape:
    return Shape(f"{number:024x}", "t", "text")


async def test_a_shape_is_new_once_and_found_again() -> None:
    store, clock = MemoryStore(), Clock()

    assert await Table(store, clock).see("t1", [SHAPE]) == {SHAPE.signature: True}
    clock.now += 1
    assert await Table(store, clock).see("t1", [SHAPE]) == {SHAPE.signature: False}
    assert await Table(store, Clock()).see("t2", [SHAPE]) == {SHAPE.signature: True}

    found = (await Table(store, Clock()).shapes("t1", [SHAPE.signature, "b" * 24]))[SHAPE.signature]
    assert (found.tool, found.kind, found.fields) == (SHAPE.tool, SHAPE.kind, SHAPE.fields)


async def test_among_all_no_name_is_kept() -> None:
    store = MemoryStore()

    await Table(store, Clock()).see(EVERYONE, [SHAPE])

    stored = b"".join((await store.list(PATTERNS, b"", limit=9)).values())
    assert b"salary" not in stored
    assert b"pay" not in stored
    assert b"number" in stored


async def test_beyond_its_size_the_longest_unseen_leave() -> None:
    clock = Clock()
    table = Table(MemoryStore(), clock)
    await table.see("t", [numbered(0)])
    clock.now += DAY_S
    for number in range(1, MOST_OF_A_TENANT):
        await table.see("t", [numbered(number)])

    await table.see("t", [numbered(MOST_OF_A_TENANT)])

    known = await table.days("t")
    assert len(known) <= MOST_OF_A_TENANT
    assert numbered(0).signature not in known
    assert numbered(MOST_OF_A_TENANT).signature in known


async def test_a_table_that_is_full_of_what_was_seen_today_takes_nothing_more() -> None:
    clock = Clock()
    table = Table(MemoryStore(), clock)
    await table.see("t", [numbered(number) for number in range(MOST_OF_A_TENANT - 1)])

    last = await table.see("t", [numbered(1), numbered(900), numbered(901)])
    refused = await table.see("t", [numbered(902)])
    clock.now += DAY_S
    tomorrow = await table.see("t", [numbered(902)])

    assert last == {numbered(1).signature: False, numbered(900).signature: True}
    assert refused == {}
    assert tomorrow == {numbered(902).signature: True}


async def test_what_another_process_overwrote_comes_back_when_it_is_seen_again() -> None:
    store, clock = MemoryStore(), Clock()
    table = Table(store, clock)
    await table.see("t", [SHAPE])
    await store.drop([(TABLES, b"t")])

    clock.now += DAY_S
    new = await table.see("t", [SHAPE])

    assert new == {SHAPE.signature: False}
    assert set(await table.days("t")) == {SHAPE.signature}


async def test_a_damaged_table_is_an_empty_one() -> None:
    store = MemoryStore()
    await store.put({(TABLES, b"t"): b"\xc1", (PATTERNS, f"t/{'a' * 24}".encode()): b"\xc1"})

    assert await Table(store, Clock()).days("t") == {}
    assert await Table(store, Clock()).shapes("t", ["a" * 24]) == {}
