"""Measures what is learned of tools' outputs: after how many of them an agent need not ask again.

    python -m benchmarks.toin [--outputs 50]

Runs the real proxy in front of a scripted provider.  A simulated agent calls one tool again and
again, in conversations of ten outputs, and whenever what it is after is not in the result it asks
for it with `headroom_retrieve`.  Then an agent that fetches every original whole, and time that
passes.  Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.report import table
from benchmarks.toin_tools import ASKED, REGRETTED, UNRELATED, Json, Tool
from headroom.marker import TOOL, find_markers
from headroom.outcome import Usage
from headroom.replay.bill import STANDARD, Tokens
from headroom.state.namespaces import DAY_S
from headroom.state.patterns import Patterns
from headroom.tokens import Counter
from tests.proxy.house import House
from tests.proxy.talks import Notebook, house_before, noting, planning_of
from tests.upstream import Call, Provider, Received, Say, Script

MODEL = "claude-opus-5-5"
SYSTEM = "You look things up, one after another, and write down what you find. " * 40
OUTPUTS_PER_TALK = 10


@dataclass
class Clock:
    """The time by which evidence fades."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass
class Agent:
    """One that uses *tools* in turn: the provider's side decides, the client's side runs them.

    *asked* holds the numbers of the outputs for which it had to ask, by tool; *shown* what the
    provider saw of each output.
    """

    tools: Sequence[Tool]
    first: int = 0
    number: int = 0
    asked: dict[str, list[int]] = field(default_factory=dict)
    shown: dict[tuple[str, int], str] = field(default_factory=dict)

    def __call__(self, received: Received) -> Script:
        """What the model says to this request."""
        body = received.json()
        last = body["messages"][-1]["content"]
        if last[-1]["type"] != "tool_result":
            return Script((Say("I begin."),))
        text = last[-1]["content"]
        tool, number = self.running
        if (tool.name, number) not in self.shown:
            self.shown[tool.name, number] = text
            offered = any(one.get("name") == TOOL for one in body["tools"])
            markers = find_markers(text)
            if tool.asks and tool.wanted(number) not in text and markers and offered:
                self.asked.setdefault(tool.name, []).append(number)
                part = {"query": tool.query, "lines": tool.lines}
                named = {name: value for name, value in part.items() if value}
                return Script((Call(TOOL, {"hash": markers[0].key, **named}),))
        return Script((Say("Noted."), Call("next", {})))

    @property
    def running(self) -> tuple[Tool, int]:
        """The tool whose output is looked at, and how often it was called before."""
        at, which = divmod(self.number, len(self.tools))
        return self.tools[which], self.first + at


@dataclass(frozen=True)
class Figures:
    """What came of one agent's work: outputs for which it asked, and the bill in units."""

    asked: dict[str, list[int]]
    shown: dict[tuple[str, int], str]
    units: float


@dataclass(frozen=True)
class Bench:
    """A running proxy, its clock, and the provider behind it."""

    house: House
    notebook: Notebook
    provider: Provider
    http: aiohttp.ClientSession
    clock: Clock

    async def work(self, agent: Agent, outputs: int) -> Figures:
        """Let this agent look at so many outputs of each of its tools."""
        self.provider.otherwise(agent)
        units = 0.0
        total = outputs * len(agent.tools)
        for begin in range(0, total, OUTPUTS_PER_TALK):
            said = [{"type": "text", "text": f"Please begin with {begin}."}]
            history: list[Json] = [{"role": "user", "content": said}]
            agent.number = -1
            units += await self._turn(history, agent.tools)
            for number in range(begin, min(begin + OUTPUTS_PER_TALK, total)):
                agent.number = number
                tool, at = agent.running
                call = {"id": f"toolu_{number}", "name": tool.name, "input": tool.arguments(at)}
                result = {"tool_use_id": f"toolu_{number}", "content": tool.output(at)}
                history.append({"role": "assistant", "content": [{"type": "tool_use", **call}]})
                history.append({"role": "user", "content": [{"type": "tool_result", **result}]})
                units += await self._turn(history, agent.tools)
        return Figures(agent.asked, agent.shown, units)

    async def _turn(self, history: list[Json], tools: Sequence[Tool]) -> float:
        mark = {"cache_control": {"type": "ephemeral"}}
        last = history[-1]
        marked = {**last, "content": [*last["content"][:-1], {**last["content"][-1], **mark}]}
        body = {
            "model": MODEL,
            "max_tokens": 1000,
            "system": [{"type": "text", "text": SYSTEM, **mark}],
            "tools": [{"name": one.name, "input_schema": {"type": "object"}} for one in tools],
            "messages": [*history[:-1], marked],
        }
        url = f"http://127.0.0.1:{self.house.port}/v1/messages"
        async with self.http.post(url, json=body, headers={"x-api-key": "bench"}) as reply:
            assert reply.status == 200, await reply.text()
            await reply.read()
        outcome = await self.notebook.next()
        # What is learned is counted beside the request.
        await asyncio.gather(*planning_of(self.house).tasks)
        assert outcome.usage is not None
        return units_of(outcome.usage)


