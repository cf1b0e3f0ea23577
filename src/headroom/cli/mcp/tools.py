"""The three tools: what they are called, what they take, and what they answer.

They speak to a model: every answer is text, and an error says what to do instead.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headroom.cli.mcp.desk import Desk
from headroom.cli.mcp.trouble import NotKept, ToolTrouble
from headroom.marker import TOOL

MODEL = "unknown"
"""Nobody tells a server which model asks; tokens are counted by the vocabulary that we have."""
CALL = "text"
LONGEST_CHARACTERS = 65_536
"""As in a reply: beyond, the first part, an outline, and how to ask for the next lines."""

NOT_KEPT = "There is no original {key} here: {why}. Go on without it, or run again what gave it."


@dataclass(slots=True)
class Done:
    """What the tools did since the server started."""

    texts: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    retrievals: int = 0


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its name, what the model reads of it, what it takes, and what answers."""

    name: str
    description: str
    takes: Mapping[str, str]
    """Each argument, and what it is; all are texts."""
    required: tuple[str, ...]
    answer: Callable[[Desk, Done, Mapping[str, str]], Awaitable[Sequence[str]]]
    keeps: bool = False
    """Whether it changes what is kept."""

    @property
    def schema(self) -> dict[str, Any]:
        """What it takes, as JSON Schema."""
        properties = {
            name: {"type": "string", "description": said} for name, said in self.takes.items()
        }
        return {"type": "object", "properties": properties, "required": [*self.required]}


async def call(desk: Desk, done: Done, name: str, arguments: Mapping[str, Any]) -> Sequence[str]:
    """What the tool of this name answers, in pieces of text.  Raises ToolTrouble."""
    tool = next((one for one in TOOLS if one.name == name), None)
    if tool is None:
        names = ", ".join(one.name for one in TOOLS)
        raise ToolTrouble(f"There is no tool {name[:64]!r} here, only {names}.")
    return await tool.answer(desk, done, _texts(tool, arguments))


def _texts(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name in tool.takes:
        value = arguments.get(name)
        if name in tool.required and (value is None or value == ""):
            raise ToolTrouble(f"{tool.name} needs {name}: {tool.takes[name]}.")
        if value is None:
            continue
        if not isinstance(value, str | int):
            raise ToolTrouble(f"{name} of {tool.name} must be a text: {tool.takes[name]}.")
        found[name] = str(value)
    return found


async def _compress(desk: Desk, done: Done, asked: Mapping[str, str]) -> Sequence[str]:
    content, task = asked["content"], asked.get("task", "")
    messages: list[dict[str, Any]] = [{"role": "user", "content": task}] if task else []
    # With a call before it, of no tool of ours: without one the words of the task do not count.
    function = {"name": "tool", "arguments": "{}"}
    call = {"id": CALL, "type": "function", "function": function}
    messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
    messages.append({"role": "tool", "tool_call_id": CALL, "content": content})
    told = await desk.ask("/v1/compress", {"model": MODEL, "messages": messages})
    before, after = told["tokens_before"], told["tokens_after"]
    done.texts += 1
    done.tokens_before += before
    done.tokens_after += after
    return [told["messages"][-1]["content"], _said(before, after, told["ccr_hashes"])]


def _said(before: int, after: int, keys: Sequence[str]) -> str:
    if before == after:
        return f"[headroom: as it was, {before:,} tokens: it cannot be made shorter]"
    saved = f"[headroom: {after:,} tokens instead of {before:,}"
    if not keys:
        return f"{saved}; nothing is left out]"
    return f"{saved}; the original is kept: {TOOL} hash={keys[0]}]"


async def _retrieve(desk: Desk, done: Done, asked: Mapping[str, str]) -> Sequence[str]:
    try:
        told = await desk.ask("/v1/retrieve", dict(asked))
    except NotKept as error:
        expired = "expired" in str(error)
        why = "it has expired" if expired else "it was never kept for who asks here"
        raise ToolTrouble(NOT_KEPT.format(key=asked["hash"][:64], why=why)) from error
    text = told["original_content"]
    if len(text) > LONGEST_CHARACTERS and not asked.get("query") and not asked.get("lines"):
        told = await desk.ask("/v1/retrieve", {**asked, "lines": "1-"})
        text = _part(told, len(text))
    done.retrievals += 1
    return [text]


def _part(told: Mapping[str, Any], characters: int) -> str:
    text: str = told["original_content"]
    if told["count"] < told["total_items"]:
        return text
    # One line that is too long: no range of lines leads further.
    return f"{text}\n[cut: {characters:,} characters in all; ask by query for the rows that match]"


async def _stats(desk: Desk, done: Done, _asked: Mapping[str, str]) -> Sequence[str]:
    address = await desk.proxy()
    told = await asyncio.to_thread(_standing, desk)
    answered_by = address.url if address else "this process, as no proxy runs"
    if desk.direct:
        answered_by = "this process (--direct)"
    said = {
        "answered_by": answered_by,
        "here": {
            "texts_compressed": done.texts,
            "tokens_before": done.tokens_before,
            "tokens_after": done.tokens_after,
            "tokens_saved": done.tokens_before - done.tokens_after,
            "retrievals": done.retrievals,
        },
        **{name: _sums(told.get(name)) for name in ("today", "lifetime")},
        "problems": told["problems"],
    }
    return [json.dumps({name: one for name, one in said.items() if one}, indent=2)]


def _standing(desk: Desk) -> dict[str, Any]:
    # It knows much that a server which only waits need not load.
    inquiry = importlib.import_module("headroom.cli.inquiry")
    told: dict[str, Any] = inquiry.inquire(desk.settings).as_json()
    return told


def _sums(told: Any) -> dict[str, Any]:
    """Of the requests that went through the proxy, and of texts that were only shortened."""
    if not told:
        return {}
    apart = told["compress_endpoint"]
    return {
        "requests": told["requests"],
        "tokens_saved": told["tokens"]["saved"],
        "saved_usd": round(told["net"]["saved_usd"], 4),
        "texts_compressed": apart["calls"],
        "tokens_saved_by_that": apart["tokens_before"] - apart["tokens_after"],
    }


TOOLS = (
    Tool(
        TOOL,
        "Get back what a marker [… left out … headroom_retrieve hash=…] stands for: whole, or by "
        "query or lines.",
        {
            "hash": "the 24 digits in the marker",
            "query": "words; gives the lines or rows that match",
            "lines": "a range of lines, such as 120-180",
        },
        ("hash",),
        _retrieve,
    ),
    Tool(
        "headroom_compress",
        "Shorten a long text (log, JSON, listing, diff, …) before passing it on. The original is "
        f"kept; {TOOL} gives it back by the hash in the marker.",
        {
            "content": "the text",
            "task": "what it is needed for; what that names stays",
        },
        ("content",),
        _compress,
        keeps=True,
    ),
    Tool(
        "headroom_stats",
        "How many tokens Headroom saved: here, today, and in all.",
        {},
        (),
        _stats,
    ),
)
