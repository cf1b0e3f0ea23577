"""G1, G2, G3, G4: what is told of requests is the same from every worker, and never falls."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.proxy.house import PATIENCE_S, get, post
from tests.proxy.paying import asking
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of
from tests.proxy.talks import body_of, results
from tests.support.proxy_process import HEADROOM
from tests.upstream import Provider, running

WORKERS = 4
COMMAND = (*HEADROOM, "--port", "0", "--workers", str(WORKERS))
KEY = b"x-api-key: sk-ant-api03-one"
GONE = (OSError, EOFError)
"""What a client sees of a worker that dies."""

RISING = ("requests", "compressed", "failed", "reported_requests", "refused")
NAMES = ("tokens_saved", "requests", "total_input_tokens", "total_input_cost_usd")


async def read(process: Process, path: bytes = b"/stats") -> dict[str, Any]:
    """What one of the workers tells."""
    answer = await process.answer(get(path))
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def readable(process: Process) -> dict[str, Any]:
    """The same, while workers die."""
    while True:
        with suppress(*GONE):
            return await read(process)


async def ask(process: Process, number: int) -> None:
    body = body_of("/v1/messages", results(number % 7), model="claude-opus-5-5")
    with suppress(*GONE):
        await process.answer(post(b"/v1/messages", body, KEY, b"cache-control: no-store"))


async def ended(process: Process, requests: int) -> dict[str, Any]:
    async with asyncio.timeout(3 * PATIENCE_S):
        while (told := await read(process))["lifetime"]["requests"] < requests:
            pass
    return told


def totals(told: dict[str, Any]) -> list[float]:
    """Everything that never falls."""
    lifetime, saved = told["lifetime"], told["persistent_savings"]["lifetime"]
    return [
        *(lifetime[name] for name in RISING),
        *lifetime["tokens"].values(),
        *lifetime["usd"].values(),
        *(saved[name] for name in NAMES),
    ]


def fell(told: Iterable[list[float]]) -> list[tuple[list[float], list[float]]]:
    return [
        (before, after)
        for before, after in itertools.pairwise(told)
        if any(one > other for one, other in zip(before, after, strict=True))
    ]


def saved_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


async def test_G1_G2_no_total_that_was_read_falls_when_workers_are_killed(tmp_path: Path) -> None:
    with running(Provider(recording=False)) as url:
        async with process_of(url, tmp_path, COMMAND) as process:
            told: list[list[float]] = []
            over = asyncio.Event()

            async def look() -> None:
                while not over.is_set():
                    told.append(totals(await readable(process)))

            looking = asyncio.ensure_future(look())
            for round_ in range(4):
                await asyncio.gather(*(ask(process, number) for number in range(6)))
                workers = children_of(process.process.pid)
                with suppress(ProcessLookupError):
                    os.kill(workers[round_ % len(workers)], signal.SIGKILL)
            over.set()
            await looking
            await asyncio.gather(*(ask(process, number) for number in range(6)))
            same = [await readable(process) for _ in range(3 * WORKERS)]
            told += (totals(one) for one in same)
            process.stop()
            await process.exit_code(30)
        async with process_of(url, tmp_path, COMMAND) as process:
            told.append(totals(await read(process)))

    assert len(told) > 10
    assert fell(told) == []
    assert told[-1][0] >= 6


async def test_M6_G2_all_workers_tell_the_same_and_the_history_and_the_file_too(
    tmp_path: Path,
) -> None:
    with running(Provider(recording=False)) as url:
        async with process_of(url, tmp_path, COMMAND) as process:
            await asyncio.gather(*(ask(process, number) for number in range(20)))
            await ended(process, 20)
            stats = [await read(process) for _ in range(2 * WORKERS)]
            history = await read(process, b"/stats-history")
            process.stop()
            assert await process.exit_code(30) == 0

    assert all(totals(one) == totals(stats[0]) for one in stats)
    saved = stats[0]["persistent_savings"]["lifetime"]
    assert history["lifetime"] == saved
    assert saved_in(tmp_path / "proxy_savings.json")["lifetime"] == saved
    assert history["series"]["daily"][-1]["total_tokens_saved"] == saved["tokens_saved"]


async def test_G1_G3_what_was_told_does_not_fall_where_the_store_is_removed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "proxy_savings.json"
    told = []
    with running(Provider(recording=False)) as url:
        for _ in range(3):
            async with process_of(url, tmp_path) as process:
                told.append((await read(process))["persistent_savings"]["lifetime"])
                await ask(process, 3)
                await ended(process, 1)
                told.append((await read(process))["persistent_savings"]["lifetime"])
                process.stop()
                await process.exit_code(30)
            for file in tmp_path.glob("state.db*"):  # noqa: ASYNC240 - nothing else runs
                file.unlink()

    assert [one["requests"] for one in told] == [0, 1, 1, 2, 2, 3]
    assert [one["tokens_saved"] for one in told] == sorted(one["tokens_saved"] for one in told)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_G3_a_damaged_savings_file_is_set_aside_and_told_in_readyz(tmp_path: Path) -> None:
    path = tmp_path / "proxy_savings.json"
    path.write_bytes(b'{"lifetime": {"requests": 1')
    with running(Provider(recording=False)) as url:
        async with process_of(url, tmp_path) as process:
            check = (await read(process, b"/readyz"))["checks"]["savings_file"]
            await ask(process, 1)
            await ended(process, 1)
            process.stop()
            await process.exit_code(30)

    assert "was set aside as proxy_savings.json.corrupt-" in check["notice"]
    assert b"was set aside as" in process.said
    assert saved_in(path)["lifetime"]["requests"] == 1
    (aside,) = tmp_path.glob("*.corrupt-*")  # noqa: ASYNC240
    assert aside.read_bytes() == b'{"lifetime": {"requests": 1'


async def test_S6_with_stateless_nothing_is_written_but_where_it_is_said(tmp_path: Path) -> None:
    elsewhere = tmp_path / "said" / "here.json"
    command = (*HEADROOM, "--port", "0", "--stateless")
    said = {"HEADROOM_SAVINGS_PATH": str(elsewhere)}
    with running(Provider(recording=False)) as url:
        for variables in ({}, said, said):
            async with process_of(url, tmp_path, command, variables=variables) as process:
                await process.answer(asking())
                await ended(process, 1)
                process.stop()
                await process.exit_code(30)

    assert {one.name for one in tmp_path.iterdir()} == {"said"}  # noqa: ASYNC240
    assert saved_in(elsewhere)["lifetime"]["requests"] == 2
