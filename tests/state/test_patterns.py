"""What is counted of outputs of one shape, of each tenant and of all."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom.hints import Hint, Shape
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Key
from headroom.state.pattern_counts import COUNTS, PERIOD_S, Total
from headroom.state.pattern_table import EVERYONE, MOST_OF_A_TENANT, PATTERNS
from headroom.state.patterns import MOST_OF_ONE, Experience, Patterns, scope_of
from tests.support.clock import Clock

NOW = 1_000 * PERIOD_S
SHAPE = Shape("a" * 24, "mcp__pay__list", "records", (("id", "number"), ("salary", "number")))


def cut(number: int, shape: Shape = SHAPE) -> Experience:
    totals: dict[Total, int] = {"compressions": 1, "tokens_before": 100, "tokens_after": 10}
    return Experience(shape, f"{number:024x}", totals, {"reduced": 1})


def fetched(number: int, sign: str = "regretted", **fields: int) -> Experience:
    return Experience(Shape(SHAPE.signature), f"{number:024x}", {"whole": 1}, {sign: 1}, fields)


async def hint(patterns: Patterns, tenant: str = "t") -> Hint:
    return (await patterns.hints(tenant, [SHAPE]))[SHAPE.signature]


async def teach(patterns: Patterns, times: int, *more: Callable[[int], Experience]) -> None:
    for number in range(times):
        await patterns.note("t", [cut(number), *(one(number) for one in more)])


async def test_ten_outputs_that_were_fetched_whole_are_judged() -> None:
    patterns = Patterns(MemoryStore(), Clock(NOW))

    await teach(patterns, 9, fetched)
    assert (await hint(patterns)).regret == 0.0
    await patterns.note("t", [cut(9), fetched(9)])

    assert (await hint(patterns)).regret == 1.0
    assert (await hint(patterns, "other")).regret == 0.0


async def test_a_field_that_was_named_three_times_stays() -> None:
    patterns = Patterns(MemoryStore(), Clock(NOW))

    await teach(patterns, 3, lambda n: fetched(n, "named", salary=1))

    assert (await hint(patterns)).fields == ("salary",)


async def test_one_original_that_is_fetched_again_and_again_counts_once() -> None:
    patterns = Patterns(MemoryStore(), Clock(NOW))

    for _ in range(20):
        await patterns.note("t", [cut(1), fetched(1, "named", salary=1), fetched(1)])

    assert (await hint(patterns)).fields == ()
    sums = await patterns.sums(scope_of("t"))
    assert (sums["compressions"], sums["whole"]) == (1, 40)


async def test_what_was_learned_fades_so_that_it_is_tried_again() -> None:
    clock = Clock(NOW)
    patterns = Patterns(MemoryStore(clock=clock), clock)
    await teach(patterns, 10, fetched)
    clock.now += 1.9 * PERIOD_S
    still = await hint(patterns)

    clock.now += 0.2 * PERIOD_S

    assert still.regret == 1.0
    assert (await hint(patterns)).regret == 0.0
    await patterns.note("t", [cut(77), fetched(77)])
    assert (await hint(patterns)).regret == 1.0


async def test_three_tenants_speak_for_a_fourth_and_none_of_them_too_loud() -> None:
    store = MemoryStore()
    patterns = Patterns(store, Clock(NOW))
    for number in range(MOST_OF_ONE + 100):
        await patterns.note("loud", [cut(number), fetched(number)])
    for tenant in ("quiet", "calm"):
        await patterns.note(tenant, [cut(number) for number in range(50)])

    alone = await hint(patterns, "new")

    assert alone.regret == pytest.approx(MOST_OF_ONE / (MOST_OF_ONE + 100))
    assert (await hint(patterns, "calm")).regret == 0.0


async def test_what_is_counted_of_all_holds_no_name_and_no_tenant() -> None:
    store = MemoryStore()
    await Patterns(store, Clock(NOW)).note("tenant-7", [cut(1), fetched(1, "named", salary=1)])

    entries = await store.list(PATTERNS, EVERYONE.encode(), limit=9)
    counters = store._counters._totals[COUNTS]
    told = b" ".join((*entries, *entries.values(), *counters))
    assert b"salary" not in told
    assert b"mcp__pay" not in told
    assert b"tenant-7" not in told


async def test_a_tool_whose_every_output_has_other_fields_fills_nothing() -> None:
    store, clock = MemoryStore(), Clock(NOW)
    patterns = Patterns(store, clock)

    for number in range(600):
        shape = Shape(f"{number:024x}", "t", "records", ((f"f{number}", "text"),))
        await patterns.hints("t", [shape])
        await patterns.note("t", [cut(number, shape)])

    assert len(await patterns.signatures(scope_of("t"))) <= MOST_OF_A_TENANT
    assert len(patterns._memo) < 2_048


async def test_the_largest_come_first() -> None:
    patterns = Patterns(MemoryStore(), Clock(NOW))
    other = Shape("b" * 24, "t", "text")
    await patterns.note("t", [cut(1), cut(2), cut(3, other)])

    first, second = await patterns.largest(scope_of("t"))

    assert (first.signature, first.compressions, first.shape.tool) == ("a" * 24, 2, SHAPE.tool)
    assert second.signature == "b" * 24
    assert len(await patterns.largest(scope_of("t"), 1)) == 1


async def test_what_left_a_full_window_is_counted() -> None:
    patterns = Patterns(MemoryStore(), Clock(NOW))
    await patterns.note("t", [cut(1)])

    await patterns.note("t", [Experience(Shape(SHAPE.signature), totals={"dropped": 1})])

    (known,) = await patterns.patterns(scope_of("t"), [SHAPE.signature])
    assert known.totals["dropped"] == 1


class Down(MemoryStore):
    async def add(self, amounts: object) -> dict[Key, int]:
        raise StoreError("down")


async def test_a_store_that_is_down_is_told() -> None:
    patterns = Patterns(Down(), Clock(NOW))

    with pytest.raises(StoreError):
        await patterns.hints("t", [SHAPE])
    with pytest.raises(StoreError):
        await patterns.note("t", [cut(1)])


def _count(folder: Path, first: int, times: int) -> None:
    async def count() -> None:
        store = SqliteStore(folder)
        await store.open()
        patterns = Patterns(store)
        for number in range(first, first + times):
            await patterns.note("t", [cut(number), fetched(number)])
        await store.close()

    asyncio.run(count())


async def test_G2_four_processes_lose_nothing_and_learn_from_one_another(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count, args=(tmp_path, 100 * n, 25)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        await asyncio.to_thread(worker.join)

    store = SqliteStore(tmp_path)
    await store.open()
    patterns = Patterns(store)
    sums = await patterns.sums(scope_of("t"))
    known = await hint(patterns)
    await store.close()

    assert (sums["compressions"], sums["whole"], sums["tokens_before"]) == (100, 100, 10_000)
    assert known.regret == 1.0
