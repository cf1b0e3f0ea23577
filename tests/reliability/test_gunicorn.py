"""M6, T5 and G1 under the specification's command: gunicorn with four workers that are killed.

It runs from a wheel in an environment of its own, asked by Anthropic's SDK under load.  What holds
there:

- Nothing is sent to the provider twice, and nobody is given another's answer.
- A call whose worker is killed is told so by a connection that breaks, at once.  Asked again it
  is answered, so nothing is lost that had not reached the provider.
- Each call that reached the provider is counted, once, whatever became of its worker.
- The budget is never passed by more than one call, and nothing stays set apart for the dead.

With TEST_AT_LENGTH=1 in the environment there are forty kills.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Reservation
from headroom.state.spend import Budget, Spend
from tests.proxy.house import Seen, get, upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.test_workers import workers_of
from tests.support.at_length import AT_LENGTH
from tests.support.from_wheel import environment_in, outside, wheel_in
from tests.support.reserving import take

WORKERS = 4
KILLS = 40 * AT_LENGTH or 3
AT_ONCE = 24
LATE_S = 30.0

MODEL = "claude-haiku-4-5"
INPUT, OUTPUT = 1_000, 100
CALL_NANOS = 1_000 * INPUT + 5_000 * OUTPUT
"""By the price of the model: $1 and $5 per million tokens."""
BUDGET_CALLS = KILLS * 120
BUDGET_NANOS = BUDGET_CALLS * CALL_NANOS

SIGN = rb"Listening at: http://127\.0\.0\.1:(\d+)"
THE_COMMAND = (
    "headroom.proxy.server:app", "--workers", "4", "--bind", "127.0.0.1:0",
    "--worker-class", "uvicorn.workers.UvicornWorker",
)  # fmt: skip
"""As the specification has it, but for the address."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, its extra for the proxy, and gunicorn."""
    folder = tmp_path_factory.mktemp("installed")
    return environment_in(folder / "venv", f"{wheel_in(folder)}[proxy]", "gunicorn")


@asynccontextmanager
async def gunicorn(
    installed: Path, upstream: str, folder: Path, *options: str, **variables: str
) -> AsyncIterator[Process]:
    """Stopped in the end: workers of a gunicorn that is killed would go on."""
    programs = outside(dict(os.environ), [installed / "bin"])
    command = ("env", "-u", "PYTHONPATH", str(installed / "bin" / "gunicorn"))
    said = {**variables, "PATH": programs["PATH"], "HOME": str(folder)}
    async with process_of(
        upstream, folder, (*command, *THE_COMMAND, *options), SIGN, variables=said
    ) as process:
        try:
            yield process
        finally:
            process.stop()
            await process.exit_code(LATE_S)


@dataclass
class Provider:
    """It answers with what was asked, after a while, and knows what it was asked and has answered.

    Each attempt of a client has a number of its own.
    """

    chance: random.Random
    asked: list[int] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        found = re.search(rb"attempt <(\d+)>", seen.body)
        assert found is not None
        number = int(found[1])
        self.asked.append(number)
        # A model thinks for a while; with its client gone it stops.
        with suppress(TimeoutError):
            await asyncio.wait_for(seen.gone.wait(), self.chance.random() * 0.06)
            return
        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": [{"type": "text", "text": f"answer <{number}>"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT},
        }
        body = json.dumps(message).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await writer.drain()
        self.answered.add(number)


@dataclass
class Crowd:
    """Clients that ask until the budget is used up, again where a connection broke."""

    port: int
    attempts: int = 0
    answered: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    unanswered: int = 0
    """Questions that were asked and neither answered nor refused in words."""
    over: bool = False

    async def ask_on(self, name: int) -> None:
        """Ask one question after the other, each until it is answered.

        Every other client connects anew each time: who stays connected never meets a new worker.
        """
        kept = httpx2.Limits(max_keepalive_connections=name % 2)
        async with anthropic.AsyncAnthropic(
            base_url=f"http://127.0.0.1:{self.port}", api_key=f"key-{name % 3}",
            max_retries=0, http_client=anthropic.DefaultAsyncHttpxClient(limits=kept),
            timeout=LATE_S,
        ) as client:  # fmt: skip
            while not self.over:
                self.unanswered += 1
                while not await self._once(client):
                    pass
                self.unanswered -= 1

    async def _once(self, client: anthropic.AsyncAnthropic) -> bool:
        """Ask; false where the connection broke, which tells that it may be asked again."""
        self.attempts += 1
        number = self.attempts
        try:
            reply = await client.messages.create(
                model=MODEL,
                max_tokens=OUTPUT,
                messages=[{"role": "user", "content": f"attempt <{number}> " + "word " * 995}],
                extra_headers={"x-headroom-run": str(number), "cache-control": "no-store"},
            )
        except anthropic.RateLimitError as error:
            self.refused.add(number)
            if error.response.headers["retry-after"] == "2":
                # Calls that still run stand in the way.
                await asyncio.sleep(0.05)
                return False
            assert "is used up" in error.message
            self.over = True
            return True
        except anthropic.APIConnectionError as error:
            assert not isinstance(error, anthropic.APITimeoutError)
            self.broken.add(number)
            return False
        assert reply.content[0].type == "text"
        assert reply.content[0].text == f"answer <{number}>"
        self.answered.add(number)
        return True


