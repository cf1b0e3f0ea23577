"""All legs of a turn reach the client as one reply, and what goes wrong in one is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import TOOL, key_of
from headroom.proxy import retrieving
from tests.proxy.house import Answer, House, get, post
from tests.proxy.talks import (
    EVERY_ROUTE,
    GEMINI,
    ROUTES,
    body_of,
    house_before,
    noting,
    table,
    target_of,
)
from tests.upstream import Call, Cut, Failure, Gate, Provider, Received, Reply, Say, Script, Think

TEXTS = [table(1)]
ASK = Call(TOOL, {"hash": key_of(TEXTS[0])})
KEY = b"authorization: Bearer key"

every = pytest.mark.parametrize("route", EVERY_ROUTE)
streams = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@asynccontextmanager
async def begun(provider: Provider, folder: Path, route: str) -> AsyncIterator[House]:
    """A house that has seen the first request of a conversation, and so offers our tool."""
    async with house_before(provider, workspace_dir=folder, ccr_offer="always") as house:
        assert (await ask(house, route, [])).status == 200
        yield house


async def ask(house: House, route: str, texts: list[str], **members: Any) -> Answer:
    target = target_of(route, stream=members.get("stream", False))
    return await house.ask(post(target, body_of(route, texts, **members), KEY))


def streamed(route: str) -> bytes:
    """A request whose reply is to be streamed."""
    return post(target_of(route, stream=True), body_of(route, TEXTS, stream=True), KEY)


@every
@streams
async def test_a_call_of_ours_is_answered_and_the_client_gets_one_reply(
    route: str, stream: bool, tmp_path: Path
) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        notebook = noting(house)
        provider.next(Script((Say("Let me see. "), ASK)), Script((Say("It is slow."),)))
        answer = await ask(house, route, TEXTS, stream=stream)
        outcome = await notebook.next()

    assert answer.status == 200
    assert TOOL.encode() not in answer.body
    assert b"It is slow." in b"".join(answer.body.split()) or b"slow" in answer.body
    last = provider.received[-1].json()
    assert TEXTS[0] in json.dumps(last) or json.dumps(TEXTS[0]) in json.dumps(last)
    assert outcome.legs == 2
    assert outcome.usage is not None
    assert outcome.verdict == "planned"


@every
async def test_outcomes_count_every_leg_in_full(route: str, tmp_path: Path) -> None:
    alone, two = Provider(), Provider()
    used = []
    for number, provider in enumerate((alone, two)):
        async with begun(provider, tmp_path / str(number), route) as house:
            notebook = noting(house)
            if provider is two:
                provider.next(Script((ASK,)))
            provider.next(Script((Say("It is slow."),)))
            await ask(house, route, TEXTS, stream=True, **_usage(route))
            usage = (await notebook.next()).usage
            assert usage is not None
            used.append(usage)

    assert used[1].input_tokens > 1.8 * used[0].input_tokens
    assert used[1].output_tokens > used[0].output_tokens


def _usage(route: str) -> dict[str, Any]:
    return {"stream_options": {"include_usage": True}} if "chat" in route else {}


@every
async def test_the_first_bytes_of_a_stream_do_not_wait(route: str, tmp_path: Path) -> None:
    provider, gate = Provider(), Gate()
    async with begun(provider, tmp_path, route) as house:
        provider.next(Script((Say("word " * 40),), hold_after=4, gate=gate))
        client = await house.connect()
        client.writer.write(streamed(route))
        head = await client.head()
        first = await client.chunk()
        gate.open()
        rest = b""
        while piece := await client.chunk():
            rest += piece

    assert head.status == 200
    assert first
    assert b"word" in rest


@every
async def test_H2_a_later_leg_that_is_refused_ends_the_stream_with_the_providers_words(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        provider.next(Script((Say("Let me see. "), ASK)), Failure(429, "Slow down, please."))
        answer = await ask(house, route, TEXTS, stream=True)

    assert answer.status == 200
    assert b"Slow down, please." in answer.body.rstrip().rpartition(b"\n")[2]
    assert b"message_stop" not in answer.body
    assert b"[DONE]" not in answer.body
    assert b"response.completed" not in answer.body


@every
async def test_H2_a_later_leg_that_is_refused_is_the_reply_where_nothing_was_sent(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        refusal = Failure(529, "Overloaded, alas.", retry_after="7")
        provider.next(Script((Say("Let me see. "), ASK)), refusal)
        answer = await ask(house, route, TEXTS)

    assert answer.status == 529
    assert b"Overloaded, alas." in answer.body
    assert answer.values(b"retry-after") == [b"7"]


@every
async def test_H3_a_later_leg_that_is_cut_looks_cut(route: str, tmp_path: Path) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        notebook = noting(house)
        provider.next(
            Script((Say("Let me see. "), ASK)), Script((Say("It is " * 50),), cut_after=6)
        )
        body = body_of(route, TEXTS, stream=True)
        got = await house.say(post(target_of(route, stream=True), body, KEY, b"connection: close"))
        outcome = await notebook.next()

    assert b"error" in got
    assert not got.endswith(b"0\r\n\r\n")
    assert b"message_stop" not in got
    assert b"response.completed" not in got
    assert outcome.verdict == "cut"


@every
async def test_H4_when_the_client_leaves_in_a_later_leg_the_provider_is_left(
    route: str, tmp_path: Path
) -> None:
    provider, gate = Provider(), Gate()
    async with begun(provider, tmp_path, route) as house:
        provider.next(
            Script((Say("Let me see. "), ASK)),
            Script((Say("It is " * 50),), hold_after=3, gate=gate),
        )
        client = await house.connect()
        client.writer.write(streamed(route))
        await client.head()
        await asyncio.to_thread(provider.wait_for, 3)
        client.close()
        left = await asyncio.to_thread(provider.received[-1].left.wait, 2.0)
        gate.open()

    assert left


@pytest.mark.parametrize("route", ROUTES)
async def test_a_stream_stays_alive_while_a_leg_is_silent(
    route: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieving, "KEEP_ALIVE_S", 0.05)
    provider, gate = Provider(), Gate()
    async with begun(provider, tmp_path, route) as house:
        provider.next(
            Script((Say("Let me see. "), ASK)),
            Script((Say("It is slow."),), hold_after=0, gate=gate),
        )
        client = await house.connect()
        client.writer.write(streamed(route))
        await client.head()
        got = b""
        while got.count(retrieving.KEEP_ALIVE) < 2:
            got += await client.chunk()
        gate.open()
        while piece := await client.chunk():
            got += piece

    assert b"slow" in got
    assert got.replace(retrieving.KEEP_ALIVE, b"").count(b"keep-alive") == 0


async def test_geminis_clients_get_no_comment_as_they_take_it_for_broken_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieving, "KEEP_ALIVE_S", 0.01)
    gate = Gate()

    def reply(received: Received) -> Script:
        if b"Let me see" in received.body:
            return Script((Say("It is slow."),), hold_after=0, gate=gate)
        return Script((Say("Let me see. "), ASK))

    provider = Provider(otherwise=reply)
    provider.next(Script((Say("Yes."),)), Script((Say("Yes."),)))
    async with begun(provider, tmp_path, GEMINI) as house:
        assert (await ask(house, ROUTES[0], [])).status == 200
        quiet, told = await house.connect(), await house.connect()
        quiet.writer.write(streamed(GEMINI))
        await quiet.head()
        while b"Let me see" not in (got := await quiet.chunk()):
            pass
        await asyncio.to_thread(provider.wait_for, 4)
        told.writer.write(streamed(ROUTES[0]))
        await told.head()
        heard = b""
        while heard.count(retrieving.KEEP_ALIVE) < 3:
            heard += await told.chunk()
        gate.open()
        while piece := await quiet.chunk():
            got += piece
        while await told.chunk():
            pass

    assert b"slow" in got
    assert b"keep-alive" not in got


@every
async def test_a_provider_that_packs_its_reply_all_the_same_is_unpacked(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        provider.next(Script((Say("Packed."),), encoding="gzip"))
        answer = await ask(house, route, TEXTS)

    assert b"Packed." in answer.body
    assert answer.values(b"content-encoding") == []
    assert answer.values(b"content-length") == [b"%d" % len(answer.body)]


async def test_an_original_that_cannot_be_had_is_said_so_to_the_model(tmp_path: Path) -> None:
    provider = Provider()
    route = ROUTES[0]
    async with begun(provider, tmp_path, route) as house:
        odd = [Call(TOOL, {}), Call(TOOL, {"hash": "x"}), Call(TOOL, {"hash": "0" * 24})]
        provider.next(Script(tuple(odd)), Script((Say("Well."),)))
        answer = await ask(house, route, TEXTS)

    results = provider.received[-1].json()["messages"][-1]["content"]
    assert answer.status == 200
    assert [result["content"].split(",")[0] for result in results] == [
        "headroom_retrieve needs hash",
        "headroom_retrieve needs hash",
        f"There is no original {'0' * 24} here. Go on without it",
    ]


async def test_a_query_and_a_range_of_lines_are_answered_with_their_positions(
    tmp_path: Path,
) -> None:
    provider = Provider()
    route = ROUTES[0]
    key = key_of(TEXTS[0])
    async with begun(provider, tmp_path, route) as house:
        provider.next(
            Script((Call(TOOL, {"hash": key, "query": "request 1-17"}),)),
            Script((Call(TOOL, {"hash": key, "query": "zebra"}),)),
            Script((Say("Well."),)),
        )
        await ask(house, route, TEXTS)
        found, missed = (
            provider.received[index].json()["messages"][-1]["content"][0]["content"]
            for index in (-2, -1)
        )

    assert found.startswith('18: {"id": 1017')
    assert missed.startswith("[no match; the text has 120 rows")


async def test_what_is_offered_is_offered_after_a_restart_with_other_settings(
    tmp_path: Path,
) -> None:
    route = ROUTES[0]
    provider = Provider()
    async with begun(provider, tmp_path, route):
        pass
    async with house_before(provider, workspace_dir=tmp_path, ccr_inject_tool=False) as house:
        await ask(house, route, TEXTS)
        await house.ask(post(route.encode(), body_of(route, [], model="another"), KEY))

    offered = [TOOL in received.body.decode() for received in provider.received]
    assert offered == [True, True, True]


async def test_without_our_tool_only_what_can_be_seen_again_leaves(tmp_path: Path) -> None:
    route = ROUTES[0]
    provider = Provider()
    body = json.loads(body_of(route, TEXTS))
    body["messages"][1]["content"][0]["input"] = {"command": "cat table"}
    async with house_before(provider, workspace_dir=tmp_path, ccr_inject_tool=False) as house:
        await house.ask(post(route.encode(), json.dumps(body).encode(), KEY))
        await ask(house, route, TEXTS)
        [told, silent] = [
            received.json()["messages"][-1]["content"][0]["content"]
            for received in provider.received
        ]
        kept = await house.ask(get(f"/v1/retrieve/{key_of(TEXTS[0])}".encode(), KEY))

    assert "to see them, run it again for less" in told
    assert f"Original kept: hash={key_of(TEXTS[0])}]" in told
    assert TOOL not in told
    assert "left out" not in silent
    assert json.loads(kept.body)["original_content"] == TEXTS[0]


@pytest.mark.parametrize("settings", [{"ccr_marker": False}, {"stateless": True}])
async def test_law_3_nothing_is_left_out_where_no_marker_may_stand_or_nothing_is_kept(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    route = ROUTES[0]
    provider = Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", **settings
    ) as house:
        await ask(house, route, TEXTS)

    assert TOOL not in provider.received[-1].body.decode()
    assert "left out" not in provider.received[-1].body.decode()


async def test_a_clients_own_retrieval_tool_is_left_to_the_client(tmp_path: Path) -> None:
    route = ROUTES[0]
    provider = Provider()
    tools = [{"name": f"mcp__h__{TOOL}", "description": "", "input_schema": {"type": "object"}}]
    async with house_before(provider, workspace_dir=tmp_path, ccr_offer="always") as house:
        provider.next(Script((Think("Hm."), Call(f"mcp__h__{TOOL}", {"hash": "0" * 24}))))
        answer = await ask(house, route, TEXTS, tools=tools)

    assert len(provider.received) == 1
    assert TOOL.encode() in answer.body
    assert len(provider.received[0].json()["tools"]) == 1


async def test_what_is_no_reply_of_a_model_is_passed_on_as_it_is(tmp_path: Path) -> None:
    route = ROUTES[0]
    provider = Provider()
    page = b"<html>maintenance</html>"
    async with begun(provider, tmp_path, route) as house:
        provider.next(Reply(200, (("content-type", "text/html"),), (page,)))
        answer = await ask(house, route, TEXTS)
        provider.next(Reply(200, (("content-type", "application/json"),), (b"not json",)))
        odd = await ask(house, route, TEXTS)
        provider.next(
            Reply(200, (("content-type", "text/event-stream"),), (b"data: {", Cut()), chunked=True)
        )
        cut = await house.say(post(route.encode(), body_of(route, TEXTS), KEY))

    assert answer.body == page
    assert odd.body == b"not json"
    # An event that was begun is not passed on, so that the error stands between two events.
    assert b"data: {\r" not in cut
    assert b"event: error\n" in cut
    assert not cut.endswith(b"0\r\n\r\n")


async def test_a_reply_that_is_too_large_to_be_held_is_passed_on_as_it_comes(
    tmp_path: Path,
) -> None:
    route = ROUTES[0]
    provider = Provider()
    picture = json.dumps({"type": "message", "content": "x" * 17_000_000}).encode()
    pieces = tuple(picture[at : at + 500_000] for at in range(0, len(picture), 500_000))
    head = (("content-type", "application/json"),)
    async with begun(provider, tmp_path, route) as house:
        provider.next(Reply(200, head, pieces, chunked=True))
        whole = await ask(house, route, TEXTS)
        provider.next(Reply(200, head, (*pieces[:-1], Cut()), chunked=True))
        cut = await house.say(post(route.encode(), body_of(route, TEXTS), KEY))

    assert whole.body == picture
    assert not cut.endswith(b"0\r\n\r\n")


ODD_ITEM = {"type": "response.output_item.added", "output_index": 7, "item": {"type": ["odd"]}}


def odd_stream(*before: dict[str, Any]) -> Reply:
    """A stream of Responses in which an item has no kind."""
    events = [*before, ODD_ITEM]
    body = b"".join(
        b"event: %s\ndata: %s\n\n" % (event["type"].encode(), json.dumps(event).encode())
        for event in events
    )
    return Reply(200, (("content-type", "text/event-stream"),), (body,), chunked=True)


async def test_an_odd_reply_is_passed_on_as_it_is_while_nothing_is_hidden(tmp_path: Path) -> None:
    route = "/v1/responses"
    provider = Provider()
    async with begun(provider, tmp_path, route) as house:
        odd = odd_stream()
        provider.next(odd)
        answer = await ask(house, route, TEXTS, stream=True)
        whole = json.dumps({"output": [{"type": ["odd"]}], "status": "completed"}).encode()
        provider.next(Reply(200, (("content-type", "application/json"),), (whole,)))
        plain = await ask(house, route, TEXTS)

    assert answer.body == odd.body
    assert plain.body == whole


async def test_H3_an_odd_reply_behind_our_call_looks_cut(tmp_path: Path) -> None:
    route = "/v1/responses"
    provider = Provider()
    item = {"type": "function_call", "name": TOOL, "call_id": "c", "id": "fc", "arguments": ""}
    ours = {"type": "response.output_item.added", "output_index": 0, "item": item}
    async with begun(provider, tmp_path, route) as house:
        provider.next(odd_stream(ours))
        body = body_of(route, TEXTS, stream=True)
        got = await house.say(post(route.encode(), body, KEY, b"connection: close"))

    assert b"could not be understood" in got
    assert not got.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("joins", [True, False], ids=["joined", "in pieces"])
async def test_what_gemini_hid_is_put_back_wherever_the_client_cuts_its_texts(
    joins: bool, tmp_path: Path
) -> None:
    provider = Provider()
    async with begun(provider, tmp_path, GEMINI) as house:
        provider.next(Script((Say("Let me see."), ASK), piece=3), Script((Say("It is slow."),)))
        answer = await house.ask(streamed(GEMINI))
        events = [each.removeprefix(b"data: ") for each in answer.body.split(b"\r\n\r\n")]
        said = [json.loads(each)["candidates"][0]["content"] for each in events if each]
        parts = [part for content in said for part in content["parts"]]
        text = "".join(part["text"] for part in parts)
        told = [{"role": "model", "parts": [{"text": text}]}] if joins else said
        history = json.loads(body_of(GEMINI, TEXTS))
        history["contents"] += [*told, {"role": "user", "parts": [{"text": "And then?"}]}]
        await house.ask(post(target_of(GEMINI), json.dumps(history).encode(), KEY))

    assert text == "Let me see.It is slow."
    before = json.loads(provider.received[-2].body)["contents"]
    after = json.loads(provider.received[-1].body)["contents"]
    assert TOOL in json.dumps(before[-2:])
    assert after[: len(before)] == before
    last = "".join(part["text"] for content in after[len(before) : -1] for part in content["parts"])
    assert last == "It is slow."
