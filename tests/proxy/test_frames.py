from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from backports import zstd

from headroom.outcome import Outcome, Usage
from headroom.pipeline.causal import Before, Shorter
from headroom.proxy.frames import Frames
from headroom.proxy.threads import Threads
from headroom.tokens import Counter
from tests.proxy.drafts import record
from tests.proxy.house import house_of, post
from tests.proxy.keyrings import OPERATORS, new_key
from tests.proxy.paying import dollars, proxy_of, spent
from tests.proxy.socket_talks import Agent, result
from tests.proxy.talks import (
    Notebook,
    body_of,
    house_before,
    log,
    noting,
    planning_of,
    rows,
    with_planning,
)
from tests.proxy.test_socket_spending import settled
from tests.upstream import Call, Failure, Provider, Received, Say, Script, Think, running

CALL = Script((Think("I look."), Call("Bash", {"command": "deploy"})))
TOOL = b"headroom_retrieve"


@asynccontextmanager
async def talking(
    *said: Script | Failure, **settings: Any
) -> AsyncIterator[tuple[Provider, Agent]]:
    """An agent before a proxy before a provider that says this, and then calls the tool again."""
    provider = Provider(otherwise=CALL, sockets=True)
    provider.next(*said)
    async with house_before(provider, **settings) as house:
        yield provider, Agent(house)


def frames_of(provider: Provider) -> list[Received]:
    """What came over WebSockets."""
    return [each for each in provider.received if each.by_socket]


def outputs(received: Received) -> list[str]:
    """The tools' texts in one request."""
    items = received.json()["input"]
    return [item["output"] for item in items if item["type"] == "function_call_output"]


async def outcomes(notebook: Notebook, count: int) -> list[Outcome]:
    return [await notebook.next() for _ in range(count)]


async def test_A2_a_message_in_which_nothing_changes_passes_byte_for_byte() -> None:
    odd = (
        '{ "input":[{"role":"user","content":"h\\u00e9, 1e2" } ],"model":"gpt-5",  '
        '"n":1.0e2, "type" : "response.create", "x": 123456789012345678901234567890 }'
    )
    async with talking() as (provider, agent), agent.connected():
        await agent.ask(frame=odd)

    assert frames_of(provider)[0].body.decode() == odd


async def test_A2_only_the_text_that_is_shortened_changes() -> None:
    async with talking() as (provider, agent), agent.connected():
        await agent.ask()
        agent.items.append(result(agent.items[-1]["call_id"], log(1)))
        frame = agent.frame()
        await agent.ask(frame=frame)

    sent = frames_of(provider)[1].body.decode()
    [text] = outputs(frames_of(provider)[1])
    assert len(text) < len(log(1))
    assert sent.replace(json.dumps(text, ensure_ascii=False), json.dumps(log(1))) == frame


async def test_a_message_that_goes_on_is_planned_with_what_came_before_it(tmp_path: Path) -> None:
    async with talking(workspace_dir=tmp_path) as (provider, agent), agent.connected():
        await agent.ask()
        await agent.run(log(1))
        await agent.run(rows(2))
        await agent.run(log(1))

    texts = [outputs(each) for each in frames_of(provider)[1:]]
    assert [len(each) for each in texts] == [1, 1, 1]
    # The second time it is told in a line, as it stands above.
    assert len(texts[2][0]) < 300
    assert len(texts[0][0]) > 500


async def test_forms_are_the_same_over_http_and_over_another_websocket(tmp_path: Path) -> None:
    async with talking(workspace_dir=tmp_path, ccr_offer="always") as (provider, agent):
        async with agent.connected():
            await agent.ask()
            for text in (log(1), rows(2), log(1)):
                await agent.run(text)
        given = [outputs(each)[0] for each in frames_of(provider)[1:]]
        notebook = noting(agent.house)
        assert await agent.post(result(agent.items[-1]["call_id"], log(3))) == 200
        posted, told = provider.received[-1], await notebook.next()
        async with agent.connected():
            await agent.run(rows(4))
            await agent.run(log(3))

    assert outputs(posted)[:3] == given
    # Nothing of what was said on the WebSocket was looked at as if it were new.
    assert [one.kind for one in told.treated] == ["opaque", "tool_call", "tool_result"]
    again = frames_of(provider)[-2]
    assert outputs(again)[:4] == outputs(posted)
    assert len(outputs(frames_of(provider)[-1])[0]) < 300
    assert all(TOOL not in each.body for each in provider.received)


