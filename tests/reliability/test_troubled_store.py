"""G3 to G6: a store that fails while conversations with markers and hidden legs go on.

Requests go on, what the provider has seen stays as it was, and no marker leaves whose original
is not kept.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headroom.state.backends.sqlite_file import FILE
from tests.proxy.house import PATIENCE_S
from tests.proxy.process import Process, process_of
from tests.reliability.crowd import (
    KINDS,
    OFFERING,
    OFFERING_VARIABLES,
    AnthropicTalk,
    Judge,
    Talk,
    assert_redeemable,
)
from tests.reliability.test_durable_conversations import store_check
from tests.reliability.test_hopping import stopping
from tests.reliability.test_lifecycle import GUNICORN, GUNICORN_SIGN
from tests.reliability.test_store import fill, mounting
from tests.upstream import Provider, running

TURNS = 20
BEFORE, DURING, AFTER = 3, 3, 3


def talks_named(name: str) -> list[Talk]:
    """One of each dialect."""
    kinds, number = dict.fromkeys(KINDS), sum(name.encode())
    return [kind(f"{name}-{n}", number * 10 + n, name) for n, kind in enumerate(kinds)]


async def take_turns(process: Process, talks: list[Talk], count: int) -> None:
    for talk in talks * count:
        client = await process.connect()
        await talk.take_turn(client)
        client.close()


async def until(process: Process, status: str) -> None:
    """Ask until the store is in this state: another process tells in no other way."""
    async with asyncio.timeout(PATIENCE_S):
        while (await store_check(process))["status"] != status:
            pass


async def all_redeemable(judge: Judge, process: Process) -> None:
    client = await process.connect()
    await assert_redeemable(judge, client)
    client.close()


def told(judge: Judge) -> int:
    """How many markers the provider has seen."""
    return sum(len(keys) for keys in judge.markers.values())


def offered(judge: Judge, talks: list[Talk]) -> set[bool]:
    return {judge.lines[talk.tenant, talk.subject].offered for talk in talks}


async def assert_goes_on(judge: Judge, process: Process, known: list[Talk]) -> None:
    """While nothing can be written: no new marker, no new offer, and all that was known."""
    fresh = talks_named("fresh")
    before = told(judge)
    await take_turns(process, known, DURING)
    await take_turns(process, fresh, DURING)
    assert told(judge) == before
    assert offered(judge, known) == {True}
    assert offered(judge, fresh) == {False}
    await all_redeemable(judge, process)


async def assert_well_again(judge: Judge, process: Process, known: list[Talk]) -> None:
    """Whoever has our tool has texts left out again; a new conversation is given it."""
    before, later = told(judge), talks_named("later")
    await take_turns(process, [*known, *later], AFTER)
    assert told(judge) >= before + AFTER * len(known)
    assert offered(judge, [*known, *later]) == {True}
    await all_redeemable(judge, process)
    assert judge.troubles == []


@contextmanager
def disk(folder: Path, size: str) -> Iterator[tuple[str, ...]]:
    """A small disk at *folder*, for commands that begin with what this gives."""
    mount = f'mount -t tmpfs -o size={size} tmpfs "{folder}" && echo && exec sleep infinity'
    with subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", mount], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield "nsenter", f"--mount=/proc/{holder.pid}/ns/mnt"
        finally:
            holder.kill()


@mounting
async def test_G4_G6_on_a_full_disk_nothing_new_is_left_out_and_what_was_sent_stays(
    tmp_path: Path,
) -> None:
    judge, known = Judge(TURNS), talks_named("known")
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    with running(provider) as url, disk(tmp_path, "3m") as inside:
        async with process_of(url, tmp_path, (*inside, *OFFERING)) as process:
            filler = Path(f"/proc/{process.process.pid}/root{tmp_path}/filler")
            await take_turns(process, known, BEFORE)
            await asyncio.to_thread(fill, filler)
            last = AnthropicTalk("last", 77, "last")
            while (await store_check(process))["status"] == "healthy":
                # The log has some room left of its own.
                await take_turns(process, [last], 1)
            await all_redeemable(judge, process)
            await assert_goes_on(judge, process, known)
            await asyncio.to_thread(filler.unlink)
            await until(process, "healthy")
            await assert_well_again(judge, process, known)


@mounting
async def test_G5_G6_on_a_read_only_workspace_what_was_sent_stays(tmp_path: Path) -> None:
    judge, known = Judge(TURNS), talks_named("known")
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    with running(provider) as url, disk(tmp_path, "30m") as inside:

        def remount(how: str) -> None:
            command = [*inside, "mount", "-o", f"remount,{how}", str(tmp_path)]
            subprocess.run(command, check=True)

        async with process_of(url, tmp_path, (*inside, *OFFERING)) as process:
            await take_turns(process, known, BEFORE)
            process.stop()
            await process.exit_code()
        remount("ro")
        # `headroom proxy` would say so and not start.
        command = (*inside, "env", *OFFERING_VARIABLES, *GUNICORN)
        async with stopping(process_of(url, tmp_path, command, GUNICORN_SIGN)) as process:
            await until(process, "degraded")
            await assert_goes_on(judge, process, known)
            remount("rw")
            await until(process, "healthy")
            await assert_well_again(judge, process, known)


async def test_G5_G6_while_nothing_can_be_written_what_was_sent_stays(tmp_path: Path) -> None:
    judge, known = Judge(TURNS), talks_named("known")
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    with running(provider) as url:
        async with process_of(url, tmp_path, OFFERING) as process:
            pid = process.process.pid
            await take_turns(process, known, BEFORE)
            usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, usual[1]))
            await take_turns(process, talks_named("first"), 1)
            await until(process, "degraded")
            await assert_goes_on(judge, process, known)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
            await until(process, "healthy")
            await assert_well_again(judge, process, known)


async def test_G3_G6_a_file_that_is_damaged_in_use_costs_no_conversation_anything(
    tmp_path: Path,
) -> None:
    judge, known = Judge(TURNS), talks_named("known")
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    with running(provider) as url:
        async with process_of(url, tmp_path, OFFERING) as process:
            await take_turns(process, known, BEFORE)
            process.stop()
            await process.exit_code()
        async with process_of(url, tmp_path, OFFERING) as process:
            await take_turns(process, known, 1)
            (tmp_path / FILE).write_bytes(b"nonsense " * 10_000)
            await take_turns(process, known, 1)
            await until(process, "healthy")
            assert "set aside" in (await store_check(process))["notice"]
            await all_redeemable(judge, process)
            await take_turns(process, known, DURING)
            process.stop(signal.SIGKILL)
        async with process_of(url, tmp_path, OFFERING) as process:
            await all_redeemable(judge, process)
            await assert_well_again(judge, process, known)
