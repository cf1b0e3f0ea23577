"""Conversations in which the model asks for what was left out, and the client sees no trace."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from headroom.marker import TOOL, key_of
from tests.proxy.agents import (
    Agent,
    AnthropicAgent,
    AskingModel,
    ChatAgent,
    ResponsesAgent,
    table,
)
from tests.proxy.house import House
from tests.proxy.talks import house_before
from tests.upstream import Provider, Received
from tests.upstream import anthropic as anthropic_upstream
from tests.upstream import chat as chat_upstream
from tests.upstream.memory import canonical

TURNS = 20
KEY = "key-of-this-tenant"

DIALECTS = ("anthropic", "chat", "responses")


@asynccontextmanager
async def agent_at(
    dialect: str, url: str, *, key: str = KEY, **how: Any
) -> AsyncIterator[AnthropicAgent | ChatAgent | ResponsesAgent]:
    """An agent of this dialect, whose provider is at *url*."""
    if dialect == "anthropic":
        async with anthropic.AsyncAnthropic(base_url=url, api_key=key, max_retries=0) as client:
            yield AnthropicAgent(client, **how)
        return
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
        yield ChatAgent(client, **how) if dialect == "chat" else ResponsesAgent(client, **how)


every = pytest.mark.parametrize("dialect", DIALECTS)
both = pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])


@asynccontextmanager
async def house(provider: Provider, folder: Path, **settings: Any) -> AsyncIterator[House]:
    async with house_before(
        provider, workspace_dir=folder, ccr_offer="always", **settings
    ) as opened:
        yield opened


def url_of(opened: House) -> str:
    return f"http://127.0.0.1:{opened.port}"


async def talk(agent: Agent, turns: range) -> None:
    """Let the agent take these turns, each with the results of the last one's calls."""
    for number in turns:
        calls = await agent.turn()
        assert [name for name, _ in calls] in (["Bash"], [])
        if calls:
            agent.tell([table(number)])


def segments_of(received: Received) -> list[bytes]:
    """The prompt in the units in which it is cached."""
    body = received.json()
    if received.path.endswith("/messages"):
        return [segment.content for segment in anthropic_upstream.segments_of(body)]
    if received.path.endswith("/responses"):
        fixed = [*body.get("tools", ()), body.get("instructions", "")]
        return [canonical(value) for value in (*fixed, *body["input"])]
    return [segment.content for segment in chat_upstream.segments_of(body)]


def assert_no_bust(received: list[Received]) -> None:
    """Each request begins with all of the one before it."""
    for earlier, later in itertools.pairwise(received):
        begun = segments_of(earlier)
        assert segments_of(later)[: len(begun)] == begun


@every
@both
async def test_over_twenty_turns_nothing_is_refused_nothing_busts_and_no_trace_is_seen(
    dialect: str, streaming: bool, tmp_path: Path
) -> None:
    model = AskingModel(TURNS)
    provider = Provider(otherwise=model, bound_thinking=True)
    async with (
        house(provider, tmp_path) as opened,
        agent_at(dialect, url_of(opened), streaming=streaming) as agent,
    ):
        await talk(agent, range(TURNS + 1))

    assert len(model.asked) >= TURNS - 2
    assert all(model.told[key] == [json_of(key, agent)] for key in model.asked)
    assert len(provider.received) > TURNS + 10
    assert_no_bust(provider.received)
    assert TOOL not in json.dumps(agent.history)


def json_of(key: str, agent: Agent) -> str:
    """The text in this agent's own history that has this key."""
    return next(text for text in texts_in(agent.history) if key_of(text) == key)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
