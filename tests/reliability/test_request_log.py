"""G1, G2, G4: the log file tells the very requests that statistics count, whatever happens.

With TEST_AT_LENGTH=1 in the environment there are fifty rounds of kills.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headroom.observe.statistics import RECORDS, Statistics
from headroom.proxy.storage import open_storage
from headroom.settings import Settings
from headroom.state.journal import Journal
from tests.proxy.house import PATIENCE_S, Seen, post, upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of
from tests.proxy.test_workers import until
from tests.reliability.test_lifecycle import GUNICORN, GUNICORN_SIGN
from tests.support.at_length import AT_LENGTH
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import needs_redis, redis_server

ROUNDS = 50 * AT_LENGTH or 3
CLIENTS = 6
GONE = (OSError, EOFError, ValueError, TimeoutError)

REPLY = json.dumps(
    {
        "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Done."}],
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
).encode()  # fmt: skip


async def say(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    writer.write(head % len(REPLY) + REPLY)


def command(file: Path, *more: str) -> tuple[str, ...]:
    return (*HEADROOM, "--port", "0", "--log-file", str(file), "--no-cache", *more)


def asking(number: int) -> bytes:
    messages = [{"role": "user", "content": f"question {number}"}]
    return post(body=json.dumps({"model": "m", "max_tokens": 9, "messages": messages}).encode())


async def told_in(*files: Path) -> list[dict[str, Any]]:
    """The lines of these files."""

    def read() -> list[dict[str, Any]]:
        there = [file for file in files if file.exists()]
        return [json.loads(line) for file in there for line in file.read_bytes().splitlines()]

    return await asyncio.to_thread(read)


async def counted_in(workspace: Path) -> list[str]:
    """The requests that statistics count, by the journal."""
    statistics, found = Statistics(), []
    async with open_storage(Settings(workspace_dir=workspace)) as storage:
        journal = Journal(storage.store)
        while records := await journal.after(statistics.position, limit=500):
            for number, raw in records:
                new = statistics.take(number, RECORDS.decode(raw))
                found += [entry.id for entry in new]
    assert statistics.lifetime.sums.of("requests") == len(found)
    return found


def ids(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [line["request_id"] for line in lines]


@dataclass
class Load:
    """How many requests have been answered."""

    answered: int = 0

    async def more(self, count: int) -> None:
        """Wait until so many more have been."""
        wanted = self.answered + count
        await until(lambda: self.answered >= wanted, within_s=60)


@asynccontextmanager
async def asked_all_the_time(process: Process) -> AsyncIterator[Load]:
    """While clients ask, one request after the other, whoever answers."""
    numbers = itertools.count()
    enough = asyncio.Event()
    load = Load()

    async def ask() -> None:
        while not enough.is_set():
            with suppress(*GONE):
                await process.ask(asking(next(numbers)))
                load.answered += 1
            await asyncio.sleep(0.002)

    asking_now = [asyncio.create_task(ask()) for _ in range(CLIENTS)]
    try:
        yield load
    finally:
        enough.set()
        await asyncio.gather(*asking_now)


async def test_G1_G2_whoever_is_killed_each_request_that_counts_is_one_line(tmp_path: Path) -> None:
    workspace, file = tmp_path / "workspace", tmp_path / "log.jsonl"
    chance = random.Random(7)
    async with upstream_of(say) as upstream:
        for number in range(ROUNDS):
            run = process_of(upstream.url, workspace, command(file, "--workers", "4"))
            async with run as process:
                await killed_under_load(process, chance, all_of_them=number % 2 == 1)
        # Who comes after finishes what they have left.
        async with process_of(upstream.url, workspace, command(file)) as process:
            assert await process.ask(asking(0)) == 200
            process.stop()
            assert await process.exit_code() == 0

    lines, counted = await told_in(file), await counted_in(workspace)
    assert len(counted) > 10 * ROUNDS
    assert sorted(ids(lines)) == sorted(counted)
    assert [line["record"] for line in lines] == sorted(line["record"] for line in lines)


async def killed_under_load(process: Process, chance: random.Random, *, all_of_them: bool) -> None:
    async with asked_all_the_time(process) as load:
        for _ in range(2):
            await load.more(chance.randrange(10, 40))
            os.kill(chance.choice(children_of(process.process.pid)), signal.SIGKILL)
        if all_of_them:
            for one in (process.process.pid, *children_of(process.process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)


async def test_a_file_that_is_rotated_under_load_loses_and_repeats_nothing(tmp_path: Path) -> None:
    workspace, file = tmp_path / "workspace", tmp_path / "log.jsonl"
    files = [file, *(tmp_path / f"log.{number}" for number in range(5))]
    async with (
        upstream_of(say) as upstream,
        process_of(upstream.url, workspace, command(file, "--workers", "2")) as process,
    ):
        async with asked_all_the_time(process) as load:
            for rotated in files[1:]:
                await load.more(10)
                await until(file.exists)
                await asyncio.to_thread(file.rename, rotated)
        process.stop()
        assert await process.exit_code() == 0

    counted = await counted_in(workspace)
    assert len(counted) > 50
    assert sorted(ids(await told_in(*files))) == sorted(counted)


async def test_G4_a_full_disk_costs_no_request_and_no_line(tmp_path: Path) -> None:
    workspace, link, file = tmp_path / "workspace", tmp_path / "log", tmp_path / "log.jsonl"
    link.symlink_to("/dev/full")
    async with (
        upstream_of(say) as upstream,
        process_of(upstream.url, workspace, command(link)) as process,
    ):
        assert [await process.ask(asking(number)) for number in range(3)] == [200] * 3
        await until(lambda: b"No space left on device" in process.said)
        link.unlink()
        link.symlink_to(file)
        file.touch()
        await until(lambda: file.read_bytes().count(b"\n") == 3)
        process.stop()
        await process.exit_code()

    assert process.said.count(b"cannot be written") == 1
    assert b"is written again" in process.said
    assert ids(await told_in(file)) == await counted_in(workspace)


async def test_workers_that_keep_nothing_write_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    flags = ("--stateless", "--workers", "3")
    async with (
        upstream_of(say) as upstream,
        process_of(upstream.url, tmp_path / "w", command(file, *flags)) as process,
    ):
        statuses = await asyncio.gather(*(process.ask(asking(number)) for number in range(60)))
        process.stop()
        assert await process.exit_code() == 0

    lines = await told_in(file)
    assert statuses == [200] * 60
    assert len(lines) == len(set(ids(lines))) == 60


@needs_redis
async def test_on_one_redis_each_machine_writes_its_own_requests(tmp_path: Path) -> None:
    async with (
        redis_server() as address,
        upstream_of(say) as upstream,
        process_of(
            upstream.url, tmp_path / "a", command(tmp_path / "a.jsonl", "--store", address)
        ) as one,
        process_of(
            upstream.url, tmp_path / "b", command(tmp_path / "b.jsonl", "--store", address)
        ) as two,
    ):
        for number in range(5):
            assert await one.ask(asking(number)) == 200
        for number in range(3):
            assert await two.ask(asking(number)) == 200
        for process in (one, two):
            process.stop()
            assert await process.exit_code() == 0

    first, second = await told_in(tmp_path / "a.jsonl"), await told_in(tmp_path / "b.jsonl")
    assert (len(first), len(second)) == (5, 3)
    assert not set(ids(first)) & set(ids(second))


async def test_under_gunicorn_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    variables = {
        "HEADROOM_LOG_FILE": str(tmp_path / "missing" / "log.jsonl"),
        "HEADROOM_LOG_FORMAT": "json",
        "HEADROOM_LOG_LEVEL": "info",
    }
    async with (
        upstream_of(say) as upstream,
        process_of(upstream.url, tmp_path, GUNICORN, GUNICORN_SIGN, variables=variables) as process,
    ):
        assert await process.ask(asking(1)) == 200
        async with asyncio.timeout(PATIENCE_S):
            await until(lambda: b"cannot be written" in process.said)
        (tmp_path / "missing").mkdir()
        await until((tmp_path / "missing" / "log.jsonl").exists)
        process.stop()
        await process.exit_code()

    said = process.said.decode().splitlines()
    ours = [json.loads(line) for line in said if line.startswith("{")]
    assert {one["logger"].partition(".")[0] for one in ours} == {"headroom"}
    assert len([one for one in ours if "request" in one]) == 1
    assert any("Listening at" in line for line in said)
    assert len(await told_in(tmp_path / "missing" / "log.jsonl")) == 1
