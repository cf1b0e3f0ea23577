"""Upstreams that know no cache marks, or not all, are found out and answered for."""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.proxy.house import Seen, house_of, post
from tests.proxy.marked_talks import (
    AUTO,
    KEY,
    SYSTEM,
    agent,
    all_marks,
    ask,
    chat,
    house,
    transforms,
    usage,
    without_marks,
)
from tests.proxy.talks import noting
from tests.upstream import Failure, Provider, running


@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstream_that_refuses_the_member_gets_marks_on_blocks(
    stream: bool, tmp_path: Path
) -> None:
    provider = Provider(minimum_cached=512, refuses="auto")
    async with house(provider, tmp_path) as opened:
        answers = [await ask(opened, agent(turn, stream=stream)) for turn in range(4)]

    found = all_marks(provider)
    assert [AUTO in each for each in found] == [True, False, False, False, False]
    assert found[1] == []
    assert [each[-1] for each in found[2:]] == [
        "messages.2.content.0",
        "messages.4.content.0",
        "messages.6.content.0",
    ]
    assert [transforms(answer)[:1] for answer in answers[1:]] == [["cache_marks:blocks"]] * 3
    assert not any(name.startswith("cache_marks") for name in transforms(answers[0]))


async def test_marks_on_blocks_are_found_again_by_later_requests(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=512, refuses="auto")
    async with house(provider, tmp_path) as opened:
        await ask(opened, agent(0, task="Something else."))
        agents = [usage(await ask(opened, agent(turn))) for turn in range(5)]
        chats = [usage(await ask(opened, chat(turn))) for turn in range(5)]

    for told in (agents, chats[1:]):
        for before, now in pairwise(told):
            assert now[0] == 0
            assert now[2] == before[1] + before[2]


async def test_a_string_that_became_a_list_stays_one(tmp_path: Path) -> None:
    provider = Provider(refuses="auto")
    with running(provider) as url:
        async with house_of(anthropic_api_url=url, workspace_dir=tmp_path) as opened:
            await ask(opened, agent(0))
            for turn in range(3):
                await ask(opened, chat(turn))
            provider.refuses = "blocks"
            await ask(opened, chat(3))
        async with house_of(anthropic_api_url=url, workspace_dir=tmp_path) as opened:
            await ask(opened, chat(4))

    sent = [received.json()["messages"] for received in provider.received[2:]]
    kinds = [[type(said["content"]).__name__ for said in each[::2]] for each in sent]
    assert kinds == [
        ["str"],
        ["str", "list"],
        ["str", "list", "list"],
        ["str", "list", "list", "list"],
        ["str", "list", "list", "list"],
        ["str", "list", "list", "list", "str"],
    ]
    bare = [without_marks(each) for each in sent]
    for shorter, longer in pairwise(bare):
        assert longer[: len(shorter)] == shorter


async def test_an_upstream_that_refuses_all_marks_is_not_asked_again(tmp_path: Path) -> None:
    provider = Provider(refuses="blocks")
    async with house(provider, tmp_path) as opened:
        for turn in range(4):
            await ask(opened, agent(turn))

    assert [bool(each) for each in all_marks(provider)] == [True, False, True, False, False, False]


async def test_another_worker_knows_what_was_refused(tmp_path: Path) -> None:
    provider = Provider(refuses="auto")
    with running(provider) as url:
        async with (
            house_of(anthropic_api_url=url, workspace_dir=tmp_path) as one,
            house_of(anthropic_api_url=url, workspace_dir=tmp_path) as other,
        ):
            await ask(one, agent(0))
            await ask(other, agent(1))

    assert [AUTO in each for each in all_marks(provider)] == [True, False, False]


async def test_other_errors_are_passed_on_as_they_came(tmp_path: Path) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        provider.next(Failure(400, "messages: something else is wrong"))
        asked = json.dumps(agent(0)).encode()
        answer = await opened.ask(post(b"/v1/messages", asked, KEY))

    assert answer.status == 400
    assert b"something else is wrong" in answer.body
    assert len(provider.received) == 1


async def test_a_second_error_is_the_answer_and_nothing_is_learned_from_it(tmp_path: Path) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        wrong = Failure(400, "cache_control: something is wrong")
        provider.next(wrong, Failure(529))
        asked = json.dumps(agent(0)).encode()
        answer = await opened.ask(post(b"/v1/messages", asked, KEY))
        await ask(opened, agent(0))

    assert answer.status == 529
    assert AUTO in all_marks(provider)[-1]


@pytest.mark.parametrize("packed", [False, True])
async def test_an_error_of_a_gateway_reaches_the_client_byte_for_byte(packed: bool) -> None:
    said = json.dumps({"detail": "the messages are wrong " * 5_000}).encode()
    body = gzip.compress(said) if packed else said
    encoding = b"content-encoding: gzip\r\n" if packed else b""

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 422 No\r\ncontent-type: application/json\r\n" + encoding
        writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)

    async with house_of(script) as opened:
        answer = await opened.ask(post(b"/v1/messages", json.dumps(agent(0)).encode(), KEY))

    assert (answer.status, answer.body) == (422, body)


async def test_a_packed_refusal_is_read_and_the_request_sent_without_its_key(
    tmp_path: Path,
) -> None:
    said = gzip.compress(b'{"error":{"message":"cache_control: Extra inputs"}}')

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if b'"ephemeral"' in seen.body:
            head = b"HTTP/1.1 400 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
            writer.write(head % len(said) + said)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    asked = json.dumps(agent(0)).encode()
    async with house_of(script, workspace_dir=tmp_path) as opened:
        request = post(b"/v1/messages", asked, KEY, b"idempotency-key: one")
        answer = await opened.ask(request)
        first, second = await opened.upstream.next(), await opened.upstream.next()

    assert (answer.status, answer.body) == (200, b"{}")
    assert first.values(b"idempotency-key") == [b"one"]
    assert second.values(b"idempotency-key") == []
    assert second.body == asked


async def test_an_upstream_that_does_not_heed_the_member_gets_marks_on_blocks(
    tmp_path: Path,
) -> None:
    provider = Provider(minimum_cached=512, heeds_automatic=False)
    async with house(provider, tmp_path) as opened:
        notebook = noting(opened)
        told = []
        for turn in range(3):
            told.append(usage(await ask(opened, agent(turn, system=SYSTEM * 20))))
            await notebook.next()
        await ask(opened, agent(0, system=SYSTEM))

    assert [AUTO in found for found in all_marks(provider)] == [True, False, False, False]
    assert [read > 0 for _, _, read in told] == [False, False, True]


async def test_a_short_prompt_that_was_not_cached_teaches_nothing(tmp_path: Path) -> None:
    provider = Provider(minimum_cached=100_000)
    async with house(provider, tmp_path) as opened:
        notebook = noting(opened)
        for turn in range(3):
            await ask(opened, agent(turn))
            await notebook.next()

    assert all(AUTO in found for found in all_marks(provider))
