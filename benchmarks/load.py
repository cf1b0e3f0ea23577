"""The client: a process of its own that keeps so many connections busy for so long.

Reads one job per line (JSON) from standard input and answers each with one line.  Closed
loop: a connection sends its next request when it has the whole reply.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import httptools
import uvloop

from benchmarks.conversations import question, template

TURNS = 8
"""How many small turns a repeated conversation gets before it goes back to its start."""

CONVERSATIONS = 4
"""How many conversations the clients of one job keep repeating."""

SEEDS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """What to send.  *kind* is one of `CLIENTS`."""

    port: int
    size: int
    kind: str
    clients: int
    seconds: float
    first_number: int
    path: str = "/v1/messages"


@dataclass(slots=True)
class Result:
    """Milliseconds per request; *unfinished* ones had waited so long when time was up."""

    whole_ms: list[float] = field(default_factory=list)
    first_byte_ms: list[float] = field(default_factory=list)
    unfinished_ms: list[float] = field(default_factory=list)
    event_gaps_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    sent: int = 0
    errors: int = 0
    error: str = ""


class Connection(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def __init__(self) -> None:
        self.lost = False
        self._parser = httptools.HttpResponseParser(self)
        self._done: asyncio.Future[None] | None = None
        self.first_byte = 0.0
        self.chunks: list[float] = []
        self.status = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionResetError("closed in mid-reply"))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        now = time.perf_counter()
        self.first_byte = self.first_byte or now
        self.chunks.append(now)

    def on_message_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if not self._parser.should_keep_alive():
            self.lost = True
            self._transport.close()
        self._parser = httptools.HttpResponseParser(self)
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    async def ask(self, head: bytes, body: bytes) -> None:
        """Send one request and return when its reply is whole."""
        self.first_byte, self.chunks = 0.0, []
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(head + body)
        await self._done

    def close(self) -> None:
        """Drop the connection."""
        self._transport.abort()


@dataclass(slots=True)
class Run:
    """One job under way."""

    job: Job
    result: Result = field(default_factory=Result)
    pending: dict[int, float] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    connections: list[Connection] = field(default_factory=list)

    async def open(self) -> Connection:
        """A new connection to the subject."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self.job.port)
        self.connections.append(connection)
        return connection

    async def timed(self, who: int, connection: Connection, body: bytes) -> Connection:
        """Send one body, note how long it took, and give a connection that is still open."""
        if connection.lost:
            connection = await self.open()
        head = head_for(self.job, len(body))
        self.result.sent += 1
        begun = time.perf_counter()
        self.pending[who] = begun
        await connection.ask(head, body)
        ended = time.perf_counter()
        self.pending.pop(who, None)
        if connection.status != 200:
            self.result.errors += 1
            self.result.error = f"status {connection.status}"
        else:
            self.result.whole_ms.append((ended - begun) * 1e3)
            self.result.first_byte_ms.append((connection.first_byte - begun) * 1e3)
        return connection


def head_for(job: Job, length: int) -> bytes:
    """The request head, as an SDK would send it."""
    return (
        f"POST {job.path} HTTP/1.1\r\nhost: 127.0.0.1:{job.port}\r\nx-api-key: bench\r\n"
        "anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\nuser-agent: bench\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


async def fresh(run: Run, who: int) -> None:
    """Each request is a conversation never seen before."""
    connection = await run.open()
    for number in run.numbers:
        body = template(run.job.size, number % SEEDS).filled(number)
        connection = await run.timed(who, connection, body)


async def prime(run: Run, who: int) -> None:
    """Send a conversation once, so that it is known when `repeated` goes on with it."""
    number = run.job.first_number + who % CONVERSATIONS
    body = template(run.job.size, number % SEEDS).filled(number)
    await run.timed(who, await run.open(), body)


async def repeated(run: Run, who: int) -> None:
    """A known conversation again and again, each time a small turn longer; then a branch of it."""
    connection = await run.open()
    number = run.job.first_number + who % CONVERSATIONS
    base = template(run.job.size, number % SEEDS)
    for variant in run.numbers:
        for turn in range(1, TURNS + 1):
            body = base.continued(number, turn, variant)
            connection = await run.timed(who, connection, body)


async def again(run: Run, who: int) -> None:
    """The very same question over and over, without tools: a stored reply may answer it."""
    connection = await run.open()
    body = question(run.job.size, run.job.first_number + who)
    for _ in run.numbers:
        connection = await run.timed(who, connection, body)


async def stream(run: Run, who: int) -> None:
    """Like fresh, and the reply is a stream; its first byte is what counts."""
    connection = await run.open()
    for number in run.numbers:
        body = template(run.job.size, number % SEEDS, "bench-stream").filled(number)
        connection = await run.timed(who, connection, body)


async def lag(run: Run, who: int) -> None:
    """Client 0 reads a paced stream and notes the gaps; the others send fresh bodies."""
    if who:
        await fresh(run, who)
    connection = await run.open()
    for number in run.numbers:
        body = template(5_000, 0, "bench-paced").filled(number)
        try:
            await connection.ask(head_for(run.job, len(body)), body)
        finally:
            times = itertools.pairwise(connection.chunks)
            run.result.event_gaps_ms.extend((later - earlier) * 1e3 for earlier, later in times)


CLIENTS: dict[str, Callable[[Run, int], Any]] = {
    "fresh": fresh,
    "prime": prime,
    "repeated": repeated,
    "again": again,
    "stream": stream,
    "lag": lag,
}


async def do(job: Job) -> Result:
    """Run one job to its end."""
    run = Run(job, numbers=itertools.count(job.first_number))
    _warm_templates(job)
    begun = time.perf_counter()
    tasks = [asyncio.ensure_future(CLIENTS[job.kind](run, who)) for who in range(job.clients)]
    await asyncio.wait(tasks, timeout=job.seconds, return_when=asyncio.FIRST_EXCEPTION)
    ended = time.perf_counter()
    run.result.seconds = ended - begun
    run.result.unfinished_ms = [(ended - since) * 1e3 for since in run.pending.values()]
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for connection in run.connections:
        connection.close()
    for failure in (outcome for outcome in outcomes if isinstance(outcome, OSError)):
        run.result.errors += 1
        run.result.error = repr(failure)
    return run.result


def _warm_templates(job: Job) -> None:
    asked = "bench-stream" if job.kind == "stream" else ""
    for seed in range(SEEDS):
        template(job.size, seed, asked)
    if job.kind == "lag":
        template(5_000, 0, "bench-paced")


async def main() -> None:
    """Do the jobs as they come."""
    gc.disable()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        result = await do(Job(**json.loads(line)))
        sys.stdout.write(json.dumps(asdict(result)) + "\n")
        sys.stdout.flush()
        gc.collect()


if __name__ == "__main__":
    uvloop.run(main())
