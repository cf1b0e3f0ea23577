"""Conversations of clients that set no cache marks, and what became of them at the provider."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.proxy.house import Answer, House, post
from tests.proxy.talks import DESCRIPTION, house_before
from tests.upstream import Provider, Received
from tests.upstream.validate import marks_of

KEY = b"x-api-key: sk-ant-api03-made-up"
MODEL = "claude-sonnet-5-5"
SYSTEM = "You are careful, and you think before you act. " * 60
TOOL = {"name": "Bash", "description": DESCRIPTION, "input_schema": {"type": "object"}}

AUTO = "cache_control"
"""Where the mark of a whole request stands."""
MARK = {"type": "ephemeral"}

Json = dict[str, Any]


@asynccontextmanager
async def house(provider: Provider, folder: Path, **settings: Any) -> AsyncIterator[House]:
    """A proxy in front of this provider that keeps in *folder* what it knows."""
    async with house_before(provider, workspace_dir=folder, **settings) as opened:
        yield opened


def agent(turns: int, *, calls: int = 1, task: str = "Look at it.", **members: Any) -> Json:
    """An agent's request after so many turns, each with so many calls; strings where possible."""
    said: list[Json] = [{"role": "user", "content": task}]
    for turn in range(turns):
        ids = [f"toolu_{turn}_{number}" for number in range(calls)]
        made = [{"type": "tool_use", "id": one, "name": "Bash", "input": {}} for one in ids]
        told = [
            {"type": "tool_result", "tool_use_id": one, "content": f"{one} is well. " * 30}
            for one in ids
        ]
        said += [{"role": "assistant", "content": made}, {"role": "user", "content": told}]
    return body(said, tools=[TOOL], **members)


def chat(turns: int, *, question: str = "And this? ", **members: Any) -> Json:
    """A request of somebody who talks without tools; all contents are strings."""
    said: list[Json] = [{"role": "user", "content": f"Begin. {question * 40}"}]
    for turn in range(turns):
        said.append({"role": "assistant", "content": f"Answer {turn}. " * 30})
        said.append({"role": "user", "content": f"{turn}: {question * 40}"})
    return body(said, **members)


def body(said: Sequence[Json], **members: Any) -> Json:
    """A request with these messages."""
    head = {"model": MODEL, "max_tokens": 64, "system": SYSTEM}
    return {**head, **members, "messages": list(said)}


async def ask(house: House, asked: Json, *headers: bytes, key: bytes = KEY) -> Answer:
    """The answer to this request."""
    answer = await house.ask(post(b"/v1/messages", json.dumps(asked).encode(), key, *headers))
    assert answer.status == 200, answer.body
    return answer


def marks(received: Received) -> list[str]:
    """Where marks stand in what the provider got."""
    return [where for where, _, _ in marks_of(received.json())]


def all_marks(provider: Provider) -> list[list[str]]:
    """The same for all requests."""
    return [marks(received) for received in provider.received]


def without_marks(said: Any) -> Any:
    """The same without marks; whatever else is said of caching stays."""
    written = msgspec.json.encode(said)
    return msgspec.json.decode(written.replace(b',"cache_control":{"type":"ephemeral"}', b""))


def usage(answer: Answer) -> tuple[int, int, int]:
    """What was paid in full, written and read."""
    told = msgspec.json.decode(answer.body)["usage"]
    return (
        told["input_tokens"],
        told["cache_creation_input_tokens"],
        told["cache_read_input_tokens"],
    )


def transforms(answer: Answer) -> list[str]:
    """What our header says was done."""
    names = answer.values(b"x-headroom-transforms")
    return names[0].decode().split(",") if names else []
