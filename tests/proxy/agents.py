"""Agents on the real SDKs, and a model that asks for what was left out: whole conversations.

An agent keeps its history as its SDK gives it, and knows nothing of us.  The model behind it is
scripted: it runs a command in each turn, and before that looks at what a marker names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import anthropic
import openai
from google import genai
from google.genai import types

from headroom.marker import TOOL, find_markers
from tests.proxy.talks import DESCRIPTION, TASK
from tests.upstream import Call, Received, Say, Script, Think
from tests.upstream.memory import Memory

MODEL = "claude-opus-5-5"
SYSTEM = "You are careful. " * 3

Json = dict[str, Any]


class Agent(Protocol):
    """A client that takes turns."""

    history: list[Any]

    async def turn(self) -> list[tuple[str, Json]]:
        """Ask the model once; the calls that it made, by name and arguments."""
        ...

    def tell(self, results: list[str]) -> None:
        """Give the results of the calls of the last turn."""
        ...


@dataclass
class AnthropicAgent:
    """On `anthropic`, with thinking that goes back as it came."""

    client: anthropic.AsyncAnthropic
    streaming: bool = True
    history: list[Any] = field(default_factory=lambda: [{"role": "user", "content": TASK}])
    messages: list[Any] = field(default_factory=list)

    def asked(self) -> Json:
        """The body of the next request."""
        mark = {"type": "ephemeral"}
        tool = {"name": "Bash", "description": DESCRIPTION, "input_schema": {"type": "object"}}
        return {
            "model": MODEL,
            "max_tokens": 1000,
            "system": [{"type": "text", "text": SYSTEM, "cache_control": mark}],
            "tools": [tool],
            "messages": _with_mark(self.history),
        }

    async def turn(self) -> list[tuple[str, Json]]:
        asked = self.asked()
        message: Any
        if self.streaming:
            async with self.client.messages.stream(**asked) as stream:
                message = await stream.get_final_message()
        else:
            message = await self.client.messages.create(**asked)
        self.messages.append(message)
        content = [block.to_dict() for block in message.content]
        self.history.append({"role": "assistant", "content": content})
        return [(b.name, dict(b.input)) for b in message.content if b.type == "tool_use"]

    def tell(self, results: list[str]) -> None:
        calls = [b for b in self.history[-1]["content"] if b["type"] == "tool_use"]
        answers = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": text}
            for call, text in zip(calls, results, strict=True)
        ]
        self.history.append({"role": "user", "content": answers})


@dataclass
class ChatAgent:
    """On `openai`, Chat Completions."""

    client: openai.AsyncOpenAI
    streaming: bool = True
    history: list[Any] = field(
        default_factory=lambda: [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": TASK},
        ]
    )
    messages: list[Any] = field(default_factory=list)

    async def turn(self) -> list[tuple[str, Json]]:
        function = {"name": "Bash", "description": DESCRIPTION, "parameters": {"type": "object"}}
        asked: Json = {
            "model": "gpt-5.5",
            "tools": [{"type": "function", "function": function}],
            "messages": self.history,
        }
        if self.streaming:
            asked["stream_options"] = {"include_usage": True}
            async with self.client.chat.completions.stream(**asked) as stream:
                completion: Any = await stream.get_final_completion()
        else:
            completion = await self.client.chat.completions.create(**asked)
        self.messages.append(completion)
        message = completion.choices[0].message
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in message.tool_calls or ()
        ]
        said: Json = {"role": "assistant", "content": message.content}
        self.history.append({**said, "tool_calls": calls} if calls else said)
        return [
            (call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls
        ]

    def tell(self, results: list[str]) -> None:
        calls = self.history[-1]["tool_calls"]
        for call, text in zip(calls, results, strict=True):
            self.history.append({"role": "tool", "tool_call_id": call["id"], "content": text})


@dataclass
class ResponsesAgent:
    """On `openai`, Responses; with *held* the provider keeps the history."""

    client: openai.AsyncOpenAI
    streaming: bool = True
    held: bool = False
    history: list[Any] = field(
        default_factory=lambda: [{"type": "message", "role": "user", "content": TASK}]
    )
    messages: list[Any] = field(default_factory=list)
    told: int = 0

    async def turn(self) -> list[tuple[str, Json]]:
        tool = {"type": "function", "name": "Bash", "description": DESCRIPTION}
        asked: Json = {
            "model": "gpt-5.5",
            "instructions": SYSTEM,
            "tools": [{**tool, "parameters": {"type": "object"}, "strict": False}],
            "input": self.history[self.told :] if self.held else self.history,
            "store": self.held,
        }
        if self.held and self.messages:
            asked["previous_response_id"] = self.messages[-1].id
        self.told = len(self.history)
        if self.streaming:
            async with self.client.responses.stream(**asked) as stream:
                response: Any = await stream.get_final_response()
        else:
            response = await self.client.responses.create(**asked)
        self.messages.append(response)
        items = [_plain(item.to_dict()) for item in response.output]
        self.history += items
        self.told = len(self.history)
        return [
            (item["name"], json.loads(item["arguments"]))
            for item in items
            if item["type"] == "function_call"
        ]

    def tell(self, results: list[str]) -> None:
        since = max(
            (n + 1 for n, i in enumerate(self.history) if i["type"] == "function_call_output"),
            default=0,
        )
        calls = [item for item in self.history[since:] if item["type"] == "function_call"]
        for call, text in zip(calls, results, strict=True):
            output = {"call_id": call["call_id"], "output": text}
            self.history.append({"type": "function_call_output", **output})


@dataclass
class GeminiAgent:
    """On `google-genai`; as its chats do, it keeps what each piece of a stream brings."""

    client: genai.client.AsyncClient
    streaming: bool = True
    history: list[Any] = field(
        default_factory=lambda: [{"role": "user", "parts": [{"text": TASK}]}]
    )
    messages: list[Any] = field(default_factory=list)

    async def turn(self) -> list[tuple[str, Json]]:
        schema = types.Schema(type=types.Type.OBJECT)
        declared = types.FunctionDeclaration(
            name="Bash", description=DESCRIPTION, parameters=schema
        )
        asked: Json = {
            "model": "gemini-2.5-pro",
            "contents": [types.Content.model_validate(content) for content in self.history],
            "config": types.GenerateContentConfig(
                system_instruction=SYSTEM,
                tools=[types.Tool(function_declarations=[declared])],
                automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            ),
        }
        if self.streaming:
            pieces = [
                piece async for piece in await self.client.models.generate_content_stream(**asked)
            ]
        else:
            pieces = [await self.client.models.generate_content(**asked)]
        self.messages += pieces
        contents = [c.content for piece in pieces for c in piece.candidates or () if c.content]
        self.history += [
            content.model_dump(mode="json", by_alias=True, exclude_none=True)
            for content in contents
            if content.parts
        ]
        calls = [call for piece in pieces for call in piece.function_calls or ()]
        return [(str(call.name), dict(call.args or {})) for call in calls]

    def tell(self, results: list[str]) -> None:
        since = max(n for n, content in enumerate(self.history) if content["role"] == "user")
        parts = [part for content in self.history[since + 1 :] for part in content["parts"]]
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        answers = [
            {"functionResponse": {"id": c["id"], "name": c["name"], "response": {"output": text}}}
            for c, text in zip(calls, results, strict=True)
        ]
        self.history.append({"role": "user", "parts": answers})


def _plain(item: Any) -> Any:
    """The item without what the SDK adds to it for its own users."""
    if isinstance(item, list):
        return [_plain(each) for each in item]
    if not isinstance(item, dict):
        return item
    return {name: _plain(value) for name, value in item.items() if not name.startswith("parsed")}


def _with_mark(history: list[Any]) -> list[Any]:
    """The history with a cache mark at its end, as agents set it."""
    last = history[-1]
    content = last["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    marked = [*content[:-1], {**content[-1], "cache_control": {"type": "ephemeral"}}]
    return [*history[:-1], {**last, "content": marked}]


# The model's side


@dataclass(frozen=True)
class Seen:
    """What a request says, in whatever dialect: how many commands ran, and what was told last.

    *results* are the texts that stand after the assistant's last words, by the tool's name.
    """

    commands: int
    results: tuple[tuple[str, str], ...]
    tools: tuple[str, ...]


def seen(received: Received, memory: Memory | None = None) -> Seen:
    """What this request says to the model, with what the provider's *memory* holds before it."""
    body = received.json()
    previous = body.get("previous_response_id")
    if memory is not None and previous:
        body["input"] = [*memory.responses[previous], *body["input"]]
    if "contents" in body:
        return _seen_by_gemini(body)
    tools = tuple(tool.get("name") or tool["function"]["name"] for tool in body.get("tools") or ())
    if received.path.endswith("/messages"):
        names, results = _of_anthropic(body)
    elif received.path.endswith("/responses"):
        names, results = _of_responses(body)
    else:
        names, results = _of_chat(body)
    commands = sum(name == "Bash" for name in names.values())
    return Seen(commands, tuple((names.get(key, ""), text) for key, text in results), tools)


