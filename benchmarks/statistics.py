"""Measures what statistics cost: how long `/stats` takes, and what observing adds to a request.

    python -m benchmarks.statistics                      100 000 requests, 4 workers
    python -m benchmarks.statistics --requests 20000 --workers 1

A store is filled with the outcomes of so many requests, spread over more than a year; then a real
proxy with several workers is asked for its pages, each time on a connection of its own, so that
all workers have their turn, first at rest and then while requests come in.  What observing costs
is told by two proxies in turn, of which one passes over all outcomes.  Writes Markdown to the
screen.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import uvloop

from benchmarks import guards, subjects
from benchmarks.conversations import template
from benchmarks.report import quantiles
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.outcome import Outcome, Passage, Treated, Usage
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.journal import Journal

DAYS, MODELS = 380, 20
AT_ONCE = 1_000
WARM_UP = 20
PER_SECOND = 20.0
"""Requests beside the asking; each core has other things to do as well."""

PAGES = ("/stats", "/stats-history", "/stats-history?format=csv&series=daily")

BLOCKS = tuple(
    Treated(place, 3, "tool", "tool_result", "Bash", 900, 300, ("clean", "log"), original="ab" * 12)
    for place in range(4)
)

OUTCOME = Outcome(
    "hr_0",
    "planned",
    method="POST",
    route="/v1/messages",
    provider="anthropic",
    model="claude-opus-4-7",
    known_model="claude-opus-4-7",
    status=200,
    streaming=True,
    tokens_before=30_000,
    tokens_after=9_000,
    transforms=("clean", "router:log:0.21", "repeat"),
    usage=Usage(9_400, 350, cache_read_tokens=8_000, cache_write_5m_tokens=1_200),
    cost=Decimal("0.0123"),
    direct_cost=Decimal("0.0345"),
    input_cost=Decimal("0.0100"),
    uncached_cost=Decimal("0.0567"),
    retrieval_cost=Decimal(0),
    write_premium=Decimal("0.0003"),
    units=2_345.6,
    direct_units=6_789.0,
    overhead_ms=3.2,
    first_byte_ms=812.0,
    total_ms=4_567.0,
    tenant="0123456789abcdef0123456789abcdef",
    passages=(
        Passage("read", 0.0, 0.1),
        Passage("parse", 0.1, 0.4),
        Passage("blocks", 0.5, 0.3),
        Passage("look_up", 0.8, 0.6),
        Passage("plan", 1.4, 1.2),
        Passage("keep", 2.6, 0.4),
    ),
    treated=BLOCKS,
)


async def fill(folder: Path, count: int) -> None:
    """Write the outcomes of *count* requests that ended over the last days, as a proxy does."""
    chance, now = random.Random(0), time.time()
    store = SqliteStore(folder)
    await store.open()
    async with open_chronicle(Chronicle(Journal(store), process="past", folder=folder)) as past:
        for number in range(count):
            model = f"model-{chance.randrange(MODELS)}"
            at = now - (count - number) * DAYS * 86_400 / count
            before = chance.randrange(10_000, 90_000)
            past.take(
                replace(
                    OUTCOME,
                    request_id=f"hr_{number:016x}",
                    at=at,
                    model=model,
                    known_model=model,
                    tokens_before=before,
                    treated=BLOCKS if not number % 50 else (),
                )
            )
            if not number % AT_ONCE:
                await past.read()
        await past.read()
    await store.close()


def ask(port: int, path: str) -> float:
    """How long the page took, in milliseconds, on a new connection."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30.0)
    connection.request("GET", path)
    reply = connection.getresponse()
    reply.read()
    took = (time.perf_counter() - began) * 1e3
    connection.close()
    if reply.status != 200:
        raise RuntimeError(f"{path} answered {reply.status}")
    return took


@contextmanager
def traffic(port: int) -> Iterator[None]:
    """Requests that come in meanwhile."""
    over = threading.Event()

    def send() -> None:
        headers = {"content-type": "application/json", "x-api-key": "sk-ant-some"}
        for number in range(1_000_000):
            if over.wait(1 / PER_SECOND):
                return
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30.0)
            body = template(5_000, 0).filled(number)
            connection.request("POST", "/v1/messages", body, headers)
            connection.getresponse().read()
            connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def pages(folder: Path, *, workers: int, times: int) -> Iterator[str]:
    """One line for each page, at rest and with traffic."""
    with subjects.upstream() as upstream_port:
        port = subjects.free_port()
        subject = subjects.ours(port, upstream_port)
        subject = replace(subject, command=(*subject.command, "--workers", str(workers)))
        with subjects.running(subject, port, folder) as up:
            for path in PAGES:
                warm_up(port, path)
                yield row(path, "at rest", [ask(port, path) for _ in range(times)])
                with traffic(port):
                    found = [ask(port, path) for _ in range(times)]
                yield row(path, f"{PER_SECOND:.0f} requests/s", found)
                up.settle(2.0)


def warm_up(port: int, path: str) -> None:
    """Let each worker read prices in with its first request, which who asks waits for."""
    with traffic(port):
        for _ in range(WARM_UP):
            ask(port, path)


def row(path: str, beside: str, found: Sequence[float]) -> str:
    """One line of the table."""
    spread = quantiles(found)
    cells = " | ".join(f"{spread[name]:.1f}" for name in ("p50", "p95", "p99", "max"))
    return f"| `{path}` | {beside} | {len(found)} | {cells} |"


BLIND = (
    "from headroom.observe import chronicle; chronicle.Chronicle.take = lambda *_: None; "
    "from headroom.cli.main import main; main()"
)
"""A proxy that passes over every outcome."""


def observing(words: argparse.Namespace) -> str:
    """What requests take and cost where outcomes are passed over, and where they are not."""
    with ExitStack() as stack:
        upstream_port = stack.enter_context(subjects.upstream())
        sides = []
        for start in ((sys.executable, "-c", BLIND), ()):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="observing-")))
            subject = subjects.ours(subjects.free_port(), upstream_port)
            port = int(subject.command[-1])
            flags = subject.command[subject.command.index("proxy") :]
            if start:
                subject = replace(subject, command=(*start, *flags))
            sides.append(guards.Side(stack.enter_context(subjects.running(subject, port, folder))))
        taking = guards.take_turns(sides, rate=words.rate, seconds=words.seconds, turns=words.turns)
        uvloop.run(taking)
    return guards.row("sqlite", *sides)


HEAD = """| page | beside | asked | p50 ms | p95 | p99 | max |
|---|---|---:|---:|---:|---:|---:|"""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="statistics", description=about)
    parser.add_argument("--requests", type=int, default=100_000, help="of history")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--times", type=int, default=200, help="each page is asked for")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second, observed")
    parser.add_argument("--seconds", type=float, default=4.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=8, help="of each proxy")
    words = parser.parse_args(arguments)
    os.sched_setaffinity(0, {subjects.CLIENT_CORE})
    print(f"{guards.HEAD}\n{observing(words)}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="statistics-") as name:
        folder = Path(name)
        workspace = folder / ".headroom"
        workspace.mkdir()
        began = time.perf_counter()
        asyncio.run(fill(workspace, words.requests))
        took = time.perf_counter() - began
        print(f"{words.requests:,} requests of history, written in {took:.0f} s.\n\n{HEAD}")
        for line in pages(folder, workers=words.workers, times=words.times):
            print(line, flush=True)


if __name__ == "__main__":
    main()
