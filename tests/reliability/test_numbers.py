"""All that tells numbers tells the same ones, those that the provider reported, and none falls.

Random traffic through four workers that are killed again and again: statistics, history, metrics,
the log of requests and the savings file are compared with one another, with the provider's own
books, and with what they said before.

With TEST_AT_LENGTH=1 in the environment there are fifty rounds.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from headroom.state.diary import FOLDER
from tests.proxy.house import get
from tests.proxy.process import Process, process_of
from tests.proxy.test_workers import REPLACED_S, workers_of
from tests.reliability.counted import Asked, Books, calls
from tests.support.at_length import AT_LENGTH
from tests.support.proxy_process import HEADROOM
from tests.upstream import running

ROUNDS = 50 * AT_LENGTH or 3
AT_ONCE = 20
WORKERS = 4
GONE = (OSError, EOFError, ValueError, AssertionError)

Numbers = Mapping[str, float]


@dataclass
class Clients:
    """Who asks, and what each knows of its call."""

    process: Process
    asked: dict[int, Asked] = field(default_factory=dict)
    counted: set[int] = field(default_factory=set)
    """Those of which it is certain that they were counted."""

    async def ask(self, one: Asked) -> None:
        self.asked[one.number] = one
        with suppress(*GONE):
            await self.process.answer(one.request)


async def kill_one(clients: Clients, chance: random.Random) -> None:
    """Kill a worker in the middle of it all."""
    await asyncio.sleep(chance.random() * 0.1)
    workers = workers_of(clients.process)
    with suppress(ProcessLookupError):
        os.kill(chance.choice(workers), signal.SIGKILL)


async def page(process: Process, path: str) -> bytes:
    """A page of ours, asked for until somebody answers: a worker may just have been killed."""
    async with asyncio.timeout(REPLACED_S):
        while True:
            with suppress(*GONE):
                answer = await process.answer(get(path.encode()))
                if answer.status == 200:
                    return answer.body


async def statistics(process: Process) -> Numbers:
    told = json.loads(await page(process, "/stats"))
    lifetime = told["lifetime"]
    return {
        "requests": lifetime["requests"],
        "saved": lifetime["tokens"]["saved"],
        "input": lifetime["tokens"]["input"],
        "output": lifetime["tokens"]["output"],
        "read": lifetime["tokens"]["cache_read"],
        "estimated": lifetime["estimated"]["requests"],
        "gained": lifetime["usd"]["gained"],
        "cost": lifetime["usd"]["actual"],
        "session_requests": told["requests"]["total"],
        "session_input": told["tokens"]["input"],
        "persistent_saved": told["persistent_savings"]["lifetime"]["tokens_saved"],
    }


async def history(process: Process) -> Numbers:
    told = json.loads(await page(process, "/stats-history?history_mode=full"))
    last = told["series"]["daily"][-1]
    return {
        "requests": told["lifetime"]["requests"],
        "saved": told["lifetime"]["tokens_saved"],
        "input": told["lifetime"]["total_input_tokens"],
        "gained": told["lifetime"]["compression_savings_usd"],
        "daily_saved": last["total_tokens_saved"],
        "daily_input": last["total_input_tokens"],
    }


async def metrics(process: Process) -> Numbers:
    text = (await page(process, "/metrics")).decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not sample.labels:
                found[sample.name] = sample.value
    return {
        "requests": found["headroom_requests_total"],
        "saved": found["headroom_tokens_saved_total"],
        "input": found["headroom_tokens_input_total"],
        "output": found["headroom_tokens_output_total"],
        "read": found["headroom_cache_read_tokens_total"],
    }


def log_of(path: Path) -> list[dict[str, Any]]:
    """The whole lines of the log of requests."""
    *lines, _ = path.read_text().split("\n")
    return [json.loads(line) for line in lines]


def logged(records: Sequence[Mapping[str, Any]]) -> Numbers:
    reported = [one for one in records if one["usage"] == "reported"]
    gained = (one["saved_usd"] or 0.0 for one in reported)
    return {
        "requests": len(records),
        "saved": sum(one["tokens_saved"] for one in records),
        "input": sum(one["input_tokens"] for one in reported),
        "output": sum(one["output_tokens"] for one in reported),
        "read": sum(one["cache_read_tokens"] for one in reported),
        "estimated": sum(one["usage"] == "estimated" for one in records),
        "gained": sum(max(one, 0.0) for one in gained),
        "cost": sum(one["cost_usd"] or 0.0 for one in reported),
    }


def in_file(path: Path) -> Numbers:
    told = json.loads(path.read_text())["lifetime"]
    return {
        "requests": told["requests"],
        "saved": told["tokens_saved"],
        "input": told["total_input_tokens"],
        "gained": told["compression_savings_usd"],
    }


def fallen(before: Numbers, after: Numbers) -> dict[str, tuple[float, float]]:
    """What is smaller than it was."""
    return {
        name: (before[name], after[name])
        for name in before.keys() & after.keys()
        if after[name] < before[name] - 1e-9
    }


def differing(one: Numbers, other: Numbers) -> dict[str, tuple[float, float]]:
    """Where both know something, and not the same."""
    return {
        name: (one[name], other[name])
        for name in one.keys() & other.keys()
        if other[name] != pytest.approx(one[name], abs=1e-9)
    }


async def counted(process: Process, requests: float) -> None:
    """Wait until so many requests are counted: then a kill takes none of them away."""
    async with asyncio.timeout(20):
        while (await statistics(process))["requests"] < requests:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def seen_to(workspace: Path) -> None:
    """Wait until what killed workers left has been seen to."""
    async with asyncio.timeout(REPLACED_S):
        while [is_held(file) for file in (workspace / FOLDER).iterdir()] != [True] * WORKERS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def is_held(file: Path) -> bool:
    """Whether the process that writes it lives: as many files may be those of dead ones."""
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


async def settled(process: Process, log: Path, file: Path) -> list[dict[str, Any]]:
    """Wait until the files have caught up; what the log tells then."""
    async with asyncio.timeout(20):
        while True:
            told = await statistics(process)
            with suppress(OSError, ValueError):
                records = log_of(log)
                known = in_file(file)["requests"]
                if len(records) == told["requests"] == known:
                    return records
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("seed", range(1 + AT_LENGTH))
async def test_G1_M6_all_numbers_agree_with_the_provider_and_none_falls(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    books = Books(random.Random(seed))
    log, file = tmp_path / "requests.jsonl", tmp_path / "proxy_savings.json"
    command = (
        *HEADROOM,
        "--port",
        "0",
        "--workers",
        str(WORKERS),
        "--log-file",
        str(log),
        "--rpm",
        "0",
    )
    with running(books) as url:
        async with process_of(url, tmp_path, command) as process:
            clients = Clients(process)
            before: dict[str, Numbers] = {"stats": {}, "history": {}, "metrics": {}, "file": {}}
            for round_number in range(ROUNDS):
                batch = calls(chance, 1 + round_number * AT_ONCE, AT_ONCE)
                asking = [clients.ask(one) for one in batch]
                kills = round_number % 2 == 1
                before_kill = (await statistics(process))["requests"]
                await asyncio.gather(*asking, *([kill_one(clients, chance)] if kills else []))
                if not kills:
                    await counted(process, before_kill + AT_ONCE)
                    clients.counted |= {one.number for one in batch}
                now = {
                    "stats": await statistics(process),
                    "history": await history(process),
                    "metrics": await metrics(process),
                    "file": in_file(file) if file.exists() else {},
                }
                for name, numbers in now.items():
                    assert not fallen(before[name], numbers), (name, round_number)
                before = now
            await seen_to(tmp_path)
            records = await settled(process, log, file)
            last = {
                "stats": await statistics(process),
                "history": await history(process),
                "metrics": await metrics(process),
                "file": in_file(file),
            }

    told = logged(records)
    for name, numbers in last.items():
        assert not differing(told, numbers), name
    stats, daily = last["stats"], last["history"]
    assert stats["session_requests"] == stats["requests"]
    assert (stats["session_input"], stats["persistent_saved"]) == (told["input"], told["saved"])
    assert (daily["daily_saved"], daily["daily_input"]) == (told["saved"], told["input"])
    _as_reported(records, clients, books)
    # All of it again after a stop, and from another process.
    async with process_of(url, tmp_path, (*HEADROOM, "--port", "0")) as process:
        assert not differing(stats, await statistics(process))
        assert not differing(last["metrics"], await metrics(process))


def _as_reported(records: Sequence[Mapping[str, Any]], clients: Clients, books: Books) -> None:
    """Each record says what the provider reported for that call; none is missing, none is twice."""
    by_number = {int(one["tags"]["run"]): one for one in records}
    assert len(by_number) == len(records)
    assert clients.counted <= by_number.keys()
    for number, one in by_number.items():
        kind = clients.asked[number].kind
        if one["usage"] == "reported" and kind != "again":
            used = books.reported[number]
            assert one["cache_read_tokens"] == used.cache_read_tokens, one
            assert one["input_tokens"] == used.input_tokens, one
        if one["usage"] == "estimated":
            assert number in books.silent or number not in clients.counted, one
        if kind in ("overloaded", "malformed"):
            assert one["usage"] == "none", one
