"""G2: conversations whose turns hop between processes, with hidden legs, of many tenants.

With TEST_AT_LENGTH=1 in the environment there are a thousand of them.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.proxy.house import Client
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of
from tests.reliability.crowd import (
    KINDS,
    OFFERING,
    OFFERING_VARIABLES,
    SHARED,
    TWIN,
    AnthropicTalk,
    ChatTalk,
    Connect,
    Judge,
    Talk,
    assert_redeemable,
    redeemed,
)
from tests.reliability.test_lifecycle import GUNICORN, GUNICORN_SIGN
from tests.support.at_length import AT_LENGTH
from tests.support.redis_server import needs_redis, redis_server
from tests.upstream import Provider, running

COUNT = 1_000 * AT_LENGTH or 100
TENANTS = 20
AT_ONCE = 24
TURNS = 3
WORKERS = 4


def talks() -> list[Talk]:
    """Of ten, two are of two tenants with the same words, and two with the same ids as well."""
    return [_talk(number) for number in range(COUNT)]


def _talk(number: int) -> Talk:
    credential, (group, place) = f"tenant-{number % TENANTS}", divmod(number, 10)
    if place < 2:
        kind = KINDS[group % len(KINDS)]
        return kind(f"{SHARED}-{group}", group, credential, streaming=group % 3 == 0)
    if place < 4:
        twin = (AnthropicTalk, ChatTalk)[group % 2]
        return twin(f"{TWIN}-{group}", COUNT + group, credential, streaming=group % 3 == 0)
    kind = KINDS[number % len(KINDS)]
    return kind(f"own-{number}", 2 * COUNT + number, credential, streaming=number % 3 == 0)


async def hop(crowd: Sequence[Talk], connect: Connect) -> None:
    """Let all take their turns, a connection each, in an order in which all are under way."""
    waiting = list(crowd)
    chance = random.Random(0)

    async def take_turns() -> None:
        while waiting:
            talk = waiting.pop(chance.randrange(len(waiting)))
            client = await connect()
            await talk.take_turn(client)
            client.close()
            if not talk.over:
                waiting.append(talk)

    await asyncio.gather(*(take_turns() for _ in range(AT_ONCE)))


async def assert_nobody_has_anothers(judge: Judge, crowd: Sequence[Talk], connect: Connect) -> None:
    """Each tenant is given all that it was told of, and nothing that others alone have."""
    client = await connect()
    await assert_redeemable(judge, client)
    for tenant in judge.markers:
        for other, key in judge.private.items():
            assert other == tenant or not await redeemed(client, tenant, key)
    client.close()
    pairs = [talk.tenant for talk in crowd if talk.subject.startswith(SHARED)]
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        assert judge.markers[one].keys() & judge.markers[other]


def assert_all_is_well(judge: Judge, crowd: Sequence[Talk]) -> None:
    assert judge.troubles == []
    assert {talk.turn for talk in crowd} == {TURNS + 1}
    assert len(judge.lines) == COUNT
    assert min(line.retrievals for line in judge.lines.values()) > 0
    assert len(judge.foreign) > COUNT / 4


async def test_G2_D3_D4_conversations_hop_between_four_workers_of_gunicorn(
    tmp_path: Path,
) -> None:
    judge, crowd = Judge(TURNS), talks()
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    offering = ("env", *OFFERING_VARIABLES, *GUNICORN, "--workers", str(WORKERS))
    with running(provider) as url:
        async with stopping(process_of(url, tmp_path, offering, GUNICORN_SIGN)) as process:
            workers = children_of(process.process.pid)
            await hop(crowd, process.connect)
            busy = [cpu_seconds(worker) for worker in workers]
            await assert_nobody_has_anothers(judge, crowd, process.connect)

    assert_all_is_well(judge, crowd)
    assert len(busy) == WORKERS
    assert min(busy) > sum(busy) / WORKERS / 4


@needs_redis
async def test_G2_D3_D4_conversations_hop_between_two_proxies_on_one_redis(
    tmp_path: Path,
) -> None:
    judge, crowd, chance = Judge(TURNS), talks(), random.Random(1)
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    async with redis_server() as store:
        command = (*OFFERING, "--store", store)
        with running(provider) as url:
            async with (
                process_of(url, tmp_path / "a", command) as one,
                process_of(url, tmp_path / "b", command) as other,
            ):

                async def either() -> Client:
                    return await chance.choice((one, other)).connect()

                await hop(crowd, either)
                await assert_nobody_has_anothers(judge, crowd, either)

    assert_all_is_well(judge, crowd)


@asynccontextmanager
async def stopping(opening: AbstractAsyncContextManager[Process]) -> AsyncIterator[Process]:
    """Stop it in the end: workers of a gunicorn that is killed would go on."""
    async with opening as process:
        try:
            yield process
        finally:
            process.stop()
            await process.exit_code()


def cpu_seconds(process: int) -> float:
    """How long this process was busy."""
    told = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
