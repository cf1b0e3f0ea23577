"""Each answer on a WebSocket is set apart and charged by itself."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from headroom.proxy.socket_spending import SocketSpending
from tests.proxy.house import get, house_of
from tests.proxy.paying import dollars, proxy_of, spent
from tests.proxy.talks import noting
from tests.proxy.test_record import record
from tests.proxy.test_websocket import HANDSHAKE, connected, echo, speaking

ASK = json.dumps({"type": "response.create", "model": "gpt-5", "input": []})
USAGE = {"input_tokens": 100_000, "output_tokens": 10_000}


def ending(usage: dict[str, int] | None, kind: str = "completed") -> str:
    response = {"id": "r", "model": "gpt-5", "usage": usage}
    return json.dumps({"type": f"response.{kind}", "response": response})


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
        async with connected(house, "/v1/responses") as socket:
            kinds = [(await asked(socket))["type"] for _ in range(2)]
            refused = await asked(socket)
            assert await spent(house) == dollars("0.45")
        outcome = await notebook.next()
        denied = await house.ask(get(b"/v1/responses", *HANDSHAKE))

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
        async with connected(house, "/v1/responses") as socket:
            await asked(socket)
        outcome = await notebook.next()

    assert outcome.cost == Decimal("0.225")


async def test_M4_an_answer_that_is_cut_is_charged_by_estimate() -> None:
    async def cutting(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.close()

    async with speaking(cutting, budget=1.0) as (_, house):
        notebook = noting(house)
        async with connected(house, "/v1/responses") as socket:
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
        connected(house, "/v1/responses") as socket,
    ):
        await asked(socket)
        assert await spent(house) == 0


async def test_other_messages_pass_also_when_nothing_may_be_asked() -> None:
    async with speaking(echo, budget=0.0001) as (_, house), connected(house) as socket:
        await socket.send_str('{"type": "session.update", "text": "response.create"}')
        assert "session.update" in (await socket.receive()).data
        await socket.send_bytes(b"\x00")
        assert (await socket.receive()).data == b"\x00"


@pytest.mark.parametrize("frame", ["", "[]", "{", '"type": "response.done"', "x" * 600_000])
async def test_odd_frames_harm_nothing(frame: str) -> None:
    async with house_of(budget=1.0) as house:
        spends = SocketSpending(proxy_of(house), record(b"/v1/realtime"))
        await spends.begin()

        assert await spends.asks(frame) == ""
        await spends.says(frame)


async def test_gemini_counts_in_messages_of_its_own() -> None:
    told = {"usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 100}}
    seen = record(b"/v1beta/live", model="gemini-2.5-pro")
    async with house_of() as house:
        proxy = proxy_of(house)
        spends = SocketSpending(proxy, seen)
        seen.model = "gemini-2.5-pro"
        await spends.says(json.dumps(told))

        assert seen.settled(proxy.planning).cost is not None