def units_of(usage: Usage) -> float:
    """The bill of one turn, all its legs together."""
    read = usage.cache_read_tokens
    return Tokens(read, usage.input_tokens - read, usage.output_tokens).units(STANDARD)


@asynccontextmanager
async def bench(counter: Counter, **settings: Any) -> AsyncIterator[Bench]:
    """A proxy with a workspace of its own."""
    clock = Clock()
    provider = Provider(count=lambda text: counter.count(text.decode()), recording=False)
    with tempfile.TemporaryDirectory(prefix="headroom-toin-") as folder:
        # Figures shall not depend on how busy the machine is.
        usual = {"ccr_offer": "always", "plan_deadline_seconds": 60.0}
        options = {**usual, "workspace_dir": Path(folder), **settings}
        async with house_before(provider, **options) as house, aiohttp.ClientSession() as http:
            notebook = noting(house)
            assert house.app.proxy is not None
            planning = planning_of(house)
            patterns = Patterns(planning.patterns._store, clock)  # noqa: SLF001 - for its clock
            changed = dataclasses.replace(planning, patterns=patterns)
            house.app._proxy = dataclasses.replace(house.app.proxy, planning=changed)  # noqa: SLF001
            yield Bench(house, notebook, provider, http, clock)


async def asking(counter: Counter, outputs: int) -> Iterator[Sequence[str]]:
    """For each tool: which outputs were asked for, and the bills, as lines of a table."""
    rows: list[Sequence[str]] = []
    for tool in (*ASKED, UNRELATED):
        figures: dict[str, Figures] = {}
        ways: dict[str, Json] = {
            "direct": {"optimize": False},
            "without": {"toin": False},
            "with": {"toin": True},
        }
        for way, settings in ways.items():
            async with bench(counter, **settings) as one:
                figures[way] = await one.work(Agent([tool]), outputs)
        asked = figures["with"].asked.get(tool.name, [])
        direct = figures["direct"].units
        rows.append(
            [
                tool.title,
                str(len(figures["without"].asked.get(tool.name, []))),
                str(len(asked)),
                str(max(asked) + 1 if asked else 0),
                f"{figures['without'].units / direct:.3f}",
                f"{figures['with'].units / direct:.3f}",
            ]
        )
    return iter(rows)


async def aside(counter: Counter, outputs: int) -> tuple[int, int]:
    """Of an unrelated tool beside one that is asked for: outputs, and how many look otherwise."""
    tools = [ASKED[0], UNRELATED]
    shown = []
    for toin in (False, True):
        async with bench(counter, toin=toin) as one:
            figures = await one.work(Agent(tools), outputs)
            shown.append(
                {at: text for at, text in figures.shown.items() if at[0] == UNRELATED.name}
            )
    return len(shown[0]), sum(shown[0][at] != shown[1].get(at) for at in shown[0])


async def regretting(counter: Counter, outputs: int) -> list[str]:
    """What becomes of a tool whose every output is fetched whole, and when it is tried again."""
    async with bench(counter) as one:
        figures = await one.work(Agent([REGRETTED]), outputs)
        asked = figures.asked.get(REGRETTED.name, [])
        said = [f"- fetched whole: outputs {_runs(asked)} of {outputs}; from then on left alone"]
        said.append(f"- bill with what was learned: {figures.units:,.0f} units")
        quiet = dataclasses.replace(REGRETTED, wanted=lambda _: "")
        tried = 0
        for day in range(1, 43):
            one.clock.now += DAY_S
            seen = await one.work(Agent([quiet], first=1000 + day), 1)
            cut = bool(find_markers(seen.shown[REGRETTED.name, 1000 + day]))
            tried += cut
            if cut and tried == 1:
                said.append(f"- first cut down again on day {day}")
        said.append(f"- cut down on {tried} of 42 days, where nobody asked any more")
    async with bench(counter, toin=False) as one:
        units = (await one.work(Agent([REGRETTED]), outputs)).units
        said.insert(2, f"- bill without: {units:,.0f} units")
    async with bench(counter, optimize=False) as one:
        units = (await one.work(Agent([REGRETTED]), outputs)).units
        said.insert(3, f"- bill direct: {units:,.0f} units")
    return said


def _runs(numbers: Sequence[int]) -> str:
    if not numbers:
        return "none"
    whole = list(numbers) == list(range(numbers[0], numbers[-1] + 1))
    if whole:
        return f"{numbers[0] + 1} to {numbers[-1] + 1}"
    return ", ".join(str(number + 1) for number in numbers)


async def measured(outputs: int) -> None:
    """All of it."""
    counter = Counter.load()
    rows = await asking(counter, outputs)
    heads = ["what is asked for", "asked, nothing learned", "asked, learning", "for the last time"]
    print(table([*heads, "bill, nothing learned", "bill, learning"], rows))
    total, otherwise = await aside(counter, outputs // 2)
    print(f"An unrelated tool beside it: {otherwise} of {total} outputs look otherwise.\n")
    print("\n".join(await regretting(counter, outputs // 2)), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="toin", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--outputs", type=int, default=50, help="of each tool")
    asyncio.run(measured(parser.parse_args(arguments).outputs))


if __name__ == "__main__":
    main()
