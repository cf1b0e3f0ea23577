"""G1, M2, T5: what a killed process had under way is counted and charged, whoever started it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.observe.entry import Entry
from headroom.observe.statistics import Record
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.diary import FOLDER, Diary
from headroom.state.journal import Journal
from tests.proxy.house import get, hang, post, upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of, is_connected_to
from tests.reliability.test_lifecycle import GUNICORN, GUNICORN_SIGN
from tests.support.proxy_process import HEADROOM

LATEST_S = 12.0
BUDGET = ("--budget", "0.05", "--budget-period", "monthly")
BODY = json.dumps(
    {"model": "claude-opus-4-7", "max_tokens": 1000,
     "messages": [{"role": "user", "content": "How are you?"}]}
).encode()  # fmt: skip
CALL = post(b"/v1/messages", BODY, b"x-api-key: one", b"cache-control: no-store")


async def told(process: Process) -> Mapping[str, Any]:
    answer = await process.answer(get(b"/stats"))
    found: Mapping[str, Any] = json.loads(answer.body)
    return found


async def counted(process: Process, requests: int) -> Mapping[str, Any]:
    """The statistics, once so many requests are counted."""
    async with asyncio.timeout(LATEST_S):
        while (found := await told(process))["lifetime"]["requests"] < requests:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def stopped(process: Process) -> AsyncIterator[None]:
    """Stop it in the end: workers of a gunicorn that is killed would go on."""
    try:
        yield
    finally:
        process.stop()
        await process.exit_code(35)


async def leave(process: Process) -> None:
    client = await process.connect()
    client.writer.write(CALL)


async def test_a_call_that_runs_as_its_process_is_killed_is_counted_and_charged_at_the_next_start(
    tmp_path: Path,
) -> None:
    command = (*HEADROOM, "--port", "0", *BUDGET)
    async with upstream_of(hang) as upstream:
        async with process_of(upstream.url, tmp_path, command) as process:
            await leave(process)
            await upstream.next()
            process.stop(signal.SIGKILL)
            await process.exit_code()
        async with process_of(upstream.url, tmp_path, command) as process:
            found = await counted(process, 1)

    lifetime, (budget,) = found["lifetime"], found["budgets"]
    (one,) = found["recent_requests"]
    assert lifetime["requests"] == 1
    assert lifetime["estimated"]["requests"] == 1
    assert lifetime["tokens"]["input"] == 0
    assert one["verdict"] == "stopped"
    assert 0.02 < budget["spent_usd"] < 0.05
    assert upstream.seen[0].head.startswith(b"POST /v1/messages")
    # Nothing is under way any more but what the second one stopped in the middle of.
    assert not list((tmp_path / FOLDER).glob("*.new"))


async def test_T5_a_worker_of_gunicorn_that_is_killed_has_its_calls_counted_and_charged(
    tmp_path: Path,
) -> None:
    variables = {"HEADROOM_BUDGET": "0.02", "HEADROOM_BUDGET_PERIOD": "monthly"}
    command = (*GUNICORN, "--workers", "2")
    async with (
        upstream_of(hang) as upstream,
        process_of(upstream.url, tmp_path, command, GUNICORN_SIGN, variables=variables) as process,
        stopped(process),
    ):
        await leave(process)
        await upstream.next()
        refused = await process.answer(CALL)
        port = int(upstream.url.rpartition(":")[2])
        workers = children_of(process.process.pid)
        (holder,) = [one for one in workers if is_connected_to(one, port)]
        os.kill(holder, signal.SIGKILL)
        found = await counted(process, 2)
        again = await process.answer(CALL)

    # Until then it was only set apart: that ends within seconds, not at the end of the month.
    assert (refused.status, refused.values(b"retry-after")) == (429, [b"2"])
    assert again.status == 429
    assert again.values(b"retry-after") != [b"2"]
    assert found["budgets"][0]["left_usd"] == 0
    assert sorted(one["verdict"] for one in found["recent_requests"]) == ["refused", "stopped"]


async def test_what_had_ended_counts_once_whether_it_was_written_before_the_kill_or_not(
    tmp_path: Path,
) -> None:
    written, owed, begun = (
        msgspec.msgpack.encode(Entry(id=f"hr_{name}", at=time.time(), verdict="planned"))
        for name in ("written", "owed", "begun")
    )
    store = SqliteStore(tmp_path)
    await store.open()
    record = Record("dead", 1, (msgspec.msgpack.decode(written, type=Entry),))
    await Journal(store).append(msgspec.msgpack.encode(record))
    await store.close()
    diary = Diary.of(tmp_path, "dead")
    assert diary is not None
    diary.end("written", 1, written)
    diary.end("owed", 2, owed)
    diary.begin("begun", begun)
    diary.begin("of a later version", b"what nobody can read")
    diary.close()

    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, (*HEADROOM, "--port", "0")) as process,
    ):
        found = await counted(process, 3)

    names = [one["request_id"] for one in found["recent_requests"]]
    assert sorted(names) == ["hr_begun", "hr_owed", "hr_written"]
    assert not (tmp_path / FOLDER / "dead").exists()


@pytest.mark.parametrize("stateless", ["--stateless", "--store=memory"])
async def test_where_nothing_outlives_a_process_no_file_is_written(
    tmp_path: Path, stateless: str
) -> None:
    command = (*HEADROOM, "--port", "0", stateless)
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, command) as process,
    ):
        assert await process.ask(CALL) == 200

    assert not (tmp_path / FOLDER).exists()
