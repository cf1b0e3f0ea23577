"""T5 and M6: several processes on one port, each of which may die, stall, or be told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from headroom.proxy.workers import SHORT_LIVES, WORKER_MODULE
from tests.proxy.house import Seen, post, upstream_of
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of, is_running, wait_for_end
from tests.proxy.talks import ROUTES
from tests.reliability.test_durable_conversations import assert_each_begins_the_next, take_turns
from tests.reliability.test_lifecycle import EVENT, STREAM
from tests.support.proxy_process import HEADROOM

TWO = (*HEADROOM, "--port", "0", "--workers", "2")
STALLED_S = 3.0
"""For workers that need not be waited for as long as in the world; they beat every second."""
REPLACED_S = 25.0


def two_where(changed: str) -> tuple[str, ...]:
    """The command with something *changed* about how workers are watched."""
    python, option, program, *_ = TWO
    return (python, option, f"import headroom.proxy.workers as w; w.{changed}; {program}", *TWO[3:])


def workers_of(process: Process) -> list[int]:
    return children_of(process.process.pid)


def listening(port: int) -> int:
    """How many sockets listen on this port, as the system tells."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


async def both(process: Process) -> list[int]:
    """The workers, once both take calls."""
    await until(lambda: listening(process.port) == 2)
    return workers_of(process)


async def until(holds: Callable[[], bool], within_s: float = REPLACED_S) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def served(process: Process) -> bool:
    try:
        return await process.ask(post(b"/v1/messages", b"{}")) == 200
    except (OSError, asyncio.IncompleteReadError):
        return False


async def test_T5_a_worker_that_is_killed_is_replaced_and_calls_go_on(tmp_path: Path) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        first, second = await both(process)
        await asyncio.sleep(2.1)  # a life that is not a short one

        os.kill(first, signal.SIGKILL)
        await until(lambda: first not in workers_of(process))
        await both(process)
        answers = [await served(process) for _ in range(20)]

        assert second in workers_of(process)
        assert answers.count(True) >= 19


def is_fresh(worker: int) -> bool:
    """Whether this worker is an interpreter of its own, and no copy of its parent."""
    return WORKER_MODULE.encode() in Path(f"/proc/{worker}/cmdline").read_bytes()


def kilobytes(worker: int, what: str) -> int:
    """How much memory of this process counts as that."""
    told = Path(f"/proc/{worker}/smaps_rollup").read_text()
    [line] = (line for line in told.splitlines() if line.startswith(f"{what}:"))
    return int(line.split()[1])


async def test_the_first_workers_share_what_is_loaded_and_later_ones_are_fresh(
    tmp_path: Path,
) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        first = await both(process)
        processes = [process.process.pid, *first]
        share = sum(kilobytes(each, "Pss") for each in processes)
        shown = sum(kilobytes(each, "Rss") for each in processes)
        assert not any(map(is_fresh, first))

        os.kill(first[0], signal.SIGKILL)
        await until(lambda: first[0] not in workers_of(process))
        [other] = {*(await both(process))} - {*first}

        assert is_fresh(other)
        assert share < 0.7 * shown


async def test_T5_a_worker_that_stalls_is_replaced(tmp_path: Path) -> None:
    command = two_where(f"STALLED_S = {STALLED_S}")
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, command) as process:
        first, _ = await both(process)
        # It listens before it is ready, and is given more time until then.
        await asyncio.sleep(2)

        os.kill(first, signal.SIGSTOP)
        try:
            await until(lambda: first not in workers_of(process))
            await both(process)
        finally:
            with suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)

        assert not is_running(first)


async def test_M6_a_conversation_hops_between_workers_and_keeps_its_bytes(tmp_path: Path) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        sent = await take_turns(process, upstream, ROUTES[0], range(1, 13))

    assert_each_begins_the_next(ROUTES[0], sent)


async def test_T1_a_stop_lets_the_streams_of_all_workers_finish_and_exits_0(
    tmp_path: Path,
) -> None:
    release = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + EVENT)
        await release.wait()
        writer.write(EVENT + b"0\r\n\r\n")

    async with upstream_of(script) as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        await both(process)
        clients = [await process.connect() for _ in range(6)]
        for client in clients:
            client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
            await client.head()
            await client.chunk()
        process.stop()
        await asyncio.sleep(0.3)
        release.set()
        ends = [(await client.chunk(), await client.chunk())[1] for client in clients]

        assert ends == [b""] * 6
        assert await process.exit_code() == 0


async def test_T4_a_second_signal_ends_all_at_once(tmp_path: Path) -> None:
    async def hang(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + EVENT)
        await seen.gone.wait()

    async with upstream_of(hang) as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        client = await process.connect()
        client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
        await client.head()
        process.stop()
        await asyncio.sleep(0.3)
        process.stop()

        assert await process.exit_code() == 0


async def test_T4_a_worker_that_has_just_begun_is_told_to_stop_too(tmp_path: Path) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        first, _ = await both(process)

        # Its successor is started while the signal is on its way, or after it.
        os.kill(first, signal.SIGKILL)
        process.stop()

        assert await process.exit_code(REPLACED_S) == 0


async def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        workers = await both(process)

        process.stop(signal.SIGKILL)

        for worker in workers:
            assert await asyncio.to_thread(wait_for_end, worker, 10.0)


async def test_a_hangup_replaces_all_workers_and_calls_go_on(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if b"stream" not in seen.body:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            return
        writer.write(STREAM + EVENT)
        await release.wait()
        writer.write(EVENT + b"0\r\n\r\n")

    async with upstream_of(script) as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        before = await both(process)
        clients = [await process.connect() for _ in range(6)]
        for client in clients:
            client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
            await client.head()
            await client.chunk()
        answers = []

        process.stop(signal.SIGHUP)
        while len(set(workers_of(process)) - set(before)) < 2 or listening(process.port) != 2:
            answers.append(await served(process))
        release.set()
        ends = [(await client.chunk(), await client.chunk())[1] for client in clients]
        await until(lambda: not set(before) & set(workers_of(process)))
        answers += [await served(process) for _ in range(10)]

        assert ends == [b""] * 6
        assert answers.count(False) <= 1
        await until(lambda: len(workers_of(process)) == 2)
        assert b"takes its place" not in process.said
        process.stop()
        assert await process.exit_code() == 0


async def test_a_hangup_goes_on_after_a_worker_that_dies_meanwhile(tmp_path: Path) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path, TWO) as process:
        before = await both(process)

        process.stop(signal.SIGHUP)
        os.kill(before[1], signal.SIGKILL)
        await until(lambda: not set(before) & set(workers_of(process)))
        await until(lambda: (len(workers_of(process)), listening(process.port)) == (2, 2))

        assert await served(process)


@pytest.mark.parametrize("words", [["--workers", "0"], ["--workers", "x"]])
async def test_a_number_that_cannot_be_is_told(words: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *HEADROOM, *words, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 2
    assert b"a whole number from 1 to 64 is needed" in said


async def test_workers_that_cannot_start_end_the_parent_with_a_reason(tmp_path: Path) -> None:
    # The address of a provider is read by all; a broken interpreter option by workers alone.
    environ = {**os.environ, "HEADROOM_WORKSPACE_DIR": str(tmp_path), "PYTHONSTARTUP": ""}
    process = await asyncio.create_subprocess_exec(
        *two_where("WORKER_MODULE = 'headroom.nothing'"), env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 1
    assert f"{SHORT_LIVES} workers ended as soon as they had started" in said.decode()
