"""OpenAI's Chat Completions: calls stand beside a message's content, results are messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from headroom.formats.openai_chat import OpenAIChat
from headroom.replay.bill import Tokens
from headroom.replay.dialects.base import Call, Owner, Result
from headroom.replay.dialects.openai_shapes import arguments_text, with_picture_named
from headroom.replay.strings import told

_TOOLS = ("tool", "function")


@dataclass(frozen=True)
class OpenAIChatDialect:
    """The dialect of `/v1/chat/completions`."""

    format = OpenAIChat()
    names = ("openai", "openai_chat")
    history = "messages"
    head = ("tools",)
    content = "content"
    headers = MappingProxyType({"authorization": "Bearer replay"})
    default_model = ""

    def wrote(self, body: Mapping[str, Any]) -> bool:
        """See `Dialect.wrote`: many others speak it as well."""
        return True

    def owner(self, item: Any) -> Owner:
        """See `Dialect.owner`."""
        role = item.get("role") if isinstance(item, dict) else ""
        if role == "assistant":
            return "assistant"
        if role in _TOOLS:
            return "tool"
        return "head" if role in ("system", "developer") else "user"

    def parts(self, item: Any) -> Iterator[tuple[int, Any]]:
        """See `Dialect.parts`; what else a message has goes with each part of its content."""
        if not isinstance(item, dict):
            yield 0, item
            return
        calls = item.get("tool_calls")
        content = item.get("content")
        rest = {name: each for name, each in item.items() if name not in ("content", "tool_calls")}
        parts = content if isinstance(content, list) else [content] if content else []
        for number, part in enumerate(parts):
            yield number, {**rest, "content": part}
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            yield len(parts) + number, call
        if not parts and not calls:
            yield 0, item

    def named(self, part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
        """See `Dialect.named`."""
        return with_picture_named(part, name)

    def text(self, part: Any) -> str:
        """See `Dialect.text`."""
        content = part.get("content") if isinstance(part, dict) else ""
        if isinstance(content, dict) and content.get("type") == "text":
            content = content.get("text")
        return content if isinstance(content, str) else ""

    def call(self, part: Any) -> Call | None:
        """See `Dialect.call`."""
        function = part.get("function") if isinstance(part, dict) else None
        if not isinstance(function, dict):
            return None
        arguments = function.get("arguments")
        return Call(str(part.get("id", "")), str(function.get("name", "")), arguments)

    def result(self, part: Any) -> Result | None:
        """See `Dialect.result`."""
        if not isinstance(part, dict) or part.get("role") not in _TOOLS:
            return None
        content = part.get("content")
        parts = [content] if isinstance(content, dict) else content
        return Result(told(parts), str(part.get("tool_call_id", "")))

    def turn(self, text: str, calls: Sequence[Call]) -> tuple[Any, ...]:
        """See `Dialect.turn`."""
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if calls:
            message["tool_calls"] = [_made(call) for call in calls]
        return (message,) if text or calls else ()

    def answer(self, model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
        """See `Dialect.answer`."""
        messages = [each for each in reply if isinstance(each, dict)]
        said = [each["content"] for each in messages if isinstance(each.get("content"), str)]
        calls = [call for each in messages for call in each.get("tool_calls") or ()]
        message: dict[str, Any] = {"role": "assistant", "content": "\n".join(said) or None}
        if calls:
            message["tool_calls"] = calls
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": "tool_calls" if calls else "stop",
        }
        return {
            "id": "chatcmpl-replayed",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [choice],
            "usage": {
                "prompt_tokens": tokens.prompt,
                "completion_tokens": tokens.output,
                "total_tokens": tokens.prompt + tokens.output,
                "prompt_tokens_details": {"cached_tokens": tokens.read},
            },
        }


def _made(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_text(call.arguments)},
    }