async def kill_again_and_again(process: Process, chance: random.Random, crowd: Crowd) -> None:
    """Kill a worker at any moment, and see it replaced."""
    for _ in range(KILLS):
        await asyncio.sleep(0.3 + chance.random() * 0.4)
        victim = chance.choice(workers_of(process))
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(LATE_S):
            while victim in (now := workers_of(process)) or len(now) < WORKERS:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert not crowd.over, "all kills must fall into the load"


async def statistics(process: Process) -> Mapping[str, Any]:
    answer = await process.answer(get(b"/stats"))
    assert answer.status == 200
    told: Mapping[str, Any] = json.loads(answer.body)
    return told


async def seen_to(process: Process, log: Path, calls: int) -> Mapping[str, Any]:
    """The statistics, once those calls are counted and the log has caught up."""
    async with asyncio.timeout(LATE_S):
        while True:
            told = await statistics(process)
            counted = told["lifetime"]["requests"]
            if counted >= calls and len(records_of(log)) == counted:
                return told
            await asyncio.sleep(0.1)


def records_of(log: Path) -> list[dict[str, Any]]:
    *lines, _ = log.read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines]


async def test_M6_T5_G1_four_workers_that_are_killed_under_load_lose_nothing(
    installed: Path, tmp_path: Path
) -> None:
    chance = random.Random(0)
    provider = Provider(random.Random(1))
    log = tmp_path / "requests.jsonl"
    variables = {
        "HEADROOM_BUDGET": str(BUDGET_NANOS / 1e9),
        "HEADROOM_BUDGET_PERIOD": "monthly",
        "HEADROOM_LOG_FILE": str(log),
        "HEADROOM_RPM": "0",
    }
    async with (
        upstream_of(provider) as upstream,
        gunicorn(installed, upstream.url, tmp_path, **variables) as process,
    ):
        crowd = Crowd(process.port)
        await asyncio.gather(
            kill_again_and_again(process, chance, crowd),
            *(crowd.ask_on(name) for name in range(AT_ONCE)),
        )
        told = await seen_to(process, log, len(provider.asked) + len(crowd.refused))

    records = records_of(log)
    by_number = {int(one["tags"]["run"]): one for one in records}
    asked = set(provider.asked)
    # Sent once, answered or told; nobody waits.
    assert len(provider.asked) == len(asked)
    assert crowd.unanswered == 0
    assert crowd.answered | crowd.broken | crowd.refused == {*range(1, crowd.attempts + 1)}
    assert crowd.answered <= provider.answered
    assert not crowd.refused & asked
    assert crowd.broken
    # What reached the provider is counted, each once; beyond, what a kill met as it left.
    assert len(by_number) == len(records)
    sent = {number for number, one in by_number.items() if one["verdict"] != "refused"}
    assert asked <= sent
    assert sent - asked <= crowd.broken
    # All that was answered is counted as the provider reported it, but where the worker died in
    # the moment after the last byte; then it is estimated.
    reported = {number for number in sent if by_number[number]["usage"] == "reported"}
    assert reported <= provider.answered
    assert len(crowd.answered - reported) <= KILLS
    lifetime = told["lifetime"]
    assert lifetime["tokens"]["input"] == len(reported) * INPUT
    assert lifetime["tokens"]["output"] == len(reported) * OUTPUT
    assert lifetime["estimated"]["requests"] == len(sent - reported)
    assert all(by_number[number]["verdict"] == "stopped" for number in sent - reported)
    # One budget, passed by no more than one call and what was set apart for the dead.
    (budget,) = told["budgets"]
    spent = round(budget["spent_usd"] * 1e9)
    assert spent >= len(reported) * CALL_NANOS
    assert spent >= BUDGET_NANOS
    assert len(provider.answered) <= BUDGET_CALLS + 1
    assert await nothing_is_set_apart(tmp_path, spent)


async def nothing_is_set_apart(workspace: Path, spent: int) -> bool:
    """Whether another call may be made, where its budget is one billionth more than is spent."""
    store = SqliteStore(workspace)
    await store.open()
    try:
        budget = Budget(spent + 1_000, "monthly")
        return isinstance(await take(Spend(store), [budget], 1, now=time.time()), Reservation)
    finally:
        await store.close()


async def test_T1_workers_that_are_started_anew_end_their_calls_first(
    installed: Path, tmp_path: Path
) -> None:
    provider = Provider(random.Random(1))
    async with (
        upstream_of(provider) as upstream,
        gunicorn(installed, upstream.url, tmp_path, HEADROOM_RPM="0") as process,
    ):
        crowd = Crowd(process.port)
        before = workers_of(process)

        async def upgrade() -> None:
            process.stop(signal.SIGHUP)
            async with asyncio.timeout(LATE_S):
                while set(before) & set(now := workers_of(process)) or len(now) < WORKERS:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            crowd.over = True

        await asyncio.gather(upgrade(), *(crowd.ask_on(name) for name in range(AT_ONCE)))

    assert crowd.unanswered == 0
    assert crowd.answered >= provider.answered
    assert not crowd.broken & set(provider.asked)


async def test_T5_a_worker_that_stalls_is_replaced(installed: Path, tmp_path: Path) -> None:
    async with (
        upstream_of() as upstream,
        gunicorn(installed, upstream.url, tmp_path, "--timeout", "2") as process,
    ):
        # gunicorn counts from a worker's first beat on.
        async with asyncio.timeout(LATE_S):
            while process.said.count(b"startup complete") < WORKERS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        first = workers_of(process)[0]
        os.kill(first, signal.SIGSTOP)
        async with asyncio.timeout(LATE_S):
            while first in (now := workers_of(process)) or len(now) < WORKERS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
