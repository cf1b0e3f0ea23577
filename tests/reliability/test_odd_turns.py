"""What clients do around a turn with hidden legs: leave, branch, pause, ask beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from headroom.marker import TOOL
from tests.proxy.agents import MODEL, SYSTEM
from tests.proxy.house import Answer, House, post
from tests.proxy.talks import DESCRIPTION, TASK, house_before, noting, table
from tests.upstream import Call, Failure, Gate, Provider, Received, Reply, Say, Script, Think

Json = dict[str, Any]

KEY = b"authorization: Bearer key"
ASK = Call(TOOL, {"hash": "0" * 24})
BASH = {"name": "Bash", "description": DESCRIPTION, "input_schema": {"type": "object"}}
FLAT = {"type": "function", "name": "Bash", "parameters": {"type": "object"}, "strict": False}
MARK = {"cache_control": {"type": "ephemeral"}}


@asynccontextmanager
async def house(provider: Provider, folder: Path, **settings: Any) -> AsyncIterator[House]:
    changed = {"ccr_offer": "always", "stop_at_loss": False, "toin": False, **settings}
    async with house_before(provider, workspace_dir=folder, **changed) as opened:
        yield opened


def messages(history: list[Json], **members: Any) -> Json:
    system = [{"type": "text", "text": SYSTEM, **MARK}]
    return {
        "model": MODEL,
        "max_tokens": 1000,
        "system": system,
        "tools": [BASH],
        "messages": history,
        **members,
    }


def responses(items: list[Json], **members: Any) -> Json:
    asked = {"model": "gpt-5.5", "instructions": SYSTEM, "tools": [FLAT], "input": items}
    return {**asked, **members}


def user(text: str) -> Json:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def result(call: str, text: str = "ok") -> Json:
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call, "content": text}],
    }


def output(call: str, text: str = "ok") -> Json:
    return {"type": "function_call_output", "call_id": call, "output": text}


async def ask(opened: House, body: Json, *headers: bytes, path: str = "") -> Answer:
    path = path or ("/v1/messages" if "messages" in body else "/v1/responses")
    return await opened.ask(post(path.encode(), json.dumps(body).encode(), KEY, *headers))


async def said(opened: House, body: Json, *headers: bytes) -> Any:
    answer = await ask(opened, body, *headers)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def assistant(reply: Any) -> Json:
    return {"role": "assistant", "content": reply["content"]}


def tools_of(received: Received) -> list[str]:
    return [tool["name"] for tool in received.json().get("tools", [])]


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
async def test_a_request_beside_it_without_tools_takes_our_tool_from_no_conversation(
    first: bool, tmp_path: Path
) -> None:
    """Agents have a title written, or a topic told, from the very same messages."""
    provider = Provider()
    history = [user(TASK)]
    title = messages(history, system="Write a title.")
    del title["tools"]
    async with house(provider, tmp_path) as opened:
        if first:
            await said(opened, title)
        provider.next(Script((Call("Bash", {}, id="b1"),)))
        reply = await said(opened, messages(history))
        if not first:
            await said(opened, title)
        history += [assistant(reply), result("b1")]
        await said(opened, messages(history))
        without = {**messages([*history, user("no tools now")])}
        del without["tools"]
        await said(opened, {**without, "system": []})
        history += [{"role": "assistant", "content": "Done."}, user("go on")]
        await said(opened, messages(history))

    offered = [TOOL in tools_of(received) for received in provider.received]
    assert offered == ([False, True, True] if first else [True, False, True]) + [False, True]


@pytest.mark.parametrize("ending", ["leaves", "cut"])
async def test_a_turn_that_broke_off_in_a_later_leg_can_be_gone_on_from(
    ending: str, tmp_path: Path
) -> None:
    """Claude Code keeps each block that was whole when its user pressed Escape."""
    provider, gate = Provider(bound_thinking=True), Gate()
    history = [user(TASK)]
    words = (Think("t1"), Say("It is " * 50))
    later = (
        Script(words, hold_after=9, gate=gate) if ending == "leaves" else Script(words, cut_after=9)
    )
    async with house(provider, tmp_path) as opened:
        provider.next(Script((Think("t0"), Say("Let me see."), ASK)), later)
        client = await opened.connect()
        body = json.dumps(messages(history, stream=True)).encode()
        client.writer.write(post(b"/v1/messages", body, KEY))
        await client.head()
        got = b""
        while got.count(b'"content_block_stop"') < 3:
            got += await client.chunk()
        client.close()
        gate.open()
        history.append({"role": "assistant", "content": blocks_in(got)})
        history.append(user("[Request interrupted by user] go on"))
        await said(opened, messages(history))

    kinds = [block["type"] for block in history[1]["content"]]
    assert kinds == ["thinking", "text", "thinking"]


def blocks_in(stream: bytes) -> list[Json]:
    """The content blocks that were whole in this stream."""
    blocks: dict[int, Json] = {}
    whole = []
    for line in stream.decode().splitlines():
        event = json.loads(line[6:]) if line.startswith("data: ") else {}
        if event.get("type") == "content_block_start":
            blocks[event["index"]] = event["content_block"]
        elif event.get("type") == "content_block_delta":
            for name, piece in event["delta"].items():
                if name != "type":
                    block = blocks[event["index"]]
                    block[name] = block.get(name, "") + piece
        elif event.get("type") == "content_block_stop":
            whole.append(blocks[event["index"]])
    return whole


async def test_a_paused_turn_is_gone_on_with(tmp_path: Path) -> None:
    provider = Provider(bound_thinking=True)
    history = [user(TASK)]
    async with house(provider, tmp_path) as opened:
        provider.next(
            Script((Think("t0"), ASK)), Script((Think("t1"), Say("searching")), stop="pause_turn")
        )
        history.append(assistant(await said(opened, messages(history))))
        provider.next(Script((Think("t2"), Call("Bash", {}, id="b1"))))
        history += [assistant(await said(opened, messages(history))), result("b1")]
        await said(opened, messages(history))


async def test_of_two_replies_with_the_same_words_each_has_its_own_legs(tmp_path: Path) -> None:
    provider = Provider(bound_thinking=True)
    begun = [user(TASK)]
    async with house(provider, tmp_path) as opened:
        replies = []
        for name in ("A", "B"):
            provider.next(
                Script((Think(f"t0{name}"), ASK)), Script((Think(f"t1{name}"), Say("It is slow.")))
            )
            replies.append(await said(opened, messages(begun)))
        for reply in replies:
            await said(opened, messages([*begun, assistant(reply), user("go on")]))


async def test_an_edit_of_what_stands_before_loses_no_later_leg(tmp_path: Path) -> None:
    """Clients clear old tool outputs; reasoning without its call would be refused."""
    provider = Provider()
    items: list[Json] = [{"type": "message", "role": "user", "content": TASK}]
    async with house(provider, tmp_path) as opened:
        for number in range(3):
            provider.next(
                Script((Think(f"t{number}"), ASK)),
                Script((Think("so"), Call("Bash", {}, id=f"b{number}"))),
            )
            items += (await said(opened, responses(items, store=False)))["output"]
            items.append(output(f"b{number}", f"text {number}"))
        items[items.index(output("b0", "text 0"))] = output("b0", "[cleared]")
        await said(opened, responses(items, store=False))


@pytest.mark.parametrize("path", ["/v1/responses/compact", "/v1/responses/input_tokens"])
async def test_what_is_asked_about_a_conversation_fits_what_its_provider_has_seen(
    path: str, tmp_path: Path
) -> None:
    provider = Provider()
    items: list[Json] = [{"type": "message", "role": "user", "content": TASK}]
    async with house(provider, tmp_path) as opened:
        provider.next(Script((Think("t"), ASK)), Script((Think("so"), Call("Bash", {}, id="b1"))))
        items += (await said(opened, responses(items, store=False)))["output"]
        items.append(output("b1", table(1)))
        provider.next(Script((Say("Well."),)))
        await said(opened, responses(items, store=False))
        provider.next(Reply(200, (("content-type", "application/json"),), (b"{}",)))
        answer = await ask(opened, responses(items), path=path)

    asked, about = (received.json() for received in provider.received[-2:])
    assert answer.status == 200
    assert about["input"] == asked["input"]
    assert about["tools"] == asked["tools"]


async def test_tokens_are_counted_of_what_would_be_sent(tmp_path: Path) -> None:
    provider = Provider(bound_thinking=True)
    history = [user(TASK)]
    async with house(provider, tmp_path) as opened:
        provider.next(Script((Think("t0"), ASK)), Script((Think("t1"), Call("Bash", {}, id="b1"))))
        history += [assistant(await said(opened, messages(history))), result("b1", table(1))]
        await said(opened, messages(history))
        counted = messages(history)
        del counted["max_tokens"]
        answer = await ask(opened, counted, path="/v1/messages/count_tokens")

    sent, asked = (received.json() for received in provider.received[-2:])
    assert answer.status == 200
    assert asked["messages"] == sent["messages"]
    assert asked["tools"] == sent["tools"]


async def test_a_kept_history_that_is_not_ours_is_not_given_our_tool(tmp_path: Path) -> None:
    """The same word, `continue`, stands in a conversation of ours and in a foreign one."""
    provider = Provider()
    word: Json = {"type": "message", "role": "user", "content": "continue"}
    async with house(provider, tmp_path) as opened:
        first = await said(opened, responses([word]))
        second = await said(opened, responses([word], previous_response_id=first["id"]))
        provider.memory.responses["resp_foreign"] = ()
        await said(opened, responses([word], previous_response_id="resp_foreign"))
        await said(opened, responses([word], previous_response_id=second["id"], tools=[]))
        await said(opened, responses([word], previous_response_id=second["id"]))

    offered = [TOOL in tools_of(received) for received in provider.received]
    assert offered == [True, True, False, False, True]


async def test_a_kept_turn_without_tools_loses_our_tool_for_none_that_follow(
    tmp_path: Path,
) -> None:
    provider = Provider()
    word: Json = {"type": "message", "role": "user", "content": "continue"}
    async with house(provider, tmp_path) as opened:
        last = await said(opened, responses([word]))
        last = await said(opened, responses([word], previous_response_id=last["id"], tools=[]))
        await said(opened, responses([word], previous_response_id=last["id"]))

    assert [TOOL in tools_of(received) for received in provider.received] == [True, False, True]


async def test_a_bypassed_request_goes_on_from_where_the_provider_is(tmp_path: Path) -> None:
    provider = Provider()
    items: list[Json] = [{"type": "message", "role": "user", "content": TASK}]
    async with house(provider, tmp_path) as opened:
        provider.next(Script((ASK, Call("Bash", {}, id="b1"))))
        first = await said(opened, responses(items))
        follows = {"previous_response_id": first["id"]}
        await said(opened, responses([output("b1")], **follows), b"x-headroom-bypass: true")


@pytest.mark.parametrize("stream", [True, False])
async def test_H3_an_error_in_place_of_a_later_leg_is_told(stream: bool, tmp_path: Path) -> None:
    provider = Provider()
    error = b'{"type":"error","error":{"type":"api_error","message":"Alas."}}'
    async with house(provider, tmp_path) as opened:
        provider.next(
            Script((Say("Let me see."), ASK)),
            Reply(200, (("content-type", "application/json"),), (error,)),
        )
        answer = await ask(opened, messages([user(TASK)], stream=stream))

    assert b"Alas." in answer.body
    assert b"message_stop" not in answer.body
    assert answer.status == 200


async def test_a_refused_leg_is_not_paid_for(tmp_path: Path) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        notebook = noting(opened)
        provider.next(Script((Say("Let me see."), ASK)), Failure(429, "Slow down."))
        await ask(opened, messages([user(TASK)], stream=True))
        outcome = await notebook.next()

    assert (outcome.legs, outcome.estimated, outcome.verdict) == (1, False, "upstream_failed")


async def test_parallel_first_requests_agree_about_our_tool(tmp_path: Path) -> None:
    provider = Provider(bound_thinking=True)
    history = [user(TASK)]
    async with house(provider, tmp_path) as one, house(provider, tmp_path, ccr_offer="auto") as two:
        await asyncio.gather(
            *(ask(opened, messages(history)) for opened in (one, two) for _ in range(8))
        )
        provider.next(Script((Think("t"), Call("Bash", {}, id="b1"))))
        reply = await said(one, messages(history))
        await said(two, messages([*history, assistant(reply), result("b1")]))

    assert len({TOOL in tools_of(received) for received in provider.received}) == 1


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside the client's"])
async def test_a_message_thread_goes_on_from_the_last_leg(beside: bool, tmp_path: Path) -> None:
    """The provider keeps the history, and is sent what is new alone."""
    provider = Provider(bound_thinking=True)
    asked = messages([user(TASK)], thread={"type": "create"}, system="You are careful.")
    command = Call("Bash", {}, id="b0")
    first = (
        [Script((Think("t0"), ASK, command))]
        if beside
        else [Script((Think("t0"), Say("Let me see."), ASK)), Script((Think("t1"), command))]
    )
    async with house(provider, tmp_path) as opened:
        provider.next(*first)
        reply = await said(opened, asked)
        for number in range(1, 4):
            thread = {"type": "continue", "previous_message_id": reply["id"]}
            body = {"model": MODEL, "max_tokens": 1000, "thread": thread}
            body["messages"] = [result(f"b{number - 1}")]
            ask_again = Script((Think(f"t{number}"), ASK))
            then = Script((Think("so"), Call("Bash", {}, id=f"b{number}")))
            provider.next(ask_again, then)
            reply = await said(opened, body)
            assert TOOL not in json.dumps(reply)

    assert TOOL in tools_of(provider.received[0])


@pytest.mark.parametrize("stream", [True, False])
async def test_H6_H7_a_later_leg_that_hangs_ends_in_time(stream: bool, tmp_path: Path) -> None:
    provider, gate = Provider(), Gate()
    async with house(
        provider, tmp_path, idle_timeout_seconds=0.3, request_timeout_seconds=0.3
    ) as opened:
        provider.next(
            Script((Say("Let me see."), ASK)), Script((Say("Well."),), hold_after=0, gate=gate)
        )
        body = json.dumps(messages([user(TASK)], stream=stream)).encode()
        got = await opened.say(post(b"/v1/messages", body, KEY, b"connection: close"))
        gate.open()

    assert b"timeout_error" in got
    assert b"message_stop" not in got
    assert got.startswith(b"HTTP/1.1 200" if stream else b"HTTP/1.1 504")
