"""Measures what the guards add to a request: rate limits, budget and reply cache together.

    python -m benchmarks.guards                   on sqlite, and on Redis where it is installed
    python -m benchmarks.guards --workers 4       with more processes on the one port
    python -m benchmarks.guards --both=--no-optimize      the guards alone, nothing is planned

Two proxies stand before one upstream, one with all guards and one with none.  They take turns of
a few seconds at 200 requests a second, sent when it is their time, whether or not earlier ones
have been answered; half of the bodies bring tools, as agents' do.  No body comes twice.  Writes
Markdown to the screen; the 99th percentiles are medians of those of the turns.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvloop

from benchmarks import subjects
from benchmarks.conversations import template
from benchmarks.load import Connection, Job, head_for
from benchmarks.report import quantiles
from benchmarks.subjects import CLIENT_CORE, Running

OFF = ("--no-rate-limit", "--no-cache")
ON = ("--budget", "1000000")
"""Beside what is on by itself; nothing of it refuses."""

BODY_BYTES, SEEDS = 5_000, 3
WARM_UP_TURNS = 1
SETTLE_SECONDS = 2.0
REDIS_WITHIN_S = 10.0


@dataclass(slots=True)
class Side:
    """One of the two proxies, and what its requests took, turn by turn, in milliseconds."""

    up: Running
    turns: list[list[float]] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Of its processes, per request, turn by turn."""
    idle: list[Connection] = field(default_factory=list)
    errors: int = 0

    def p50(self) -> float:
        """Of all turns together."""
        return quantiles([took for turn in self.turns for took in turn])["p50"]

    def p99(self) -> float:
        """Of the usual turn."""
        return statistics.median(quantiles(turn)["p99"] for turn in self.turns)

    def cpu(self) -> float:
        """Milliseconds of CPU per request in the usual turn."""
        return statistics.median(self.cpu_ms)

    async def ask(self, body: bytes, turn: list[float]) -> None:
        """Send one body, and note how long it took from now on."""
        began = time.perf_counter()
        connection = self.idle.pop() if self.idle else await self._connected()
        job = Job(self.up.port, 0, "", 0, 0.0, 0)
        await connection.ask(head_for(job, len(body)), body)
        turn.append((time.perf_counter() - began) * 1e3)
        self.errors += connection.status != 200
        if not connection.lost:
            self.idle.append(connection)

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, "127.0.0.1", self.up.port))[1]


def bodies() -> Iterator[bytes]:
    """Requests that never came before: with tools and a history, and without tools, in turn."""
    for number in itertools.count(1):
        whole = template(BODY_BYTES, number % SEEDS).filled(number)
        yield whole
        asked = json.loads(template(BODY_BYTES, number % SEEDS).filled(-number))
        text = json.dumps(asked["messages"])
        messages = [{"role": "user", "content": text}]
        yield json.dumps(
            {"model": asked["model"], "max_tokens": 1024, "messages": messages}
        ).encode()


async def take_turns(sides: Sequence[Side], *, rate: float, seconds: float, turns: int) -> None:
    """Let them take turns; the first turn of each is not counted."""
    made = bodies()
    for number in range(turns + WARM_UP_TURNS):
        # Who comes first changes, as what the machine does beside us may come in waves.
        for side in sides if number % 2 else reversed(sides):
            cpu_s = side.up.cpu_s()
            turn = await one_turn(side, made, rate=rate, seconds=seconds)
            side.up.settle(SETTLE_SECONDS)
            if number >= WARM_UP_TURNS:
                side.turns.append(turn)
                side.cpu_ms.append((side.up.cpu_s() - cpu_s) * 1e3 / len(turn))


async def one_turn(
    side: Side, made: Iterator[bytes], *, rate: float, seconds: float
) -> list[float]:
    """Send so many bodies a second; what each took."""
    turn: list[float] = []
    ready = [next(made) for _ in range(int(rate * seconds))]
    began = time.perf_counter()
    asked = []
    for number, body in enumerate(ready):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        asked.append(asyncio.create_task(side.ask(body, turn)))
    await asyncio.gather(*asked)
    return turn


def measure(store: str, words: argparse.Namespace) -> tuple[Side, Side]:
    """Without guards, and with them."""
    shared = ("--workers", str(words.workers), "--store", store)
    with ExitStack() as stack:
        upstream_port = stack.enter_context(subjects.upstream())
        sides = []
        for name, flags in (("off", (*OFF, *words.both)), ("on", (*ON, *words.both, *words.flag))):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guards-")))
            subject = subjects.ours(subjects.free_port(), upstream_port)
            port = int(subject.command[-1])
            subject = replace(subject, name=name, command=(*subject.command, *shared, *flags))
            sides.append(Side(stack.enter_context(subjects.running(subject, port, folder))))
        turns = {"rate": words.rate, "seconds": words.seconds, "turns": words.turns}
        uvloop.run(take_turns(sides, **turns))
    return sides[0], sides[1]


def row(store: str, off: Side, on: Side) -> str:
    """One line of the table."""
    pairs = ((off.p50(), on.p50()), (off.p99(), on.p99()), (off.cpu(), on.cpu()))
    cells = [cell for without, having in pairs for cell in (without, having, having - without)]
    count = sum(map(len, on.turns))
    errors = f" {off.errors + on.errors} errors" if off.errors + on.errors else ""
    return f"| {store} | {count}{errors} | {' | '.join(f'{cell:.2f}' for cell in cells)} |"


HEAD = (
    "| store | requests | p50 ms without | with | added | p99 without | with | added "
    "| CPU without | with | added |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of an empty server on a socket; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        path = Path(folder, "socket")
        words = ("--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no")
        server = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + REDIS_WITHIN_S
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            yield f"unix://{path}"
        finally:
            server.kill()
            server.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="guards", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=8, help="of each proxy")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", choices=("sqlite", "redis"), help="on this store alone")
    parser.add_argument(
        "--flag", action="append", default=[], help="one more, as --flag=--no-cache"
    )
    parser.add_argument(
        "--both", action="append", default=[], help="for both proxies, as --both=--no-optimize"
    )
    words = parser.parse_args(arguments)
    os.sched_setaffinity(0, {CLIENT_CORE})
    print(HEAD)
    if words.only != "redis":
        print(row("sqlite", *measure("sqlite", words)), flush=True)
    if words.only != "sqlite" and shutil.which("redis-server") is None:
        print("redis-server is not installed (Debian: apt-get install redis)", file=sys.stderr)
    elif words.only != "sqlite":
        with redis_server() as url:
            print(row("redis", *measure(url, words)))


if __name__ == "__main__":
    main()
