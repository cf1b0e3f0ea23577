"""Each answer on a WebSocket is set apart and charged by itself."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from headroom.errors import OverBudget
from headroom.proxy.caller import Caller
from headroom.proxy.ending import outcome_of
from headroom.proxy.socket_spending import SocketSpending
from tests.proxy.drafts import record
from tests.proxy.house import House, get, house_of
from tests.proxy.keyrings import OPERATORS, new_key
from tests.proxy.paying import dollars, proxy_of, spent
from tests.proxy.talks import noting
from tests.proxy.test_websocket import HANDSHAKE, connected, echo, received, speaking

ASK = json.dumps({"type": "response.create", "model": "gpt-5", "input": []})
AFTER = '{"type": "after"}'
"""Comes when what came before it has been charged."""
USAGE = {"input_tokens": 100_000, "output_tokens": 10_000}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def ending(usage: dict[str, int] | None, kind: str = "completed") -> str:
    response = {"id": "r", "model": "gpt-5", "usage": usage}
    return json.dumps({"type": f"response.{kind}", "response": response})


async def settled(house: House) -> None:
    """Wait for what is written beside the connection."""
    planning = proxy_of(house).planning
    while waiting := [*planning.tasks, *planning.ending]:
        await asyncio.wait(waiting, timeout=5)


async def answering(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if "response.create" in message.data:
            await socket.send_str('{"type": "response.output_text.delta", "delta": "Well"}')
            await socket.send_str(ending(USAGE))


async def asked(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The last event of the answer to one question."""
    await socket.send_str(ASK)
    while (event := json.loads((await socket.receive()).data))["type"].endswith("delta"):
        pass
    assert isinstance(event, dict)
    return event


async def test_M1_answers_on_a_websocket_are_charged_and_refused_when_nothing_is_left() -> None:
    # Each costs 22.5 cents.
    async with speaking(answering, budget=0.4) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            kinds = [(await asked(socket))["type"] for _ in range(2)]
            refused = await asked(socket)
            assert await spent(house) == dollars("0.45")
        outcome = await notebook.next()
        denied = await house.ask(get(b"/v1/realtime", *HANDSHAKE))

    assert kinds == ["response.completed"] * 2
    assert (refused["type"], refused["status"]) == ("error", 429)
    assert "used up" in refused["error"]["message"]
    assert int(refused["headers"]["retry-after"]) > 0
    assert outcome.cost == Decimal("0.45")
    assert outcome.legs == 2
    assert denied.status == 429
    assert denied.values(b"retry-after")


async def test_without_a_budget_the_cost_is_told_all_the_same() -> None:
    async with speaking(answering) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            await asked(socket)
        outcome = await notebook.next()

    assert outcome.cost == Decimal("0.225")


