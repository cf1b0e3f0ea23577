"""Each process says how it is, and hears of all others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom.proxy import present as presents
from headroom.proxy.present import all_present, maps, present
from headroom.state.presence import Presence, Present
from tests.proxy.house import PATIENCE_S, House, get, hang, house_of
from tests.proxy.paying import proxy_of
from tests.proxy.talks import with_planning
from tests.proxy.test_websocket import connected, echo, received, speaking
from tests.support.outage import Down


class NoLog(Down):
    """A store whose logs are out of reach too."""

    async def append(self, log: str, record: bytes) -> int:
        raise StoreError("the disk is gone")


async def until(is_so: Callable[[Sequence[Present]], bool], house: House) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so(await all_present(proxy_of(house))):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_process_says_how_it_is(house: House) -> None:
    proxy = proxy_of(house)

    told = present(proxy)

    assert told.name == proxy.lineage.name
    assert told.resident_bytes > 10_000_000
    assert abs(told.at - told.started_at) < 60
    assert (told.calls, told.sockets, told.problem, told.ends) == (0, 0, "", False)


async def test_running_calls_are_counted_and_pages_are_not() -> None:
    async with house_of(hang) as house:
        client = await house.connect()
        client.writer.write(get(b"/v1/models"))
        await house.upstream.next()
        running = present(proxy_of(house)).calls
        await house.ask(get(b"/livez"))
        client.close()
        await until(lambda all_: sum(each.calls for each in all_) == 0, house)

    assert running == 1


async def test_open_websockets_are_counted_until_they_close() -> None:
    async with speaking(echo) as (_, house):
        async with connected(house) as one, connected(house) as other:
            for socket in (one, other):
                await socket.send_str("a")
                await received(socket)
            told = present(proxy_of(house))
            await one.close()
            await other.close()
        await until(lambda all_: all_[0].sockets == all_[0].relays == 0, house)

    assert (told.sockets, told.relays, told.calls) == (2, 4, 0)


async def test_M6_processes_on_one_store_hear_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presents, "BEAT_S", 0.01)
    async with house_of(hang, workspace_dir=tmp_path) as one:
        async with house_of(workspace_dir=tmp_path) as other:
            client = await one.connect()
            client.writer.write(get(b"/v1/models"))
            await one.upstream.next()
            for house in (one, other):
                await until(lambda all_: [each.calls for each in all_] == [1, 0], house)
        # It has said that it ends: nobody waits for it to be silent for long.
        names = [each.name for each in await all_present(proxy_of(one))]

    assert len(names) == 1


async def test_G4_a_process_without_a_store_knows_of_itself() -> None:
    async with house_of() as house:
        down = NoLog()
        with_planning(house, presence=Presence(down), store_health=down.health)
        heard = await all_present(proxy_of(house))

    assert [each.problem for each in heard] == ["the disk is gone"]


async def test_L9_all_that_is_remembered_has_a_bound(house: House) -> None:
    told = maps(proxy_of(house))

    assert {"recall", "indexes", "rewritten_messages", "ledger_recent", "chains"} <= set(told)
    assert all(entries >= 0 and 0 <= held <= most for entries, held, most in told.values())
    assert all(most > 0 for _, _, most in told.values())