async def test_what_begins_over_http_goes_on_over_a_websocket_without_our_tool(
    tmp_path: Path,
) -> None:
    long_log = log(1, lines=2_000)
    async with talking(workspace_dir=tmp_path, ccr_offer="always") as (provider, agent):
        await agent.post()
        for text in (long_log, "ok"):
            await agent.post(result(agent.items[-1]["call_id"], text))
        posted = provider.received[-1]
        async with agent.connected():
            await agent.run(log(2, lines=2_000))

    # What had lost something keeps that form; nothing new loses anything.
    [first, _, new] = outputs(frames_of(provider)[0])
    assert first == outputs(posted)[0]
    assert b'"name":"headroom_retrieve"' in posted.body
    assert b'"name":"headroom_retrieve"' not in frames_of(provider)[0].body
    assert "headroom_retrieve" in first
    assert "headroom_retrieve" not in new


async def test_L9_what_is_not_remembered_is_planned_by_what_the_message_brings() -> None:
    async with talking() as (provider, agent):
        forgetful = replace(proxy_of(agent.house), threads=Threads(limit_bytes=0))
        agent.house.app._proxy = forgetful
        async with agent.connected():
            await agent.ask()
            await agent.run(log(1))
            answer = await agent.run("ok")

    assert answer["type"] == "response.completed"
    assert len(outputs(frames_of(provider)[1])[0]) < len(log(1))


@pytest.mark.parametrize(
    ("headers", "settings"),
    [({"x-headroom-bypass": "true"}, {}), ({}, {"optimize": False})],
)
async def test_A2_bypassed_and_unoptimised_messages_pass_as_they_came(
    headers: dict[str, str], settings: dict[str, Any], tmp_path: Path
) -> None:
    async with talking(workspace_dir=tmp_path, **settings) as (provider, agent):
        notebook = noting(agent.house)
        async with agent.connected(headers):
            await agent.ask()
            agent.items.append(result(agent.items[-1]["call_id"], log(1)))
            frame = agent.frame()
            await agent.ask(frame=frame)
        told = await outcomes(notebook, 3)

    assert frames_of(provider)[1].body.decode() == frame
    # Prices may still be looked up for an answer when its connection has ended.
    assert sorted(each.verdict for each in told) == ["bypassed", "bypassed", "relayed"]


