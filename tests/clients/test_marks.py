"""The `anthropic` Python SDK, used without cache marks: it is cached, and does not notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic
import pytest

from tests.proxy.talks import house_before, rows
from tests.upstream import Call, Provider, Say, Script, Think
from tests.upstream.validate import Refused, marks_of

MODEL = "claude-opus-5-5"
SYSTEM = "You are careful, and you think before you act. " * 60
TOOL: Any = {"name": "Bash", "description": "Run it.", "input_schema": {"type": "object"}}
TURNS = 5

Usage = tuple[int, int, int]


async def talk(client: anthropic.AsyncAnthropic, *, streaming: bool) -> list[Usage]:
    """What each request of a short conversation was billed: in full, written, read."""
    history: list[Any] = [{"role": "user", "content": "Why is it slow?"}]
    told: list[Usage] = []
    for turn in range(TURNS):
        asked: Any = {"model": MODEL, "max_tokens": 500, "system": SYSTEM, "tools": [TOOL]}
        if streaming:
            async with client.messages.stream(**asked, messages=history) as stream:
                message: Any = await stream.get_final_message()
        else:
            message = await client.messages.create(**asked, messages=history)
        used = message.usage
        told.append(
            (used.input_tokens, used.cache_creation_input_tokens, used.cache_read_input_tokens)
        )
        call = message.content[-1]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": rows(turn, 30)}
        history.append({"role": "assistant", "content": message.content})
        history.append({"role": "user", "content": [result]})
    return told


@pytest.mark.parametrize(("refuses", "streaming"), [("", True), ("auto", False)])
async def test_a_conversation_is_read_from_the_cache_and_its_thinking_stays_bound(
    refuses: Refused, streaming: bool, tmp_path: Path
) -> None:
    steps = [
        Script((Think(f"Step {turn}."), Say("Let me look."), Call("Bash", {"n": turn})))
        for turn in range(TURNS)
    ]
    provider = Provider(bound_thinking=True, minimum_cached=512, refuses=refuses)
    provider.next(*steps)

    async with house_before(provider, workspace_dir=tmp_path) as house:
        url = f"http://127.0.0.1:{house.port}"
        async with anthropic.AsyncAnthropic(base_url=url, api_key="sk-ant-api03-x") as client:
            told = await talk(client, streaming=streaming)

    marked = told[1:] if refuses else told
    assert all(paid == 0 for paid, _, _ in marked)
    assert [read for _, _, read in marked[1:]] == [
        written + read for _, written, read in marked[:-1]
    ]
    assert len(provider.received) == TURNS + bool(refuses)
    assert all(marks_of(received.json()) for received in provider.received[2:])