async def test_M4_an_answer_that_is_cut_is_charged_by_estimate() -> None:
    async def cutting(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.close()

    async with speaking(cutting, budget=1.0) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            await socket.send_str(ASK)
            await socket.receive()
        outcome = await notebook.next()
        assert await spent(house) == dollars(str(outcome.cost))

    assert outcome.estimated
    assert outcome.cost is not None
    assert Decimal("0.005") < outcome.cost < Decimal("0.006")


async def test_a_failed_answer_that_reports_nothing_costs_nothing() -> None:
    async def failing(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_str(ending(None, "failed"))

    async with (
        speaking(failing, budget=1.0) as (_, house),
        connected(house, "/v1/realtime") as socket,
    ):
        await asked(socket)
        assert await spent(house) == 0


async def test_other_messages_pass_also_when_nothing_may_be_asked() -> None:
    async with speaking(echo, budget=0.0001) as (_, house), connected(house) as socket:
        await socket.send_str('{"type": "session.update", "text": "response.create"}')
        assert "session.update" in (await socket.receive()).data
        await socket.send_bytes(b"\x00")
        assert (await socket.receive()).data == b"\x00"


def done(model: str, **usage: int) -> str:
    response = {"id": "r", "model": model, "usage": usage}
    return json.dumps({"type": "response.done", "response": response})


async def test_M1_each_answer_is_charged_by_its_own_model_and_the_last_changes_no_other() -> None:
    models = ["gpt-5", "gpt-5", "gpt-5", "gpt-5-nano"]
    before: list[int] = []

    async def various(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            await socket.send_str(done(json.loads(message.data)["model"], **USAGE))
            await socket.send_str(AFTER)

    async with speaking(various, budget=10.0) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            for model in models:
                await socket.send_str(json.dumps({"type": "response.create", "model": model}))
                while (await received(socket)).data != AFTER:
                    pass
                before.append(await spent(house))
        outcome = await notebook.next()
        total = await spent(house)

    assert before == sorted(before)
    assert outcome.cost == 3 * Decimal("0.225") + Decimal("0.009")
    assert outcome.direct_cost == outcome.cost
    assert total == dollars(str(outcome.cost))


async def test_L9_of_any_number_of_answers_only_their_sum_is_held() -> None:
    seen = record(b"/v1/realtime", caller=Caller())
    async with house_of(budget=100.0) as house:
        spends = SocketSpending(proxy_of(house), seen)
        await spends.begin()
        for number in range(1_000):
            await spends.says(done(("gpt-5", "gpt-5-nano")[number % 2], input_tokens=1_000))
        spends.end()
        outcome = outcome_of(seen, proxy_of(house).planning)

    assert len(seen.earlier) == 2
    assert outcome.legs == 1_000
    assert outcome.cost == 500 * (Decimal("0.00125") + Decimal("0.00005"))
    assert seen.last.cost == 0


async def test_M1_a_refused_ask_does_not_open_the_way_for_all_that_follow() -> None:
    error = {"type": "error", "status": 400, "error": {"code": "invalid_value"}}

    async def refusing_once(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_str(json.dumps(error))
        await answering(socket)

    async with (
        speaking(refusing_once, budget=0.4) as (_, house),
        connected(house, "/v1/realtime") as socket,
    ):
        kinds = [(await asked(socket))["type"] for _ in range(5)]
        assert await spent(house) == dollars("0.45")

    assert kinds == ["error", *["response.completed"] * 2, "error", "error"]


async def test_M1_every_answer_that_is_asked_for_is_set_apart() -> None:
    async def silent(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            await socket.send_str(json.dumps({"type": "seen", "model": message.data[-8:]}))

    # Each is expected to cost half a cent.
    async with speaking(silent, budget=0.012) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            told = [await asked(socket) for _ in range(5)]
        outcome = await notebook.next()
        total = await spent(house)

    assert [one["type"] for one in told] == ["seen"] * 3 + ["error"] * 2
    assert "set apart" in told[-1]["error"]["message"]
    assert outcome.legs == 3
    assert outcome.estimated
    assert total == dollars(str(outcome.cost))


async def test_M1_answers_that_nobody_asked_for_end_when_the_budget_is_used_up() -> None:
    # As Realtime does where the server hears when somebody has spoken.
    heard: list[str] = []

    async def listening(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            heard.append(message.data)
            await socket.send_str(done("gpt-5", **USAGE))
            await socket.send_str(AFTER)

    spoken = json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA"})
    async with speaking(listening, budget=0.4) as (_, house):
        async with connected(house, "/v1/realtime?model=gpt-5") as socket:
            for _ in range(2):
                await socket.send_str(spoken)
                while (await received(socket)).data != AFTER:
                    pass
            assert await spent(house) == dollars("0.45")
            await socket.send_str(spoken)
            refused = json.loads((await received(socket)).data)
            closed = await received(socket)
        assert await spent(house) == dollars("0.45")

    assert len(heard) == 2
    assert refused["type"] == "error"
    assert "used up" in refused["error"]["message"]
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_M1_what_is_set_apart_grows_with_what_an_answer_says_on_a_websocket() -> None:
    said = {"type": "response.output_text.delta", "delta": "word " * 40_000}

    async with house_of(budget=0.5) as house:
        proxy = proxy_of(house)
        spends = SocketSpending(proxy, record(b"/v1/responses"))
        await spends.begin()
        assert await spends.asks(ASK) == ""
        await spends.says(json.dumps(said))
        await settled(house)
        other = SocketSpending(proxy, record(b"/v1/responses"))
        await other.begin()
        refused = await other.asks(ASK)

    # 50,000 tokens and half as many to come: three quarters of a dollar.
    assert "set apart" in refused


async def test_M4_what_a_cut_answer_had_said_on_a_websocket_is_charged() -> None:
    async def cutting(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        said = {"type": "response.output_text.delta", "delta": "word " * 8_000}
        await socket.send_str(json.dumps(said))
        await socket.close()

    async with speaking(cutting, budget=1.0) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/realtime") as socket:
            await socket.send_str(ASK)
            await socket.receive()
            await socket.receive()
        outcome = await notebook.next()
        assert await spent(house) == dollars(str(outcome.cost))

    assert outcome.usage is not None
    assert 8_000 <= outcome.usage.output_tokens < 8_100


@pytest.mark.parametrize(
    ("error", "left"),
    [({"event_id": "one"}, 1), ({"event_id": "else"}, 2), ({"event_id": None}, 1), ({}, 1)],
)
async def test_an_error_ends_the_answer_that_it_is_about(error: dict[str, Any], left: int) -> None:
    asks = [json.dumps({"type": "response.create", "event_id": name}) for name in ("one", "two")]
    async with house_of(budget=1.0) as house:
        spends = SocketSpending(proxy_of(house), record(b"/v1/realtime"))
        await spends.begin()
        for each in asks:
            assert await spends.asks(each) == ""
        await spends.says(json.dumps({"type": "error", "error": error}))

        assert spends.running == left


async def test_what_only_looks_like_an_ask_or_an_end_is_none() -> None:
    mention = {"type": "session.update", "metadata": {"type": "response.create"}}
    created = {"type": "response.created", "metadata": {"type": "response.done"}}
    async with house_of(budget=1.0) as house:
        spends = SocketSpending(proxy_of(house), record(b"/v1/realtime"))
        await spends.begin()
        await spends.asks(json.dumps(mention))
        assert spends.running == 0
        await spends.asks(ASK)
        await spends.says(json.dumps(created))

        assert spends.running == 1


@pytest.mark.parametrize("frame", ["", "[]", "{", '"type": "response.done"', "x" * 600_000])
async def test_odd_frames_harm_nothing(frame: str) -> None:
    async with house_of(budget=1.0) as house:
        spends = SocketSpending(proxy_of(house), record(b"/v1/realtime"))
        await spends.begin()

        assert await spends.asks(frame) == ""
        await spends.says(frame)


async def test_M1_gemini_live_may_say_nothing_more_once_the_budget_is_used_up() -> None:
    told = {"usageMetadata": {"promptTokenCount": 400_000, "candidatesTokenCount": 10_000}}
    clock = Clock()
    async with house_of(budget=0.4) as house:
        proxy = proxy_of(house)
        planning = dataclasses.replace(proxy.planning, clock=clock)
        live = record(b"/v1beta/live", caller=Caller())
        spends = SocketSpending(dataclasses.replace(proxy, planning=planning), live)
        await spends.begin()
        live.model = "gemini-2.5-pro"
        assert await spends.asks('{"realtimeInput": {}}') == ""
        await spends.says(json.dumps(told))
        with pytest.raises(OverBudget) as refused:
            await spends.asks("")
        clock.now += 86_400
        assert await spends.asks("") == ""

    assert live.call.route.provider == "gemini"
    assert spends.told(refused.value) == ""


async def test_gemini_counts_in_messages_of_its_own() -> None:
    told = {"usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 100}}
    seen = record(b"/v1beta/live", model="gemini-2.5-pro")
    async with house_of() as house:
        proxy = proxy_of(house)
        spends = SocketSpending(proxy, seen)
        seen.model = "gemini-2.5-pro"
        await spends.says(json.dumps(told))

        assert outcome_of(seen, proxy.planning).cost is not None


@pytest.mark.parametrize(
    "ask",
    [
        '{"type":"response.creat\\u0065","model":"gpt-5"}',
        json.dumps({"pad": "x" * 5_000, "type": "response.create", "later": "y" * 5_000}),
    ],
)
async def test_M1_however_an_ask_is_written_it_is_refused(ask: str) -> None:
    async with (
        speaking(answering, budget=0.1) as (_, house),
        connected(house, "/v1/realtime") as socket,
    ):
        await asked(socket)
        await socket.send_str(ask)
        refused = json.loads((await socket.receive()).data)

    assert (refused["type"], refused["status"]) == ("error", 429)


async def test_a_key_that_is_revoked_asks_nothing_more_on_an_open_websocket() -> None:
    async with speaking(answering, virtual_keys=True, environ=OPERATORS) as (_, house):
        key, kept = await new_key(house, "openai")
        bearer = {"authorization": f"Bearer {key.decode()}"}
        async with connected(house, "/v1/realtime", headers=bearer) as socket:
            first = await asked(socket)
            await proxy_of(house).planning.keys.revoke(kept)
            refused = await asked(socket)
            closed = await socket.receive()

    assert first["type"] == "response.completed"
    assert (refused["type"], refused["status"]) == ("error", 401)
    assert closed.type is aiohttp.WSMsgType.CLOSE


async def test_a_keys_new_budget_holds_on_an_open_websocket() -> None:
    async with speaking(answering, virtual_keys=True, environ=OPERATORS) as (_, house):
        key, kept = await new_key(house, "openai")
        bearer = {"authorization": f"Bearer {key.decode()}"}
        async with connected(house, "/v1/realtime", headers=bearer) as socket:
            await asked(socket)
            limited = msgspec.structs.replace(kept.key, budget=Decimal("0.2"))
            await proxy_of(house).planning.keys.change(kept, limited)
            kinds = [(await asked(socket))["type"] for _ in range(2)]

    assert kinds == ["response.completed", "error"]
