"""Chat models of LangChain, with tool messages made shorter before the model is called.

    model = with_headroom(init_chat_model("gpt-5"))

What stands in prompts, memory, checkpoints and traces stays whole; only what the model is sent is
short.  `bind_tools`, `with_structured_output`, agents and chains take it like any chat model.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from headroom.integrations.package import package
from headroom.integrations.shortener import Originals, Shortener

Model = TypeVar("Model")

ROLES = {"system": "system", "human": "user", "ai": "assistant", "tool": "tool"}


def with_headroom(model: Model, *, originals: Originals | None = None) -> Model:
    """A copy of the chat model, of the same class, that shortens tool messages; see `Shortener`."""
    base = package("langchain_core.language_models", install="langchain-core").BaseChatModel
    if not isinstance(model, base):
        raise TypeError(f"with_headroom takes a chat model, not {type(model).__name__}")
    plain: Any = type(model)
    said = _Said(Shortener(originals=originals))
    made = {
        name: wrap(getattr(plain, name), said)
        for name, wrap in WRAPPED.items()
        # LangChain asks whether a model has its own: what it lacks must stay lacking.
        if getattr(plain, name) is not getattr(base, name)
    }
    kept = {"__module__": plain.__module__, "__qualname__": plain.__qualname__}
    copied: Any = plain.model_copy(model)
    # A model of pydantic lets nobody set what is no field.
    object.__setattr__(copied, "__class__", type(plain)(plain.__name__, (plain,), kept | made))
    result: Model = copied
    return result


class _Short(list[Any]):
    """Messages that are short already: a model's methods call one another."""


class _Said:
    """Messages of LangChain, as the dialect of chat completions tells them."""

    __slots__ = ("_shortener",)

    def __init__(self, shortener: Shortener) -> None:
        self._shortener = shortener

    def short(self, messages: Sequence[Any], tools: Any) -> Sequence[Any]:
        """The messages with tool messages made shorter; what is not changed is the same object."""
        if isinstance(messages, _Short):
            return messages
        rows = [_row(message) for message in messages]
        shorter = self._shortener.messages(rows, **({"tools": tools} if tools else {}))
        return _Short(
            message if row is after else message.model_copy(update={"content": after["content"]})
            for message, row, after in zip(messages, rows, shorter, strict=True)
        )


def _row(message: Any) -> Mapping[str, Any]:
    role = ROLES.get(message.type, "user")
    if role == "tool":
        return {"role": role, "tool_call_id": message.tool_call_id, "content": message.content}
    row: dict[str, Any] = {"role": role, "content": str(message.text)}
    calls = getattr(message, "tool_calls", None)
    if calls:
        row["tool_calls"] = [_call(call) for call in calls]
    return row


def _call(call: Mapping[str, Any]) -> Mapping[str, Any]:
    arguments = json.dumps(call["args"], default=str)
    function = {"name": call["name"], "arguments": arguments}
    return {"id": call["id"], "type": "function", "function": function}


def _generates(method: Callable[..., Any], said: _Said) -> Callable[..., Any]:
    def generate(self: Any, messages: Sequence[Any], *given: Any, **named: Any) -> Any:
        return method(self, said.short(messages, named.get("tools")), *given, **named)

    return generate


def _generates_later(method: Callable[..., Any], said: _Said) -> Callable[..., Any]:
    async def generate(self: Any, messages: Sequence[Any], *given: Any, **named: Any) -> Any:
        short = await asyncio.to_thread(said.short, messages, named.get("tools"))
        return await method(self, short, *given, **named)

    return generate


def _streams(method: Callable[..., Any], said: _Said) -> Callable[..., Any]:
    def stream(self: Any, messages: Sequence[Any], *given: Any, **named: Any) -> Iterator[Any]:
        yield from method(self, said.short(messages, named.get("tools")), *given, **named)

    return stream


def _streams_later(method: Callable[..., Any], said: _Said) -> Callable[..., Any]:
    async def stream(
        self: Any, messages: Sequence[Any], *given: Any, **named: Any
    ) -> AsyncIterator[Any]:
        short = await asyncio.to_thread(said.short, messages, named.get("tools"))
        async for chunk in method(self, short, *given, **named):
            yield chunk

    return stream


WRAPPED: Mapping[str, Callable[[Callable[..., Any], _Said], Callable[..., Any]]] = {
    "_generate": _generates,
    "_agenerate": _generates_later,
    "_stream": _streams,
    "_astream": _streams_later,
}
"""What a chat model may have of its own, by LangChain's guide for those who write one."""
