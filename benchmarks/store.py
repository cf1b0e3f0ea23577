"""Measures what one request's store work takes, from several processes at once.

    python -m benchmarks.store                    200 requests a second from 4 processes
    python -m benchmarks.store --redis redis://…  and on a server

A request looks up four keys that are not there and writes four entries, as a new turn of one of
fifty conversations does; now and then a history of 300 keys is read, as after a restart.  And
the whole look-up of a conversation of 300 blocks in the ledger: by a process that has never seen
it, and by one that has.  Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from headroom.conversation import Block, Conversation, Facts, Form, Plan, ToolCall
from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Key, Store
from headroom.state.ledger import Ledger
from headroom.state.place import Place

ENTRIES, ENTRY_BYTES = 4, 400
HISTORY_KEYS, HISTORIES = 300, 20
CONVERSATIONS = 50
FIRST_WINS = frozenset({"form"})

Took = tuple[list[float], list[float]]
"""Seconds of each request's work, and of each look-up of a history."""

spawn = multiprocessing.get_context("spawn")


@asynccontextmanager
async def opened(place: str) -> AsyncIterator[Store]:
    """The store at this address, or in this folder."""
    store = RedisStore(place) if "://" in place else SqliteStore(Path(place))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def work(place: str, rate: float, seconds: float, told: multiprocessing.Queue[Took]) -> None:
    """One process's share; tells how long each piece of work took."""
    told.put(asyncio.run(_work(place, rate, seconds)))


async def _work(place: str, rate: float, seconds: float) -> Took:
    requests: list[float] = []
    histories: list[float] = []
    async with opened(place) as store:
        history: list[Key] = [("form", os.urandom(16)) for _ in range(HISTORY_KEYS)]
        await store.put({key: os.urandom(ENTRY_BYTES) for key in history})
        begun = time.perf_counter()
        running = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            running.append(asyncio.create_task(_request(store, requests)))
        await asyncio.gather(*running)
        for _ in range(HISTORIES):
            began = time.perf_counter()
            await store.get(history)
            histories.append(time.perf_counter() - began)
    return requests, histories


async def _request(store: Store, took: list[float]) -> None:
    began = time.perf_counter()
    keys: list[Key] = [("form", os.urandom(16)) for _ in range(ENTRIES)]
    group = b"%d" % (len(took) % CONVERSATIONS)
    await store.get(keys, group=group)
    await store.put(
        {key: os.urandom(ENTRY_BYTES) for key in keys},
        if_absent=FIRST_WINS,
        groups=dict.fromkeys(keys, group),
    )
    took.append(time.perf_counter() - began)


def measure(place: str, *, processes: int, rate: float, seconds: float) -> Took:
    """All processes together."""
    told: multiprocessing.Queue[Took] = spawn.Queue()
    share = rate / processes
    workers = [
        spawn.Process(target=work, args=(place, share, seconds, told)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    took = [told.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sorted(t for one, _ in took for t in one), sorted(t for _, many in took for t in many)


LOOK_UPS = 50


async def look_ups(place: str) -> Took:
    """Seconds of each look-up of a long conversation, by a new process and by one that knows it."""
    blocks = [_block(number) for number in range(HISTORY_KEYS)]
    conversation = Conversation(tuple(blocks), "model", facts=Facts(brings_tools=True))
    formed = {n: Form("short", ("log",), 9, 3) for n, block in enumerate(blocks) if block.editable}
    secret = os.urandom(32)
    cold: list[float] = []
    warm: list[float] = []
    async with opened(place) as store:
        ledger = Ledger(store, secret=secret)
        await ledger.keep(await _looked_up(ledger, conversation, []), Plan(forms=formed))
        for _ in range(LOOK_UPS):
            another = Ledger(store, secret=secret)
            await _looked_up(another, conversation, cold)
            await _looked_up(another, conversation, warm)
    return sorted(cold), sorted(warm)


def _block(number: int) -> Block:
    made = ToolCall(f"call {number // 2}", "Bash")
    if number % 2:
        return Block((), number, "tool", "tool_result", f"text {number}", made, editable=True)
    return Block((), number, "assistant" if number else "user", "tool_call", "{}", made)


async def _looked_up(ledger: Ledger, conversation: Conversation, took: list[float]) -> Place:
    chain = ledger.chain(conversation)
    began = time.perf_counter()
    place = await ledger.look_up(conversation, chain)
    took.append(time.perf_counter() - began)
    return place


def row_of_look_ups(name: str, took: Took) -> str:
    """One line of the second table."""
    cold, warm = took
    cells = [_at(cold, 0.5), _at(cold, 0.99), _at(warm, 0.5), _at(warm, 0.99)]
    return f"| {name} | {' | '.join(f'{cell:.2f}' for cell in cells)} |"


def row(name: str, took: Took) -> str:
    """One line of the table."""
    requests, histories = took
    cells = [_at(requests, 0.5), _at(requests, 0.99), _at(requests, 0.999), _at(histories, 0.5)]
    return f"| {name} | {len(requests)} | {' | '.join(f'{cell:.2f}' for cell in cells)} |"


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="store", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--redis", metavar="URL", help="an empty server to measure too")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second in all")
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args(arguments)
    given = {
        "processes": chosen.processes, "rate": chosen.rate, "seconds": chosen.seconds
    }  # fmt: skip
    print(f"| store | requests | p50 ms | p99 | p99.9 | {HISTORY_KEYS} keys |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        print(row("sqlite", measure(folder, **given)))
    if chosen.redis:
        print(row("redis", measure(chosen.redis, **given)))
    print(f"\n| ledger, {HISTORY_KEYS} blocks | new p50 ms | p99 | known p50 | p99 |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        print(row_of_look_ups("sqlite", asyncio.run(look_ups(folder))))
    if chosen.redis:
        print(row_of_look_ups("redis", asyncio.run(look_ups(chosen.redis))))


if __name__ == "__main__":
    main()
