"""A conversation has our tool from its first request on, or never."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from headroom.formats import FORMATS
from headroom.marker import TOOL
from headroom.wire.document import Document
from tests.proxy.house import House, post
from tests.proxy.talks import (
    EVERY_ROUTE,
    GEMINI,
    ROUTES,
    conversation,
    house_before,
    planning_of,
    table,
)
from tests.upstream import Provider

KEY = b"authorization: Bearer key"
MANY_WORDS = "You are careful and you think before you act. " * 1_200
every = pytest.mark.parametrize("route", EVERY_ROUTE)


def large(route: str, texts: list[str], *, tool: str = "mcp__crm__customers") -> dict[str, Any]:
    """A request as of a working agent: much system text, and a tool that gives records."""
    body = conversation(route, texts)
    tools = body["tools"] if route != GEMINI else body["tools"][0]["functionDeclarations"]
    other = json.loads(json.dumps(tools[0]))
    (other.get("function") or other)["name"] = tool
    tools.insert(0, other)
    if route == GEMINI:
        body["systemInstruction"]["parts"][0]["text"] = MANY_WORDS
    elif route == "/v1/messages":
        body["system"][0]["text"] = MANY_WORDS
    elif route == "/v1/responses":
        body["instructions"] = MANY_WORDS
    else:
        body["messages"].insert(0, {"role": "system", "content": MANY_WORDS})
    return body


@asynccontextmanager
async def house(provider: Provider, folder: Path, **settings: Any) -> AsyncIterator[House]:
    async with house_before(provider, workspace_dir=folder, **settings) as opened:
        yield opened


async def ask(opened: House, route: str, body: dict[str, Any]) -> None:
    answer = await opened.ask(post(route.encode(), json.dumps(body).encode(), KEY))
    assert answer.status == 200


def offered(provider: Provider) -> list[bool]:
    documents = [Document.read(received.body) for received in provider.received]
    return [any(TOOL in each.weaver.tools(document) for each in FORMATS) for document in documents]


@every
async def test_it_is_offered_where_much_is_sent_and_records_are_likely(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await ask(opened, route, large(route, []))
        await ask(opened, route, large(route, [table(1)]))
        await ask(opened, route, large(route, [table(1), table(2)]))

    assert offered(provider) == [True, True, True]


@every
@pytest.mark.parametrize("case", ["few words", "other tools"])
async def test_it_is_not_offered_where_it_would_hardly_pay(
    route: str, case: str, tmp_path: Path
) -> None:
    provider = Provider()
    body = conversation(route, []) if case == "few words" else large(route, [], tool="think")
    async with house(provider, tmp_path) as opened:
        await ask(opened, route, body)

    assert offered(provider) == [False]


@every
async def test_it_is_never_offered_in_the_middle_of_a_conversation(
    route: str, tmp_path: Path
) -> None:
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await ask(opened, route, large(route, [table(1)]))
        await ask(opened, route, conversation(route, []))
        await ask(opened, route, large(route, [table(1), table(2)]))

    # The first one had turns of which we know nothing.
    assert offered(provider) == [False, False, False]


async def test_kinds_of_conversations_that_lose_nothing_are_not_offered_it_any_more(
    tmp_path: Path,
) -> None:
    route = ROUTES[0]
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        for number in range(8):
            body = large(route, [])
            body["messages"][0]["content"][0]["text"] = f"Task {number}"
            await ask(opened, route, body)
            await _learnt(opened)

    assert offered(provider) == [True] * 5 + [False] * 3


async def test_kinds_of_conversations_that_would_have_lost_much_are_offered_it_from_then_on(
    tmp_path: Path,
) -> None:
    route = ROUTES[0]
    provider = Provider()
    async with house(provider, tmp_path) as opened:
        await ask(opened, route, large(route, [], tool="think"))
        await ask(opened, route, large(route, [table(1, 400)], tool="think"))
        await _learnt(opened)
        another = large(route, [], tool="think")
        another["messages"][0]["content"][0]["text"] = "Another task"
        await ask(opened, route, another)

    assert offered(provider) == [False, False, True]


async def _learnt(opened: House) -> None:
    """Wait until what was noted beside the request is noted."""
    tasks = planning_of(opened).tasks
    while tasks:
        await next(iter(tasks))


async def test_what_our_tool_and_the_legs_add_is_among_what_is_sent(tmp_path: Path) -> None:
    route = ROUTES[0]
    with_tool, without = Provider(), Provider()
    counted = []
    for provider, offer in ((with_tool, "always"), (without, "auto")):
        folder = tmp_path / offer
        async with house(provider, folder, ccr_offer=offer) as opened:
            body = json.dumps(conversation(route, [])).encode()
            answer = await opened.ask(post(route.encode(), body, KEY))
            counted.append(int(answer.values(b"x-headroom-tokens-after")[0]))

    assert 40 <= counted[0] - counted[1] <= 60
