"""Google's Gemini: contents are parts, and the path names the model.

A call may lack an id; then it and the result that answers it are known by the function's name.
Shapes: see `formats/gemini.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from headroom.formats.gemini import Gemini
from headroom.formats.gemini_shapes import CONTENTS, PARTS, inner, is_thought, name_in
from headroom.formats.replies import text_at
from headroom.replay.bill import Tokens
from headroom.replay.dialects.base import Call, Owner, Result
from headroom.replay.strings import told


@dataclass(frozen=True)
class GeminiDialect:
    """The dialect of `/v1beta/models/MODEL:generateContent`."""

    format = Gemini()
    names = ("gemini",)
    history = CONTENTS
    head = ("systemInstruction", "system_instruction", "tools")
    content = PARTS
    headers = MappingProxyType({"x-goog-api-key": "replay"})
    default_model = "gemini-2.5-pro"

    def wrote(self, body: Mapping[str, Any]) -> bool:
        """See `Dialect.wrote`."""
        return CONTENTS in body

    def owner(self, item: Any) -> Owner:
        """See `Dialect.owner`."""
        return "assistant" if isinstance(item, dict) and item.get("role") == "model" else "user"

    def parts(self, item: Any) -> Iterator[tuple[int, Any]]:
        """See `Dialect.parts`."""
        parts = item.get(PARTS) if isinstance(item, dict) else None
        if isinstance(parts, list):
            yield from enumerate(parts)
        else:
            yield 0, item

    def named(self, part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
        """See `Dialect.named`; a function's response may bring pictures of its own."""
        data = inner(part, "inlineData")
        if isinstance(data.get("data"), str):
            return {**part, name_in(part, "inlineData"): {**data, "data": name(data["data"])}}
        response = inner(part, "functionResponse")
        parts = response.get(PARTS)
        if not isinstance(parts, list):
            return part
        inside = [self.named(each, name) if isinstance(each, dict) else each for each in parts]
        return {**part, name_in(part, "functionResponse"): {**response, PARTS: inside}}

    def text(self, part: Any) -> str:
        """See `Dialect.text`."""
        return "" if is_thought(part) or not isinstance(part, dict) else text_at(part, "text")

    def call(self, part: Any) -> Call | None:
        """See `Dialect.call`."""
        called = inner(part, "functionCall")
        return Call(_key(called), text_at(called, "name"), called.get("args")) if called else None

    def result(self, part: Any) -> Result | None:
        """See `Dialect.result`."""
        response = inner(part, "functionResponse")
        return Result(told(response.get("response")), _key(response)) if response else None

    def turn(self, text: str, calls: Sequence[Call]) -> tuple[Any, ...]:
        """See `Dialect.turn`."""
        parts: list[Any] = [{"text": text}] if text else []
        parts += [
            {"functionCall": {"id": call.id, "name": call.name, "args": call.arguments}}
            for call in calls
        ]
        return ({"role": "model", PARTS: parts},) if parts else ()

    def answer(self, model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
        """See `Dialect.answer`."""
        whole = (item[PARTS] for item in reply if isinstance(item, dict) and PARTS in item)
        parts = [part for each in whole if isinstance(each, list) for part in each]
        return {
            "candidates": [
                {"content": {"role": "model", PARTS: parts}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {
                "promptTokenCount": tokens.prompt,
                "cachedContentTokenCount": tokens.read,
                "candidatesTokenCount": tokens.output,
                "totalTokenCount": tokens.prompt + tokens.output,
            },
            "modelVersion": model,
            "responseId": "replayed",
        }


def _key(named: Mapping[str, Any]) -> str:
    """By which a call and its result know each other."""
    return text_at(named, "id") or text_at(named, "name")
