"""D2 and B12 of stored replies: whose they are, and what stands beside, behind and before them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headroom.state.backends.memory import MemoryStore
from headroom.state.replies import Replies
from tests.proxy.house import (
    PATIENCE_S,
    Answer,
    House,
    Seen,
    get,
    hang,
    house_of,
    post,
)
from tests.proxy.process import Process, process_of
from tests.proxy.repeated import MESSAGES, MINE, THEIRS, asked, body, saying_in_turn, use_of
from tests.proxy.talks import house_before, with_planning
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import needs_redis, redis_server
from tests.upstream import Gate, Provider, Say, Script, running

FIRST, SECOND = Script((Say("Hello."),)), Script((Say("Hello again."),))
EITHER = pytest.mark.parametrize("stream", [False, True])
FOUR = (*HEADROOM, "--port", "0", "--workers", "4")
MANY = 24
"""So many connections reach more than one of four workers, but once in 10^14."""


OTHERS: Mapping[str, bytes | None] = {
    "another key": THEIRS,
    "no key": None,
    "the same key under another name": b"x-api-key: mine",
    "the same key without its scheme": b"authorization: mine",
    "another's own name for it": b"api-key: mine",
}


@pytest.mark.parametrize("other", OTHERS)
@EITHER
async def test_D1_D2_tenants_with_the_same_request_never_share(other: str, stream: bool) -> None:
    answer = b'{"type":"message","stop_reason":"end_turn"}'
    numbers = itertools.count()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        said = answer[:-1] + b',"n":%d}' % next(numbers)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(said) + said)

    async with house_of(script) as house:
        mine = await asked(house, stream=stream)
        theirs = await asked(house, key=OTHERS[other], stream=stream)
        mine_again = await asked(house, stream=stream)
        theirs_again = await asked(house, key=OTHERS[other], stream=stream)

    assert [use_of(one) for one in (mine, theirs)] == [b"miss"] * 2
    assert [use_of(one) for one in (mine_again, theirs_again)] == [b"hit"] * 2
    assert mine_again.body == mine.body != theirs.body == theirs_again.body


async def test_B12_what_follows_a_hit_on_its_connection_is_the_next_request() -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        first = await asked(house)
        one = post(MESSAGES.encode(), body(), MINE)
        client = await house.connect()
        client.writer.write(one + get(b"/livez") + one + get(b"/livez"))
        answers = [await client.answer() for _ in range(4)]

    assert [use_of(answer) for answer in answers] == [b"hit", b"", b"hit", b""]
    assert answers[0].body == answers[2].body == first.body
    assert b'"alive":true' in answers[1].body
    assert len(provider.received) == 1


async def test_B12_bytes_behind_a_hit_that_are_no_request_end_the_connection() -> None:
    provider = saying_in_turn()
    smuggled = b"x" * 40 + b"\r\n\r\n"
    async with house_before(provider) as house:
        await asked(house)
        said = await house.say(post(MESSAGES.encode(), body(), MINE) + smuggled)

    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1 ") <= 2
    assert len(provider.received) == 1


async def test_B12_a_hit_on_a_stream_is_framed_so_that_another_request_may_follow() -> None:
    async with house_before(saying_in_turn()) as house:
        first = await asked(house, stream=True)
        client = await house.connect()
        client.writer.write(post(MESSAGES.encode(), body(stream=True), MINE) + get(b"/livez"))
        hit, alive = await client.answer(), await client.answer()

    assert hit.body == first.body
    assert alive.status == 200


# Several at once


async def several(house: House, count: int, **members: Any) -> list[asyncio.Task[Answer]]:
    """So many of the same request, all of which have arrived."""
    before = len(house.state.tasks)
    tasks = [asyncio.create_task(asked(house, **members)) for _ in range(count)]
    while len(house.state.tasks) < before + count:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0)
    return tasks


async def test_those_who_ask_the_same_at_once_share_one_call() -> None:
    gate = Gate()
    provider = Provider()
    provider.next(Script((Say("Hello."),), hold_after=0, gate=gate), SECOND)
    async with house_before(provider) as house:
        tasks = await several(house, 5)
        await asyncio.to_thread(provider.wait_for, 1)
        gate.open()
        answers = await asyncio.gather(*tasks)
        assert house.app.proxy is not None
        assert len(house.app.proxy.flights) == 0

    assert sorted(use_of(one) for one in answers) == [b"hit"] * 4 + [b"miss"]
    assert {one.body for one in answers} == {answers[0].body}
    assert len(provider.received) == 1


async def test_streams_at_once_are_asked_each_for_itself() -> None:
    provider = saying_in_turn()
    gate = Gate()
    provider.next(*(Script((Say("Hello."),), hold_after=0, gate=gate) for _ in range(3)))
    async with house_before(provider) as house:
        tasks = await several(house, 3, stream=True)
        await asyncio.to_thread(provider.wait_for, 3)
        gate.open()
        await asyncio.gather(*tasks)

    assert len(provider.received) == 3


async def test_tenants_at_once_are_asked_each_for_itself() -> None:
    gate = Gate()
    provider = Provider()
    provider.next(*(Script((Say("Hello."),), hold_after=0, gate=gate) for _ in range(2)))
    async with house_before(provider) as house:
        keys = (MINE, THEIRS)
        tasks = [asyncio.create_task(asked(house, key=key)) for key in keys]
        await asyncio.to_thread(provider.wait_for, 2)
        gate.open()
        answers = await asyncio.gather(*tasks)

    assert [use_of(one) for one in answers] == [b"miss"] * 2


async def test_who_waited_for_a_call_that_failed_asks_at_once_for_itself() -> None:
    gate = Gate()
    provider = Provider(otherwise=FIRST)
    first = Script(hold_after=0, gate=gate, stop="refusal")
    # None of them is stored, and none waits for another of those who waited.
    provider.next(first, *(Script(hold_after=0, gate=Gate()) for _ in range(3)))
    async with house_before(provider) as house:
        tasks = await several(house, 4)
        await asyncio.to_thread(provider.wait_for, 1)
        gate.open()
        await asyncio.to_thread(provider.wait_for, 4)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_H4_a_leader_whose_client_leaves_lets_the_others_go() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(house.upstream.seen) == 1:
            await hang(seen, writer)
        else:
            said = b'{"type":"message","stop_reason":"end_turn"}'
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d"
            writer.write(head % len(said) + b"\r\n\r\n" + said)

    async with house_of(script) as house:
        leader = await house.connect()
        leader.writer.write(post(MESSAGES.encode(), body(), MINE))
        seen = await house.upstream.next()
        follower = (await several(house, 1))[0]
        leader.writer.transport.abort()
        answer = await follower
        await seen.gone.wait()
        assert house.app.proxy is not None
        assert len(house.app.proxy.flights) == 0

    assert answer.status == 200
    assert use_of(answer) == b"miss"


async def test_a_leader_whose_provider_breaks_off_lets_the_others_go() -> None:
    provider = Provider(otherwise=FIRST)
    gate = Gate()
    provider.next(Script(cut_after=3, hold_after=0, gate=gate))
    async with house_before(provider) as house:
        leader = asyncio.create_task(house.say(post(MESSAGES.encode(), body(), MINE)))
        await asyncio.to_thread(provider.wait_for, 1)
        follower = asyncio.create_task(asked(house))
        gate.open()
        answer = await follower
        await leader

    assert answer.status == 200
    assert b"Hello." in answer.body


async def test_a_reply_that_is_being_stored_is_waited_for() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    looked: asyncio.Queue[None] = asyncio.Queue()

    class Slow(MemoryStore):
        async def get(self, *given: Any, **named: Any) -> Any:
            looked.put_nowait(None)
            return await super().get(*given, **named)

        async def put(self, *given: Any, **named: Any) -> Any:
            begun.set()
            await go_on.wait()
            return await super().put(*given, **named)

    provider = saying_in_turn()
    async with house_before(provider) as house:
        with_planning(house, replies=Replies(Slow(), lifetime_s=60))
        first = asyncio.create_task(asked(house, stream=True))
        await begun.wait()
        await looked.get()
        second = asyncio.create_task(asked(house, stream=True))
        await looked.get()
        go_on.set()
        answers = await asyncio.gather(first, second)

    assert [use_of(one) for one in answers] == [b"miss", b"hit"]
    assert len(provider.received) == 1


# Several processes


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def told(process: Process, count: int = 1, **members: Any) -> list[bytes]:
    """What so many of the same request, each on a connection of its own, say of the cache."""
    uses = []
    for _ in range(count):
        client = await process.connect()
        client.writer.write(post(MESSAGES.encode(), body(**members), MINE))
        uses.append(use_of(await client.answer()))
        client.close()
    return uses


async def until_stored(process: Process, **members: Any) -> None:
    """Ask until the reply is stored: it is after its last byte, and others are told by asking."""
    async with asyncio.timeout(PATIENCE_S):
        while await told(process, **members) != [b"hit"]:
            pass


@EITHER
async def test_M6_four_workers_share_what_is_stored_and_clear_it_together(
    stream: bool, tmp_path: Path
) -> None:
    provider = saying_in_turn()
    with running(provider) as url:
        async with process_of(url, tmp_path, FOUR) as process:
            for _ in range(2):
                assert await told(process, stream=stream) == [b"miss"]
                await until_stored(process, stream=stream)
                assert await told(process, MANY, stream=stream) == [b"hit"] * MANY
                assert await process.ask(post(b"/cache/clear", b"")) == 200


async def test_G1_what_was_stored_is_there_after_kill_9(tmp_path: Path) -> None:
    provider = saying_in_turn()
    with running(provider) as url:
        async with process_of(url, tmp_path) as process:
            before = await told(process, 2)
            process.process.kill()
            await process.exit_code()
        async with process_of(url, tmp_path) as process:
            after = await told(process)

    assert [*before, *after] == [b"miss", b"hit", b"hit"]
    assert len(provider.received) == 1


async def test_without_a_store_on_disk_replies_end_with_the_process(tmp_path: Path) -> None:
    command = (*HEADROOM, "--port", "0", "--stateless")
    with running(saying_in_turn()) as url:
        for _ in range(2):
            async with process_of(url, tmp_path, command) as process:
                assert await told(process, 2) == [b"miss", b"hit"]

    assert not any(path.name.startswith("state.db") for path in files_in(tmp_path))


@needs_redis
async def test_G2_two_proxies_on_one_redis_share_what_is_stored(tmp_path: Path) -> None:
    provider = saying_in_turn()
    async with redis_server() as store:
        with running(provider) as url:
            command = (*HEADROOM, "--port", "0", "--store", store)
            async with (
                process_of(url, tmp_path / "a", command) as one,
                process_of(url, tmp_path / "b", command) as other,
            ):
                uses = [*await told(one, 2), *await told(other)]
                assert await one.ask(post(b"/cache/clear", b"")) == 200
                uses += [*await told(other, 2), *await told(one)]

    assert uses == [b"miss", b"hit", b"hit", b"miss", b"hit", b"hit"]
    assert len(provider.received) == 2


async def test_L9_so_many_replies_are_stored_and_those_unread_for_longest_leave(
    tmp_path: Path,
) -> None:
    async with house_before(saying_in_turn(), workspace_dir=tmp_path, cache_max_entries=3) as house:
        for tokens in range(1, 6):
            assert use_of(await asked(house, max_tokens=tokens)) == b"miss"
        uses = [use_of(await asked(house, max_tokens=tokens)) for tokens in (5, 4, 3, 1)]

    assert uses == [b"hit", b"hit", b"hit", b"miss"]


async def test_S3_no_credential_is_stored_with_a_reply(tmp_path: Path) -> None:
    secret = "sk-canary-7f3a"
    async with house_before(saying_in_turn(), workspace_dir=tmp_path) as house:
        key = f"authorization: Bearer {secret}".encode()
        for _ in range(2):
            await asked(house, key=key, query=f"?key={secret}".encode())

    files = files_in(tmp_path)
    assert any(b"Hello, 0." in file.read_bytes() for file in files)
    assert not any(secret.encode() in file.read_bytes() for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