def _of_anthropic(body: Json) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
    names: dict[str, str] = {}
    results: list[tuple[str, str]] = []
    for message in body["messages"]:
        blocks = message["content"] if isinstance(message["content"], list) else []
        if message["role"] == "assistant":
            results = []
        for block in blocks:
            if block["type"] == "tool_use":
                names[block["id"]] = block["name"]
            elif block["type"] == "tool_result":
                results.append((block["tool_use_id"], block["content"]))
    return names, results


def _of_chat(body: Json) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
    names: dict[str, str] = {}
    results: list[tuple[str, str]] = []
    for message in body["messages"]:
        if message["role"] == "assistant":
            results = []
            for call in message.get("tool_calls") or ():
                names[call["id"]] = call["function"]["name"]
        elif message["role"] == "tool":
            results.append((message["tool_call_id"], message["content"]))
    return names, results


def _of_responses(body: Json) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
    names: dict[str, str] = {}
    results: list[tuple[str, str]] = []
    for item in body["input"]:
        if item["type"] == "function_call":
            names[item["call_id"]] = item["name"]
        if item["type"] == "function_call_output":
            results.append((item["call_id"], item["output"]))
        else:
            results = []
    return names, results


def _seen_by_gemini(body: Json) -> Seen:
    commands = 0
    results: list[tuple[str, str]] = []
    for content in body["contents"]:
        if content["role"] == "model":
            results = []
        for part in content["parts"]:
            commands += part.get("functionCall", {}).get("name") == "Bash"
            if "functionResponse" in part:
                answer = part["functionResponse"]
                results.append((answer["name"], answer["response"]["output"]))
    declared = (each for tool in body.get("tools") or () for each in tool["functionDeclarations"])
    return Seen(commands, tuple(results), tuple(each["name"] for each in declared))


