"""What a body of `/v1/messages` asks to be carried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from headroom.proxy.backends.needs import Need, block, field, fields, mappings, members

PLAIN = frozenset({"model", "messages", "max_tokens", "stream"})
"""What every way of asking has."""

MEMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"type", "text"}),
        "image": frozenset({"type", "source"}),
        "document": frozenset({"type", "source"}),
        "tool_use": frozenset({"type", "id", "name", "input"}),
        "tool_result": frozenset({"type", "tool_use_id", "content"}),
        "thinking": frozenset({"type", "thinking", "signature"}),
        "redacted_thinking": frozenset({"type", "data"}),
    }
)
"""What each kind of block consists of; anything else in it is a need of its own."""

TOOL = frozenset({"type", "name", "description", "input_schema"})

ENCRYPTED = "litellm_encrypted_reasoning:"
"""How LiteLLM begins the signature of reasoning that it got encrypted and gives back so."""

KEEPS_ALL = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
"""Asks that nothing be left out, which is so everywhere."""


def anthropic_needs(body: Mapping[str, Any]) -> Iterator[Need]:
    """All needs of *body*, those of its fields first."""
    yield from fields(body, PLAIN, FIELDS)
    for index, message in mappings(body.get("messages")):
        place = f"messages.{index}"
        role = str(message.get("role"))
        yield from members("messages", message, frozenset({"role", "content"}), place)
        if role not in {"user", "assistant"}:
            yield field(f"role.{role}", f"{place}.role")
        yield from _content(role, message.get("content"), f"{place}.content")


def _content(where: str, content: object, place: str) -> Iterator[Need]:
    for index, each in mappings(content):
        yield from _block(where, each, f"{place}.{index}")


def _block(where: str, each: Mapping[str, Any], place: str) -> Iterator[Need]:
    kind = each.get("type")
    known = MEMBERS.get(kind) if isinstance(kind, str) else None
    if known is None:
        yield block(where, kind, place)
        return
    if kind in {"image", "document"}:
        source = each.get("source")
        form = source.get("type") if isinstance(source, Mapping) else None
        yield Need(f"{where}.{kind}.{form}", place, f"{kind} blocks with a {form} source")
    elif kind == "thinking":
        yield _thought(str(each.get("signature") or ""), place)
    else:
        yield block(where, kind, place)
    yield from members(str(kind), each, known, place)
    if kind == "tool_result":
        yield from _content("tool_result", each.get("content"), f"{place}.content")


def _thought(signature: str, place: str) -> Need:
    if not signature:
        return Need("thinking.unsigned", place, "thinking without a signature")
    if signature.startswith(ENCRYPTED):
        return Need("thinking.encrypted", place, "reasoning that OpenAI has encrypted")
    return Need("assistant.thinking", place, "thinking blocks in assistant content")


def _system(value: object) -> Iterator[Need]:
    yield field("system")
    yield from _content("system", value, "system")


def _tools(value: object) -> Iterator[Need]:
    for index, tool in mappings(value):
        place, kind = f"tools.{index}", tool.get("type")
        if kind not in {None, "custom"}:
            yield Need(f"tool.{kind}", place, f"tools of the type {str(kind)[:60]}")
            continue
        yield field("tools", place)
        yield from members("tool", tool, TOOL, place)


def _tool_choice(value: object) -> Iterator[Need]:
    if isinstance(value, Mapping):
        kind = value.get("type")
        yield Need(f"tool_choice.{kind}", "tool_choice", f"the tool choice {str(kind)[:60]}")
        yield from members("tool_choice", value, frozenset({"type", "name"}), "tool_choice")


def _thinking(value: object) -> Iterator[Need]:
    if isinstance(value, Mapping):
        kind = value.get("type")
        yield Need(f"thinking={kind}", "thinking", f"{str(kind)[:60]} thinking")
        yield from members("thinking", value, frozenset({"type", "budget_tokens"}), "thinking")


def _each(name: str) -> Callable[[object], Iterator[Need]]:
    def read(value: object) -> Iterator[Need]:
        if isinstance(value, Mapping):
            yield from members(name, value, frozenset(), name)

    return read


def _cache_control(_value: object) -> Iterator[Need]:
    yield Need("cache_control.all", "cache_control", "a cache mark for all")


def _context_management(value: object) -> Iterator[Need]:
    if value != KEEPS_ALL:
        yield field("context_management")


def _service_tier(value: object) -> Iterator[Need]:
    if value != "auto":
        yield field("service_tier")


FIELDS: Mapping[str, Callable[[object], Iterator[Need]]] = MappingProxyType(
    {
        "system": _system,
        "tools": _tools,
        "tool_choice": _tool_choice,
        "thinking": _thinking,
        "output_config": _each("output_config"),
        "metadata": _each("metadata"),
        "cache_control": _cache_control,
        "context_management": _context_management,
        "service_tier": _service_tier,
    }
)
