"""G1 and G6: proxies that are killed again and again, at any moment and at the worst one.

Conversations go on from one process to the next.  After each death what the provider was told
of by a marker is had again, and what is sent begins with what was sent before.

With TEST_AT_LENGTH=1 in the environment there are a hundred rounds, half of each kind.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from headroom.marker import key_of
from tests.proxy.process import Process, process_of
from tests.reliability.crowd import KINDS, OFFERING, Judge, Talk, redeemed
from tests.support.at_length import AT_LENGTH
from tests.upstream import Provider, running

ROUNDS = 50 * AT_LENGTH or 6
AT_ONCE = 6
TURNS = 4
MOST_REQUESTS = 16
MOST_MARKERS = 4
LATEST_S = 0.02
CREDENTIALS = ("one", "two", "three")

GONE = (OSError, EOFError, ValueError)
"""What a client sees of a proxy that dies: no connection, or a reply that is not whole."""


class Crowd:
    """Clients that go on talking, through whatever proxy there is."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.coming = talks()
        self.under_way = [next(self.coming) for _ in range(AT_ONCE)]
        self.redeemed: set[tuple[str, str]] = set()

    async def talk(self, process: Process) -> None:
        """Talk until the proxy is gone."""
        await asyncio.gather(*(self._until_gone(process, place) for place in range(AT_ONCE)))

    async def _until_gone(self, process: Process, place: int) -> None:
        with suppress(*GONE):
            while True:
                if self.under_way[place].over:
                    self.under_way[place] = next(self.coming)
                await one_turn(process, self.under_way[place])

    async def end(self, process: Process) -> None:
        """Bring all that is under way to its end."""
        for talk in self.under_way:
            while not talk.over:
                await one_turn(process, talk)

    async def redeem(self, process: Process, *, anew: bool = False) -> None:
        """Have all that was left out and was not had since; or all of it *anew*."""
        client = await process.connect()
        for tenant, keys in self.judge.markers.items():
            for key in keys:
                if anew or (tenant, key) not in self.redeemed:
                    assert key_of(await redeemed(client, tenant, key)) == key
                    self.redeemed.add((tenant, key))
        client.close()


def talks() -> Iterator[Talk]:
    """Conversations of all dialects, streamed and not, of several tenants."""
    for number in itertools.count():
        kind, credential = KINDS[number % len(KINDS)], CREDENTIALS[number % len(CREDENTIALS)]
        yield kind(f"k{number}", number, credential, streaming=number % 3 == 0)


async def one_turn(process: Process, talk: Talk) -> None:
    client = await process.connect()
    await talk.take_turn(client)
    client.close()


async def rounds(
    judge: Judge, folder: Path, kill: Callable[[Process, random.Random], None]
) -> Crowd:
    """Let one process after another be killed in the way that *kill* arranges."""
    crowd, chance = Crowd(judge), random.Random(0)
    provider = Provider(otherwise=judge, bound_thinking=True, recording=False)
    # A dead proxy's planner ends when it notices; the next proxy does not wait for that.
    with running(provider) as url:
        async with AsyncExitStack() as proxies:
            for _ in range(ROUNDS):
                process = await proxies.enter_async_context(process_of(url, folder, OFFERING))
                await crowd.redeem(process)
                kill(process, chance)
                await crowd.talk(process)
                assert await process.exit_code() == -signal.SIGKILL
        async with process_of(url, folder, OFFERING) as process:
            await crowd.end(process)
            await crowd.redeem(process, anew=True)

    return crowd


async def test_G1_G6_a_proxy_killed_at_any_moment_loses_no_original_and_no_prefix(
    tmp_path: Path,
) -> None:
    judge = Judge(TURNS)

    def soon(process: Process, chance: random.Random) -> None:
        loop = asyncio.get_running_loop()
        left, after_s = (
            itertools.count(-chance.randrange(MOST_REQUESTS)),
            chance.random() * LATEST_S,
        )

        def asked() -> None:
            if next(left) == 0:
                kill = process.process.kill
                loop.call_soon_threadsafe(loop.call_later, after_s, kill)

        judge.asked = asked

    crowd = await rounds(judge, tmp_path, soon)

    assert judge.troubles == []
    assert sum(line.retrievals for line in judge.lines.values()) > ROUNDS
    assert len(crowd.redeemed) > ROUNDS


async def test_G6_a_proxy_killed_when_a_marker_arrives_at_the_provider_has_kept_the_original(
    tmp_path: Path,
) -> None:
    """The thread of the provider itself kills, before it has read any further."""
    judge = Judge(TURNS)
    killed = []

    def at_a_marker(process: Process, chance: random.Random) -> None:
        left = itertools.count(-chance.randrange(MOST_MARKERS))

        def told(_tenant: str, key: str) -> None:
            if next(left) == 0:
                os.kill(process.process.pid, signal.SIGKILL)
                killed.append(key)

        judge.told = told

    crowd = await rounds(judge, tmp_path, at_a_marker)

    assert judge.troubles == []
    assert len(killed) == ROUNDS
    assert {key for _, key in crowd.redeemed} >= set(killed)