@dataclass
class AskingModel:
    """Looks at what a marker names before it goes on; runs *turns* commands in all.

    *told* is what its calls of our tool were answered, by hash.
    """

    turns: int
    told: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    memory: Memory | None = None
    """Of the provider, where it keeps the history."""
    also: Callable[[int], bool] = lambda number: number % 4 == 2
    """In which turns it runs its command beside asking."""

    def __call__(self, received: Received) -> Script:
        now = seen(received, self.memory)
        for name, text in now.results:
            if name == TOOL:
                self.told.setdefault(self.asked[-1], []).append(text)
        thought = Think(f"Thought {now.commands} after {len(now.results)} results.")
        if now.commands == self.turns:
            return Script((thought, Say("That is all.")))
        command = Call("Bash", {"command": f"step {now.commands}"})
        markers = [m for name, text in now.results if name != TOOL for m in find_markers(text)]
        wanted = [marker.key for marker in markers if marker.key not in self.asked]
        if TOOL not in now.tools or not wanted:
            return Script((thought, command))
        self.asked.append(wanted[0])
        ask = Call(TOOL, {"hash": wanted[0]})
        if self.also(now.commands):
            return Script((thought, ask, command))
        return Script((thought, Say(f"Let me look at it, {now.commands}. "), ask))


@dataclass
class RawAgent(AnthropicAgent):
    """The same without an SDK, for what its JSON cannot say: a lone surrogate."""

    http: Any = None
    url: str = ""

    async def turn(self) -> list[tuple[str, Json]]:
        asked = self.asked()
        reply = await self.http.post(
            f"{self.url}/v1/messages",
            content=json.dumps(asked).encode(),
            headers={"x-api-key": "key-of-this-tenant", "content-type": "application/json"},
        )
        assert reply.status_code == 200, reply.text
        content = reply.json()["content"]
        self.history.append({"role": "assistant", "content": content})
        return [(b["name"], b["input"]) for b in content if b["type"] == "tool_use"]