class Failing:
    """A pass that fails."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        raise MemoryError


async def test_A1_what_cannot_be_planned_goes_as_it_came_and_stays_so(tmp_path: Path) -> None:
    async with talking(workspace_dir=tmp_path) as (provider, agent):
        notebook = noting(agent.house)
        passes = planning_of(agent.house).passes
        async with agent.connected():
            await agent.ask()
            await agent.run(log(1))
        with_planning(agent.house, passes=(Failing(),))
        async with agent.connected():
            await agent.run(log(2))
        with_planning(agent.house, passes=passes)
        async with agent.connected():
            await agent.run(log(3))
        told = await outcomes(notebook, 4)

    short, raw, new = outputs(provider.received[-1])
    assert short == outputs(frames_of(provider)[1])[0]
    assert raw == log(2)
    assert len(new) < len(raw)
    assert [bool(one.failed) for one in told] == [False, False, False, True]


@pytest.mark.parametrize("path", ["/v1/responses", "/responses", "/backend-api/codex/responses"])
async def test_messages_of_a_login_go_to_chatgpt_with_their_headers_as_they_came(path: str) -> None:
    headers = {
        "authorization": "Bearer eyJ",
        "chatgpt-account-id": "account",
        "openai-beta": "responses_websockets=2026-02-06",
    }
    provider = Provider(otherwise=CALL, sockets=True)
    with running(provider) as url:
        async with house_of(chatgpt_api_url=url) as house:
            agent = Agent(house)
            async with agent.connected(headers, path):
                await agent.ask()
                await agent.run(log(1))

    handshake, _, second = provider.received
    assert handshake.target == b"/backend-api/codex/responses"
    assert {name: handshake.header(name) for name in headers} == headers
    assert len(outputs(second)[0]) < len(log(1))


async def test_a_login_goes_to_chatgpt_over_http_with_packed_bodies(tmp_path: Path) -> None:
    provider = Provider(otherwise=CALL)
    login = (b"authorization: Bearer eyJ", b"chatgpt-account-id: a", b"content-encoding: zstd")
    with running(provider) as url:
        async with house_of(chatgpt_api_url=url, workspace_dir=tmp_path) as house:
            for texts in ([], [log(1)]):
                body = body_of("/v1/responses", texts)
                packed = zstd.compress(body)
                answer = await house.ask(post(b"/v1/responses", packed, *login))
                assert answer.status == 200

    first, second = provider.received
    assert {first.path, second.path} == {"/backend-api/codex/responses"}
    assert first.body == zstd.compress(body_of("/v1/responses", []))
    assert second.header("content-encoding") is None
    assert len(outputs(second)[0]) < len(log(1))


async def test_messages_keep_their_order_however_long_they_are_planned() -> None:
    async with talking() as (provider, agent), agent.connected():
        await agent.ask()
        agent.items.append(result(agent.items[-1]["call_id"], log(1, lines=6_000)))
        assert agent.socket is not None
        await agent.socket.send_str(agent.frame())
        await agent.socket.send_str('{"type":"response.create","model":"gpt-5","input":"short"}')
        await agent.hear()
        await agent.hear()

    sizes = [len(each.body) for each in frames_of(provider)]
    assert sizes[1] > 10_000 > sizes[2]


async def test_each_answer_has_an_outcome_of_its_own_with_what_it_saved() -> None:
    async with talking(CALL, Script((Say("Done."),))) as (_, agent):
        notebook = noting(agent.house)
        async with agent.connected():
            await agent.ask()
            await agent.run(log(1))
            # Whose is noted first is nobody's promise.
            first, second = sorted(await outcomes(notebook, 2), key=lambda one: one.messages)
        socket = await notebook.next()

    assert [one.verdict for one in (first, second, socket)] == ["planned", "planned", "relayed"]
    assert [one.status for one in (first, second, socket)] == [200, 200, 101]
    assert second.tokens_before - second.tokens_after > 500
    assert (second.route, second.method) == ("/v1/responses", "WEBSOCKET")
    assert second.cost is not None
    assert second.saved is not None
    assert second.saved > 0
    # As over HTTP it counts the whole request, with what the provider holds.
    assert second.tokens_before > first.tokens_before
    assert (socket.usage, socket.cost, socket.tokens_before) == (None, None, 0)


async def test_an_error_is_the_outcome_of_what_it_is_about() -> None:
    async with talking(Failure(429, retry_after="1")) as (_, agent):
        notebook = noting(agent.house)
        async with agent.connected():
            refused = await agent.ask()
            answered = await agent.ask()
            told = await outcomes(notebook, 2)

    assert (refused["type"], refused["status"]) == ("error", 429)
    assert answered["type"] == "response.completed"
    assert [one.status for one in told] == [429, 200]
    assert told[0].cost is None


@pytest.mark.parametrize("cuts", [True, False])
async def test_M4_an_answer_that_is_broken_off_has_an_outcome_and_is_charged(*, cuts: bool) -> None:
    script = Script((Say("word " * 400),), cut_after=20 if cuts else None, between_s=0.02)
    async with talking(script, budget=1.0) as (_, agent):
        notebook = noting(agent.house)
        async with agent.connected():
            assert agent.socket is not None
            await agent.socket.send_str(agent.frame())
            for _ in range(10):
                await agent.socket.receive()
            if cuts:
                while (await agent.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
        told = await notebook.next()
        await settled(agent.house)
        assert await spent(agent.house) == dollars(str(told.cost))

    assert told.verdict == ("cut" if cuts else "client_left")
    assert told.estimated
    assert told.cost is not None
    assert told.cost > 0


async def test_M1_answers_are_charged_and_refused_when_nothing_is_left() -> None:
    async with talking(budget=0.000_01) as (provider, agent):
        notebook = noting(agent.house)
        async with agent.connected():
            answered = await agent.ask()
            first = await notebook.next()
            await settled(agent.house)
            refused = await agent.ask()
            second = await notebook.next()

    assert answered["type"] == "response.completed"
    assert (refused["type"], refused["status"]) == ("error", 429)
    assert "used up" in refused["error"]["message"]
    assert first.cost is not None
    assert first.cost > Decimal("0.00001")
    assert (second.verdict, second.refusal, second.status) == ("refused", "over_budget", 429)
    assert len(frames_of(provider)) == 1


async def test_M5_messages_count_among_the_requests_per_minute() -> None:
    async with talking(rpm=2) as (provider, agent), agent.connected():
        answered = await agent.ask()
        refused = await agent.ask()

    assert answered["type"] == "response.completed"
    assert (refused["type"], refused["status"]) == ("error", 429)
    assert int(refused["headers"]["retry-after"]) > 0
    assert len(frames_of(provider)) == 1


async def test_E6_a_key_that_is_revoked_asks_nothing_more() -> None:
    provider = Provider(otherwise=CALL, sockets=True)
    async with house_before(provider, virtual_keys=True, environ=OPERATORS) as house:
        key, kept = await new_key(house, "openai")
        notebook, agent = noting(house), Agent(house)
        async with agent.connected({"authorization": f"Bearer {key.decode()}"}):
            await agent.ask()
            await proxy_of(house).planning.keys.revoke(kept)
            refused = await agent.ask()
            assert agent.socket is not None
            closed = await agent.socket.receive()
        told = await outcomes(notebook, 3)

    assert (refused["type"], refused["status"]) == ("error", 401)
    assert closed.type is aiohttp.WSMsgType.CLOSE
    assert sorted(one.verdict for one in told) == ["planned", "refused", "relayed"]
    assert provider.received[1].header("authorization") == "Bearer sk-proj-operator"


def created(answer_id: str) -> str:
    return json.dumps({"type": "response.created", "response": {"id": answer_id}})


def completed(answer_id: str, tokens: int) -> str:
    usage = {"input_tokens": tokens, "output_tokens": 0}
    response = {"id": answer_id, "model": "gpt-5", "status": "completed", "usage": usage}
    return json.dumps({"type": "response.completed", "response": response})


ASK = json.dumps({"type": "response.create", "model": "gpt-5", "input": [{"role": "user"}]})


async def test_an_answer_that_ends_without_a_word_leaves_the_next_one_its_own() -> None:
    async with house_of() as house:
        notebook = noting(house)
        frames = Frames(proxy_of(house), record(b"/v1/responses"), "openai_responses")
        for _ in range(2):
            await frames.passes(ASK)
        for said in (created("a"), created("b"), completed("b", 7)):
            await frames.says(said)
        frames.end("client_left")
        told = await outcomes(notebook, 2)

    by_verdict = {one.verdict: one.usage for one in told}
    assert by_verdict.keys() == {"cut", "planned"}
    assert by_verdict["planned"] == Usage(7)


async def test_while_one_runs_an_error_is_about_the_one_that_was_asked_beside_it() -> None:
    async with house_of() as house:
        notebook = noting(house)
        frames = Frames(proxy_of(house), record(b"/v1/responses"), "openai_responses")
        for _ in range(2):
            await frames.passes(ASK)
        for said in (created("a"), '{"type":"error","status":409}', completed("a", 7)):
            await frames.says(said)
        told = await outcomes(notebook, 2)
        frames.end("client_left")

    assert {(one.status, one.usage is not None) for one in told} == {(409, False), (200, True)}


async def test_what_cannot_be_read_of_an_answer_is_not_gone_on_from() -> None:
    async with house_of() as house:
        frames = Frames(proxy_of(house), record(b"/v1/responses"), "openai_responses")
        for odd, known in (("{", 0), ('{"type":"response.output_text.delta","delta":"x"}', 1)):
            await frames.passes(ASK)
            for said in (created("a"), odd, completed("a", 7)):
                await frames.says(said)
            assert proxy_of(house).threads.filled[0] == known
        frames.end("client_left")
        assert proxy_of(house).threads.filled[0] == 0


async def test_an_answer_that_nobody_asked_for_is_paid_for() -> None:
    async with talking(budget=1.0) as (_, agent):
        notebook = noting(agent.house)
        async with agent.connected():
            # A message that we cannot read as one that asks, and the provider can.
            deep = "[" * 400 + "]" * 400
            asks = '{"type":"response.create","model":"gpt-5","input":"a","x":'
            await agent.ask(frame=f"{asks}{deep}}}")
            told = await notebook.next()

    assert told.cost is not None
    assert told.cost > 0


@pytest.mark.parametrize(
    "frame",
    ["", "[]", "{", '{"type":"response.cancel"}', '{"type":"response.create"', '{"x":1}', "\ud83d"],
)
async def test_A4_what_asks_for_nothing_passes_as_it_came(frame: str) -> None:
    async with house_of_frames() as frames:
        assert (await frames.passes(frame)).frame is frame
        await frames.says(frame)
        frames.end("client_left")


@asynccontextmanager
async def house_of_frames() -> AsyncIterator[Frames]:
    async with house_of() as house:
        yield Frames(proxy_of(house), record(b"/v1/responses"), "openai_responses")
