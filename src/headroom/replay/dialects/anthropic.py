"""Anthropic's Messages: contents are blocks, and results are blocks of the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from headroom.formats.anthropic import Anthropic
from headroom.replay.bill import Tokens
from headroom.replay.dialects.base import Call, Owner, Result
from headroom.replay.strings import told

_OTHERS_ROLES = ("system", "developer", "tool")
_BLOCKS = ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use")


@dataclass(frozen=True)
class AnthropicDialect:
    """The dialect of `/v1/messages`."""

    format = Anthropic()
    names = ("anthropic",)
    history = "messages"
    head = ("tools", "system")
    content = "content"
    headers = MappingProxyType({"x-api-key": "replay", "anthropic-version": "2023-06-01"})
    default_model = ""

    def wrote(self, body: Mapping[str, Any]) -> bool:
        """See `Dialect.wrote`."""
        if "system" in body or "anthropic_version" in body:
            return True
        tools = body.get("tools")
        if isinstance(tools, list) and tools:
            return isinstance(tools[0], dict) and "function" not in tools[0]
        messages = body.get("messages")
        for message in messages if isinstance(messages, list) else ():
            if not isinstance(message, dict):
                continue
            if message.get("role") in _OTHERS_ROLES or "tool_calls" in message:
                return False
            content = message.get("content")
            if isinstance(content, list) and any(_is_of_ours(block) for block in content):
                return True
        return str(body.get("model", "")).startswith("claude")

    def owner(self, item: Any) -> Owner:
        """See `Dialect.owner`."""
        role = item.get("role") if isinstance(item, dict) else ""
        if role == "assistant":
            return "assistant"
        return "head" if role in ("system", "developer") else "user"

    def parts(self, item: Any) -> Iterator[tuple[int, Any]]:
        """See `Dialect.parts`."""
        content = item.get("content") if isinstance(item, dict) else item
        if isinstance(content, str):
            # A client that sets a cache mark on a plain text sends it as a list of one block.
            yield 0, {"type": "text", "text": content}
        elif isinstance(content, list):
            yield from enumerate(content)
        else:
            yield 0, item

    def named(self, part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
        """See `Dialect.named`."""
        source = part.get("source")
        if isinstance(source, dict) and isinstance(source.get("data"), str):
            return {**part, "source": {**source, "data": name(source["data"])}}
        return part

    def text(self, part: Any) -> str:
        """See `Dialect.text`."""
        said = part.get("text") if _kind(part) == "text" else ""
        return said if isinstance(said, str) else ""

    def call(self, part: Any) -> Call | None:
        """See `Dialect.call`."""
        if not _kind(part).endswith("tool_use"):
            return None
        return Call(str(part.get("id", "")), str(part.get("name", "")), part.get("input"))

    def result(self, part: Any) -> Result | None:
        """See `Dialect.result`."""
        if _kind(part) != "tool_result":
            return None
        return Result(told(part.get("content")), str(part.get("tool_use_id", "")))

    def turn(self, text: str, calls: Sequence[Call]) -> tuple[Any, ...]:
        """See `Dialect.turn`."""
        blocks: list[Any] = [{"type": "text", "text": text}] if text else []
        blocks += [
            {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
            for call in calls
        ]
        return ({"role": "assistant", "content": blocks},) if blocks else ()

    def answer(self, model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
        """See `Dialect.answer`."""
        blocks = [part for item in reply if isinstance(item, dict) for part in _blocks(item)]
        called = any(_kind(each) == "tool_use" for each in blocks)
        return {
            "id": "msg_replayed",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": blocks,
            "stop_reason": "tool_use" if called else "end_turn",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 0,
                "cache_creation_input_tokens": tokens.written,
                "cache_read_input_tokens": tokens.read,
                "output_tokens": tokens.output,
            },
        }


def _kind(part: Any) -> str:
    return str(part.get("type", "")) if isinstance(part, dict) else ""


def _is_of_ours(block: Any) -> bool:
    return _kind(block) in _BLOCKS


def _blocks(message: dict[str, Any]) -> list[Any]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []
