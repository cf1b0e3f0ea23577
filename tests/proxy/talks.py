"""Conversations of an agent, turn by turn, as bodies of each planned route."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from headroom.observe import Observers
from headroom.observe.log import LogLine
from headroom.outcome import Outcome
from headroom.proxy.planning import Planning
from tests.proxy.house import PATIENCE_S, House, house_of
from tests.upstream import Provider, running

ROUTES = ("/v1/messages", "/v1/chat/completions", "/v1/responses")
MODEL, GEMINI_MODEL = "test-model", "gemini-2.5-pro"
GEMINI = f"/v1beta/models/{GEMINI_MODEL}:generateContent"
EVERY_ROUTE = (*ROUTES, GEMINI)
DESCRIPTION = "Run a command in a shell and return what it prints. " * 4
TASK = "Please find out why the nightly job is slow."

Json = dict[str, Any]


def log(number: int, lines: int = 60) -> str:
    """A log that each causal pass finds something in; no two numbers give the same."""
    return "\n".join(
        f"2026-11-21 10:{number % 60:02d}:{line % 60:02d} INFO worker-{number} served item {line}"
        for line in range(lines)
    )


def rows(number: int, count: int = 40) -> str:
    """A JSON array of objects."""
    return json.dumps(
        [
            {"id": number * 1000 + row, "status": "open", "owner": "nobody", "priority": row % 3}
            for row in range(count)
        ]
    )


def results(count: int) -> list[str]:
    """What the tools of a conversation say: logs, tables, and now and then a repetition."""
    kinds = (log, rows, lambda number: log(max(number - 2, 0)), lambda number: f"ok {number}")
    return [kinds[number % 4](number) for number in range(count)]


def conversation(route: str, texts: Sequence[str], **members: Any) -> Json:
    """A request after as many calls as there are *texts*; its messages come last."""
    if route == GEMINI:
        return _gemini(texts, members)
    head = {"model": MODEL, **members}
    if route == "/v1/messages":
        tools = [{"name": "Bash", "description": DESCRIPTION, "input_schema": {"type": "object"}}]
        mark = {"type": "ephemeral"}
        system = [{"type": "text", "text": "You are careful.", "cache_control": mark}]
        fixed = {"max_tokens": 64, "system": system, "tools": tools}
        return {**head, **fixed, "messages": _anthropic(texts)}
    function = {"name": "Bash", "description": DESCRIPTION, "parameters": {"type": "object"}}
    if route == "/v1/responses":
        tools = [{"type": "function", **function}]
        return {**head, "store": False, "tools": tools, "input": _items(texts)}
    return {**head, "tools": [{"type": "function", "function": function}], "messages": _chat(texts)}


def table(number: int, count: int = 120) -> str:
    """What a command prints: a long table in which one row is not like the others."""
    rows: list[Json] = [
        {"id": number * 1000 + row, "state": "ok", "text": f"request {number}-{row} was served"}
        for row in range(count)
    ]
    rows[count // 2]["state"] = f"failed {number}"
    return json.dumps(rows)


def model_of(route: str) -> str:
    """The model that is asked on this route."""
    return GEMINI_MODEL if route == GEMINI else MODEL


def target_of(route: str, *, stream: bool = False) -> bytes:
    """What is asked for; in Gemini's paths stands whether the reply is to be streamed."""
    if route == GEMINI and stream:
        route = GEMINI.replace(":generate", ":streamGenerate").replace("tent", "tent?alt=sse")
    return route.encode()


def body_of(route: str, texts: Sequence[str], **members: Any) -> bytes:
    """The same as the bytes that a client sends."""
    return json.dumps(conversation(route, texts, **members)).encode()


def messages_of(body: bytes) -> list[Any]:
    """What is said in this body."""
    read = msgspec.json.decode(body)
    said = next(read[name] for name in ("messages", "input", "contents") if name in read)
    assert isinstance(said, list)
    return said


def texts_of(route: str, body: bytes) -> list[str]:
    """The tools' texts in this body, as the provider reads them."""
    said = messages_of(body)
    if route == "/v1/messages":
        blocks = [block for message in said for block in message["content"]]
        return [block["content"] for block in blocks if block["type"] == "tool_result"]
    if route == GEMINI:
        parts = [part for content in said for part in content["parts"]]
        told = [part.get("functionResponse", part.get("function_response")) for part in parts]
        return [text for each in told if each for text in each["response"].values()]
    if route == "/v1/responses":
        return [item["output"] for item in said if item["type"] == "function_call_output"]
    return [message["content"] for message in said if message["role"] == "tool"]


@asynccontextmanager
async def house_before(provider: Provider, **settings: Any) -> AsyncIterator[House]:
    """A proxy in front of this provider."""
    with running(provider) as url:
        urls = {f"{each}_api_url": url for each in ("anthropic", "openai", "chatgpt", "gemini")}
        async with house_of(**{**urls, **settings}) as house:
            yield house


@dataclass(frozen=True, slots=True)
class Notebook:
    """A sink that hands out the outcomes one by one."""

    told: asyncio.Queue[Outcome] = field(default_factory=asyncio.Queue)

    def take(self, outcome: Outcome) -> None:
        self.told.put_nowait(outcome)

    async def next(self) -> Outcome:
        """The next one; a reply is whole before its request is settled."""
        return await asyncio.wait_for(self.told.get(), PATIENCE_S)


def noting(house: House) -> Notebook:
    """A notebook of all requests from now on."""
    notebook = Notebook()
    assert house.app.proxy is not None
    observers = Observers([house.app.totals, LogLine(), notebook])
    house.app._proxy = dataclasses.replace(house.app.proxy, observers=observers)
    return notebook


def planning_of(house: House) -> Planning:
    """What plans are made with in this house."""
    assert house.app.proxy is not None
    return house.app.proxy.planning


def with_planning(house: House, **changes: Any) -> None:
    """Let this house plan with something else from now on."""
    assert house.app.proxy is not None
    planning = dataclasses.replace(planning_of(house), **changes)
    house.app._proxy = dataclasses.replace(house.app.proxy, planning=planning)


async def done_beside(house: House) -> None:
    """Wait for what is done beside requests, such as counting what was learned."""
    await asyncio.gather(*planning_of(house).tasks)


def _command(number: int) -> Json:
    return {"command": f"deploy {number}"}


def _anthropic(texts: Sequence[str]) -> list[Json]:
    said: list[Json] = [{"role": "user", "content": [{"type": "text", "text": TASK}]}]
    for number, text in enumerate(texts):
        named = {"id": f"toolu_{number}", "name": "Bash", "input": _command(number)}
        said.append({"role": "assistant", "content": [{"type": "tool_use", **named}]})
        answer = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": text}
        said.append({"role": "user", "content": [answer]})
    return said


def _chat(texts: Sequence[str]) -> list[Json]:
    said: list[Json] = [{"role": "user", "content": TASK}]
    for number, text in enumerate(texts):
        function = {"name": "Bash", "arguments": json.dumps(_command(number))}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        said.append({"role": "assistant", "content": None, "tool_calls": [call]})
        said.append({"role": "tool", "tool_call_id": f"call_{number}", "content": text})
    return said


def _items(texts: Sequence[str]) -> list[Json]:
    said: list[Json] = [{"type": "message", "role": "user", "content": TASK}]
    for number, text in enumerate(texts):
        arguments = json.dumps(_command(number))
        call = {"call_id": f"call_{number}", "name": "Bash", "arguments": arguments}
        said.append({"type": "function_call", **call})
        output = {"call_id": f"call_{number}", "output": text}
        said.append({"type": "function_call_output", **output})
    return said


def _gemini(texts: Sequence[str], members: Json) -> Json:
    function = {"name": "Bash", "description": DESCRIPTION, "parameters": {"type": "OBJECT"}}
    others = {name: value for name, value in members.items() if name not in ("stream", "model")}
    said: list[Json] = [{"role": "user", "parts": [{"text": TASK}]}]
    for number, text in enumerate(texts):
        call = {"name": "Bash", "args": _command(number)}
        said.append({"role": "model", "parts": [{"functionCall": call}]})
        answer = {"name": "Bash", "response": {"output": text}}
        said.append({"role": "user", "parts": [{"functionResponse": answer}]})
    system = {"parts": [{"text": "You are careful."}]}
    tools = [{"functionDeclarations": [function]}]
    return {"systemInstruction": system, "tools": tools, **others, "contents": said}
