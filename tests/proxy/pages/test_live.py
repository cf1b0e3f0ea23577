"""The stream of finished requests as a browser gets it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from headroom.proxy.call import Message
from headroom.proxy.feed import MOST_LISTENERS
from headroom.proxy.pages import live
from headroom.proxy.relay import ReplyCut
from tests.proxy.house import NOWHERE, Client, House, get, house_of, post
from tests.proxy.process import process_of
from tests.proxy.test_access import call
from tests.support.proxy_process import HEADROOM

SECRET = "a-secret-that-no-event-holds"
BODY = json.dumps(
    {"model": "claude-opus-4-7", "max_tokens": 9, "messages": [{"role": "user", "content": SECRET}]}
).encode()


async def listening(house: House, *headers: bytes) -> Client:
    client = await house.connect()
    client.writer.write(get(b"/dashboard/events", *headers))
    head = await client.head()
    assert head.status == 200
    assert head.values(b"content-type") == [b"text/event-stream; charset=utf-8"]
    assert head.values(b"cache-control") == [b"no-store"]
    return client


async def until(client: Client, wanted: bytes) -> bytes:
    """All that comes until this does."""
    got = b""
    while wanted not in got:
        piece = await client.chunk()
        assert piece, "the stream ended before that"
        got += piece
    return got


async def test_a_request_is_told_as_it_ends_and_nothing_of_what_it_says(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        client = await listening(house)
        first = await until(client, b"event: hello\n")
        await house.ask(post(b"/v1/messages", BODY, b"x-api-key: " + SECRET.encode()))
        told = await until(client, b"event: request\n")
        client.close()

    assert first.startswith(b"retry: 2000\n\n")
    assert b'"model":"claude-opus-4-7"' in told
    assert SECRET.encode() not in told
    assert b"sk-" not in told


async def test_who_comes_again_says_what_was_heard_last(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        for _ in range(2):
            await house.ask(post(b"/v1/messages", BODY, b"x-api-key: k"))
            assert house.app.proxy is not None
            await house.app.proxy.chronicle.read()
        client = await listening(house, b"last-event-id: 1")
        told = await until(client, b"event: request\n")
        client.close()

    assert told.count(b"event: request") == 1
    assert b"id: 2\n" in told


@pytest.mark.parametrize("said", [b"", b"x", b"-1", b"9" * 30])
async def test_what_is_no_number_counts_as_nothing(said: bytes) -> None:
    async with house_of() as house:
        client = await listening(house, b"last-event-id: " + said)
        await until(client, b"event: hello\n")
        client.close()


async def test_L9_one_listener_too_many_is_told_to_ask_instead() -> None:
    async with house_of() as house:
        clients = [await listening(house) for _ in range(MOST_LISTENERS)]
        refused = await house.ask(get(b"/dashboard/events"))
        for client in clients:
            client.close()

    assert refused.status == 503
    assert refused.values(b"retry-after") == [b"30"]
    assert b"/stats" in refused.body


async def test_a_client_that_left_is_no_listener_any_more() -> None:
    async with house_of() as house:
        client = await listening(house)
        assert house.app.proxy is not None
        feed = house.app.proxy.feed
        assert len(feed._listeners) == 1
        client.writer.transport.abort()
        async with asyncio.timeout(5):
            while feed._listeners:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)


async def test_L6_a_reader_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SLOW_S", 0.01)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async with house_of() as house:
        assert house.app.proxy is not None
        with pytest.raises(ReplyCut):
            await live.events(house.app.proxy, call(path=b"/dashboard/events"), send)
        assert not house.app.proxy.feed._listeners


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_T1_T4_a_stop_does_not_wait_for_who_only_listens(
    workers: str, tmp_path: Path
) -> None:
    command = (*HEADROOM, "--port", "0", "--workers", workers)
    async with process_of(NOWHERE, tmp_path, command) as process:
        client = await process.connect()
        client.writer.write(get(b"/dashboard/events"))
        await client.head()
        await until(client, b"event: hello\n")
        begun = time.monotonic()
        process.stop()
        while await client.chunk():
            pass
        code = await process.exit_code()
        took = time.monotonic() - begun

    assert code == 0
    # Streams end within half a second; a machine that does much else needs longer.
    assert took < 5
