"""What is said is remembered where that is asked for, however the call goes."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.house import PATIENCE_S, House, Seen, house_of, post
from tests.proxy.talks import body_of, log, results

REPLY = {
    "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "content": [
        {"type": "text", "text": "Hello you"},
        {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}},
    ],
    "usage": {"input_tokens": 10, "output_tokens": 5},
}  # fmt: skip
ASKED = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello me"}]}
STREAM = (
    b'event: message_start\ndata: {"type":"message_start","message":{"usage":{}}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"Hel"}}\n\n'
)


def whole(body: bytes, *headers: bytes) -> bytes:
    head = [b"HTTP/1.1 200 OK", b"content-type: application/json", *headers]
    return b"\r\n".join([*head, b"content-length: %d" % len(body), b"", body])


async def say(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(whole(json.dumps(REPLY).encode()))


async def break_off(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99999\r\n\r\n"
    )
    writer.write(STREAM)
    await writer.drain()
    writer.close()


async def lines_of(file: Path, count: int) -> list[dict[str, Any]]:
    def read() -> list[bytes]:
        return file.read_bytes().splitlines() if file.exists() else []

    async with asyncio.timeout(PATIENCE_S):
        while len(lines := await asyncio.to_thread(read)) < count:  # noqa: ASYNC110 - of a thread
            await asyncio.sleep(0.01)
    return [json.loads(line) for line in lines]


async def ask(house: House, body: Any, *headers: bytes) -> bytes:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await house.say(post(b"/v1/messages", sent, b"connection: close", *headers))


async def test_what_was_said_stands_in_the_line_of_its_request(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with house_of(say, log_file=file, log_messages=True) as house:
        await ask(house, ASKED, b"x-api-key: sk-ant-canary")
        (line,) = await lines_of(file, 1)

    assert line["messages"] == ASKED["messages"]
    assert line["reply"] == "Hello you"
    assert line["reply_calls"] == [{"name": "Bash", "arguments": '{"command":"ls"}'}]
    assert line["truncated"] is False
    assert b"canary" not in file.read_bytes()


async def test_the_messages_are_those_that_were_sent_on(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    body = body_of("/v1/messages", results(1))
    async with house_of(say, log_file=file, log_messages=True) as house:
        await ask(house, body)
        seen = await house.upstream.next()
        (line,) = await lines_of(file, 1)

    assert seen.body != body
    assert line["messages"] == json.loads(seen.body)["messages"]


@pytest.mark.parametrize(
    "settings", [{"log_messages": False}, {"log_messages": True, "log_file": None}]
)
async def test_S3_unless_asked_for_nothing_is_remembered(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    file = tmp_path / "log.jsonl"
    async with house_of(say, **{"log_file": file, **settings}) as house:
        await ask(house, ASKED)
        assert house.app.proxy is not None
        journal = house.app.proxy.planning.journal
        (request,) = [entry.id for _, entry in (await recent(house))]
        kept = await journal.contents([request])
        if settings.get("log_file", file):
            (line,) = await lines_of(file, 1)
            assert not {"messages", "reply", "reply_calls", "truncated"} & set(line)

    assert not kept


async def recent(house: House) -> Any:
    assert house.app.proxy is not None
    chronicle = house.app.proxy.chronicle
    async with asyncio.timeout(PATIENCE_S):
        while not (await chronicle.read()).position:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    return chronicle.recent()


async def test_H3_what_was_said_before_a_stream_broke_off_is_written(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with house_of(break_off, log_file=file, log_messages=True) as house:
        await ask(house, {**ASKED, "stream": True})
        (line,) = await lines_of(file, 1)

    assert (line["verdict"], line["reply"]) == ("cut", "Hel")


async def test_a_stored_reply_is_written_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    reply = {**REPLY, "content": REPLY["content"][:1]}  # type: ignore[index]  # of mixed values
    packed = gzip.compress(json.dumps(reply).encode())

    async def once(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(whole(packed, b"content-encoding: gzip"))

    async with house_of(once, log_file=file, log_messages=True) as house:
        for _ in range(2):
            await ask(house, ASKED)
        first, second = await lines_of(file, 2)

    assert (first["reply_cache"], second["reply_cache"]) == ("miss", "hit")
    said = ("messages", "reply", "reply_calls", "truncated")
    assert [first[name] for name in said] == [second[name] for name in said]
    assert second["reply"] == "Hello you"


async def test_a_packed_body_that_passes_as_it_came_is_read(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with house_of(say, log_file=file, log_messages=True, optimize=False) as house:
        await ask(house, gzip.compress(json.dumps(ASKED).encode()), b"content-encoding: gzip")
        await ask(house, b"no gzip", b"content-encoding: gzip")
        first, second = await lines_of(file, 2)

    assert first["messages"] == ASKED["messages"]
    assert second["messages"] == [""]


async def test_what_was_never_sent_has_no_messages(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with house_of(say, log_file=file, log_messages=True, tpm=1, rpm=1) as house:
        await ask(house, ASKED)
        await ask(house, {**ASKED, "messages": [{"role": "user", "content": log(1)}]})
        _, refused = await lines_of(file, 2)

    assert (refused["verdict"], refused["error"]) == ("refused", "rate_limited")
    assert "messages" not in refused
