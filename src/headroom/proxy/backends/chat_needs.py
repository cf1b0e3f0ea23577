"""What a body of `/v1/chat/completions` asks to be carried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from headroom.proxy.backends.needs import Need, block, field, fields, mappings, members

PLAIN = frozenset({"model", "messages", "stream", "stream_options"})

MESSAGE = frozenset({"role", "content", "tool_calls", "tool_call_id"})

PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"type", "text"}),
        "image_url": frozenset({"type", "image_url"}),
        "file": frozenset({"type", "file"}),
        "input_audio": frozenset({"type", "input_audio"}),
        "refusal": frozenset({"type", "refusal"}),
    }
)


def chat_needs(body: Mapping[str, Any]) -> Iterator[Need]:
    """All needs of *body*, those of its fields first."""
    yield from fields(body, PLAIN, FIELDS)
    for index, message in mappings(body.get("messages")):
        place = f"messages.{index}"
        role = str(message.get("role"))[:60]
        yield Need(f"role.{role}", f"{place}.role", f"messages of the role {role}")
        yield from members("messages", message, MESSAGE, place)
        for at, call in mappings(message.get("tool_calls")):
            yield from _call(call, f"{place}.tool_calls.{at}")
        for at, part in mappings(message.get("content")):
            yield from _part(role, part, f"{place}.content.{at}")


def _call(call: Mapping[str, Any], place: str) -> Iterator[Need]:
    kind = call.get("type", "function")
    yield Need(f"call.{kind}", place, f"tool calls of the type {str(kind)[:60]}")
    yield from members("call", call, frozenset({"id", "type", "function", "index"}), place)


def _part(role: str, part: Mapping[str, Any], place: str) -> Iterator[Need]:
    kind = part.get("type")
    known = PARTS.get(kind) if isinstance(kind, str) else None
    if known is None:
        yield block(role, kind, place)
        return
    if kind == "image_url":
        yield from _image(role, part.get("image_url"), place)
    else:
        yield block(role, kind, place)
    yield from members(str(kind), part, known, place)


def _image(role: str, image: object, place: str) -> Iterator[Need]:
    given = image if isinstance(image, Mapping) else {"url": image}
    form = "data" if str(given.get("url")).startswith("data:") else "url"
    yield Need(f"{role}.image.{form}", place, f"images given by {form}")
    if given.get("detail") not in {None, "auto"}:
        yield Need("image.detail", place, "the detail of images")


def _tools(value: object) -> Iterator[Need]:
    for index, tool in mappings(value):
        place, kind = f"tools.{index}", tool.get("type")
        if kind != "function":
            yield Need(f"tool.{kind}", place, f"tools of the type {str(kind)[:60]}")
            continue
        yield field("tools", place)
        yield from members("tool", tool, frozenset({"type", "function"}), place)
        function = tool.get("function")
        if isinstance(function, Mapping):
            known = frozenset({"name", "description", "parameters"})
            yield from members("tool", function, known, place)


def _tool_choice(value: object) -> Iterator[Need]:
    kind = value.get("type") if isinstance(value, Mapping) else value
    yield Need(f"tool_choice.{kind}", "tool_choice", f"the tool choice {str(kind)[:60]}")


def _response_format(value: object) -> Iterator[Need]:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind != "text":
        said = f"the response format {str(kind)[:60]}"
        yield Need(f"response_format.{kind}", "response_format", said)


def _unless(name: str, usual: object) -> Callable[[object], Iterator[Need]]:
    def read(value: object) -> Iterator[Need]:
        if value != usual:
            yield field(name)

    return read


FIELDS: Mapping[str, Callable[[object], Iterator[Need]]] = MappingProxyType(
    {
        "tools": _tools,
        "tool_choice": _tool_choice,
        "response_format": _response_format,
        "n": _unless("n", 1),
        "store": _unless("store", False),  # noqa: FBT003  # a value of the request's
        "logprobs": _unless("logprobs", False),  # noqa: FBT003  # as above
        "modalities": _unless("modalities", ["text"]),
        "service_tier": _unless("service_tier", "auto"),
        "parallel_tool_calls": _unless("parallel_tool_calls", True),  # noqa: FBT003  # as above
        "metadata": _unless("metadata", {}),
    }
)
