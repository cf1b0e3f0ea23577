"""Budgets in whole conversations, whole processes, and where the store is down."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from headroom.marker import TOOL, key_of
from headroom.proxy.fetching import UNPAID
from headroom.state.spend import NANO
from tests.proxy.agents import table
from tests.proxy.house import House, post
from tests.proxy.paying import proxy_of, spent
from tests.proxy.talks import ROUTES, body_of, house_before, noting
from tests.upstream import Call, Provider, Say, Script

TEXTS = [table(1)]
ASK = Call(TOOL, {"hash": key_of(TEXTS[0])})
KEY = b"authorization: Bearer key"

every = pytest.mark.parametrize("route", ROUTES)
streams = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


def allow(house: House, nanos: int) -> None:
    """Set the budget to so much."""
    proxy = proxy_of(house)
    settings = dataclasses.replace(proxy.settings, budget=float(nanos) / NANO)
    house.app._proxy = dataclasses.replace(proxy, settings=settings)


def asked_with(route: str, texts: list[str], **members: object) -> bytes:
    if "chat" in route and members.get("stream"):
        members["stream_options"] = {"include_usage": True}
    return post(route.encode(), body_of(route, texts, **members), KEY)


@every
@streams
async def test_M1_a_hidden_leg_that_nothing_is_left_for_tells_the_model_so(
    route: str, stream: bool, tmp_path: Path
) -> None:
    provider = Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=10.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        await notebook.next()
        allow(house, await spent(house) + 1_000)
        provider.next(Script((Say("Let me see. "), ASK)))
        answer = await house.ask(asked_with(route, TEXTS, stream=stream))
        outcome = await notebook.next()
        asked = len(provider.received)
        charged = await spent(house)
        refused = await house.ask(asked_with(route, TEXTS))
        allow(house, 10 * NANO)
        words = UNPAID.format(key=key_of(TEXTS[0]))
        provider.next(Script((Say("I go on without it."),)))
        again = json.loads(body_of(route, TEXTS))
        name = "input" if "responses" in route else "messages"
        text = [{"type": "text", "text": "Let me see. "}] if "messages" in route else "Let me see. "
        again[name] += [
            {"role": "assistant", "content": text},
            {"role": "user", "content": "Go on, please."},
        ]
        last = await house.ask(post(route.encode(), json.dumps(again).encode(), KEY))
        sent = json.dumps(provider.received[-1].json())

    assert answer.status == 200
    assert b"Let me see." in answer.body
    assert TOOL.encode() not in answer.body
    assert asked == 2
    assert outcome.legs == 1
    assert outcome.cost is not None
    assert charged >= outcome.cost * NANO
    assert refused.status == 429
    assert last.status == 200, last.body
    assert words in sent


@every
@streams
async def test_M1_each_hidden_leg_is_charged(route: str, stream: bool, tmp_path: Path) -> None:
    provider = Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=100.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        first = await notebook.next()
        provider.next(Script((Say("Let me see. "), ASK)), Script((Say("It is slow."),)))
        await house.ask(asked_with(route, TEXTS, stream=stream))
        second = await notebook.next()
        total = await spent(house)

    assert second.legs == 2
    assert first.cost is not None
    assert second.cost is not None
    assert abs(total - int((first.cost + second.cost) * NANO)) <= 2
    assert not second.estimated


@streams
async def test_M1_a_provider_that_keeps_the_history_is_told_with_the_next_request(
    stream: bool, tmp_path: Path
) -> None:
    route, provider = "/v1/responses", Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=10.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        await notebook.next()
        allow(house, await spent(house) + 1_000)
        provider.next(Script((Say("Let me see. "), ASK)))
        kept = {**json.loads(body_of(route, TEXTS)), "stream": stream, "store": True}
        answer = await house.ask(post(route.encode(), json.dumps(kept).encode(), KEY))
        await notebook.next()
        allow(house, 10 * NANO)
        found = re.search(rb'"id": ?"(resp_[^"]+)"', answer.body)
        assert found is not None
        body = {"model": "test-model", "previous_response_id": found[1].decode(), "input": "Go on."}
        last = await house.ask(post(route.encode(), json.dumps(body).encode(), KEY))
        sent = json.dumps(provider.received[-1].json())

    assert last.status == 200, last.body
    assert UNPAID.format(key=key_of(TEXTS[0])) in sent
