"""OpenAI's Responses: messages, reasoning, calls and results are items side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from headroom.formats.openai_responses import OpenAIResponses
from headroom.replay.bill import Tokens
from headroom.replay.dialects.base import Call, Owner, Result
from headroom.replay.dialects.openai_shapes import arguments_text, with_picture_named
from headroom.replay.strings import told

_ARGUMENTS = ("arguments", "input", "action")
"""Where calls have theirs: those of functions, of custom tools, of the shell and the like."""


@dataclass(frozen=True)
class OpenAIResponsesDialect:
    """The dialect of `/v1/responses`."""

    format = OpenAIResponses()
    names = ("openai-responses", "openai_responses")
    history = "input"
    head = ("tools", "instructions")
    content = "content"
    headers = MappingProxyType({"authorization": "Bearer replay"})
    default_model = ""

    def wrote(self, body: Mapping[str, Any]) -> bool:
        """See `Dialect.wrote`."""
        return "input" in body

    def owner(self, item: Any) -> Owner:
        """See `Dialect.owner`."""
        if not isinstance(item, dict):
            return "user"
        if "role" not in item:
            kind = _kind(item)
            return "assistant" if kind.endswith("_call") or kind == "reasoning" else "user"
        if item["role"] == "assistant":
            return "assistant"
        return "head" if item["role"] in ("system", "developer") else "user"

    def parts(self, item: Any) -> Iterator[tuple[int, Any]]:
        """See `Dialect.parts`."""
        content = item.get("content") if isinstance(item, dict) else None
        if isinstance(item, dict) and item.get("role") and isinstance(content, list):
            yield from enumerate(content)
        elif isinstance(item, dict) and item.get("role") and isinstance(content, str):
            kind = "output_text" if item["role"] == "assistant" else "input_text"
            yield 0, {"type": kind, "text": content}
        else:
            yield 0, item

    def named(self, part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
        """See `Dialect.named`."""
        return with_picture_named(part, name)

    def text(self, part: Any) -> str:
        """See `Dialect.text`."""
        said = part.get("text") if _kind(part) in ("output_text", "text") else ""
        return said if isinstance(said, str) else ""

    def call(self, part: Any) -> Call | None:
        """See `Dialect.call`."""
        if not _kind(part).endswith("_call"):
            return None
        arguments = next((part[name] for name in _ARGUMENTS if name in part), None)
        key = part.get("call_id", part.get("id", ""))
        return Call(str(key), str(part.get("name", "")), arguments)

    def result(self, part: Any) -> Result | None:
        """See `Dialect.result`."""
        if not _kind(part).endswith("_call_output"):
            return None
        said = part.get("output")
        if isinstance(said, dict):
            said = said.get("content", said)
        return Result(told(said), str(part.get("call_id", "")))

    def turn(self, text: str, calls: Sequence[Call]) -> tuple[Any, ...]:
        """See `Dialect.turn`."""
        items: list[Any] = []
        if text:
            part = {"type": "output_text", "text": text}
            items.append({"type": "message", "role": "assistant", "content": [part]})
        return (*items, *(_made(call) for call in calls))

    def answer(self, model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
        """See `Dialect.answer`."""
        return {
            "id": "resp_replayed",
            "object": "response",
            "created_at": 0,
            "status": "completed",
            "model": model,
            "output": list(reply),
            "usage": {
                "input_tokens": tokens.prompt,
                "input_tokens_details": {"cached_tokens": tokens.read},
                "output_tokens": tokens.output,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": tokens.prompt + tokens.output,
            },
        }


def _kind(item: Any) -> str:
    return str(item.get("type", "")) if isinstance(item, dict) else ""


def _made(call: Call) -> dict[str, Any]:
    return {
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments_text(call.arguments),
    }
