"""The bench of what is learned runs, and shows what it is for."""

from __future__ import annotations

from benchmarks.toin import Agent, bench
from benchmarks.toin_tools import ASKED, UNRELATED
from headroom.tokens import Counter


async def test_an_agent_asks_for_a_field_three_times_and_then_has_it() -> None:
    wide, deep = ASKED[:2]
    async with bench(Counter.load(), plan_deadline_seconds=30.0) as one:
        figures = await one.work(Agent([deep, UNRELATED]), 5)

    assert wide.asks
    assert not UNRELATED.asks
    assert figures.asked == {deep.name: [0, 1, 2]}
    assert figures.units > 0
