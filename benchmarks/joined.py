"""Long sessions: recordings of one agent, one after another, as tasks of the same conversation."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headroom.formats.gemini_shapes import inner
from headroom.replay.dialects import AnthropicDialect, Dialect, GeminiDialect
from headroom.replay.session import Session, Thread, thread_of
from tests.upstream.validate import blocks_of

_NAMED = ("tool_use_id", "tool_call_id", "call_id")
_CALLS = ("tool_use", "function_call", "custom_tool_call", "local_shell_call")
_WITH_ID = ("functionCall", "function_call", "functionResponse", "function_response")
"""Members of Gemini's parts."""


def joined(name: str, sessions: Sequence[Session]) -> Session:
    """One session of all of these, which are of one dialect; head and system are the first's."""
    items: list[Any] = []
    for number, session in enumerate(sessions):
        told = [_renamed(item, f"s{number}_") for item in _whole(session.threads[-1])]
        if number:
            told = [item for item in told if not _is_system(item)]
        items = _followed(items, told, session.dialect)
    thread = thread_of(tuple(items), sessions[0].dialect)
    return dataclasses.replace(sessions[0], name=name, threads=(thread,))


def _whole(thread: Thread) -> Sequence[Any]:
    """The items without a last turn whose calls nobody answered."""
    if not thread.turns:
        return thread.items
    start, _ = thread.turns[-1]
    called = {call for item in thread.items[start:] for call in _calls(item)}
    answered = {name for item in thread.items[start:] for name in _answers(item)}
    return thread.items if called <= answered else thread.items[:start]


def _followed(items: Sequence[Any], more: Sequence[Any], dialect: Dialect) -> list[Any]:
    """Both; what a user says twice in a row is one message, where the dialect wants it so."""
    merging = dialect in (AnthropicDialect(), GeminiDialect())
    if not (merging and items and more and items[-1]["role"] == more[0]["role"]):
        return [*items, *more]
    both = [part for item in (items[-1], more[0]) for _, part in dialect.parts(item)]
    return [*items[:-1], {**items[-1], dialect.content: both}, *more[1:]]


def _is_system(item: Any) -> bool:
    return item.get("role") in ("system", "developer")


def _calls(item: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the calls in a message or item."""
    if item.get("type") in _CALLS:
        yield item["call_id"]
    for call in item.get("tool_calls") or ():
        yield call["id"]
    for block in blocks_of(item.get("content")):
        if block.get("type") == "tool_use":
            yield block["id"]
    yield from _ids(item, "functionCall")


def _answers(item: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the calls that a message or item answers."""
    if str(item.get("type", "")).endswith("_output"):
        yield item["call_id"]
    if "tool_call_id" in item:
        yield item["tool_call_id"]
    for block in blocks_of(item.get("content")):
        if block.get("type") == "tool_result":
            yield block["tool_use_id"]
    yield from _ids(item, "functionResponse")


def _ids(item: Mapping[str, Any], name: str) -> Iterator[str]:
    """By what the calls, or the results, in Gemini's parts are known."""
    for part in blocks_of(item.get("parts")):
        named = inner(part, name)
        if named:
            yield named.get("id", named["name"])


def _renamed(value: Any, prefix: str, *, has_id: bool = False) -> Any:
    """A message or item whose calls, and what answers them, bear names of their own."""
    if isinstance(value, list):
        return [_renamed(each, prefix) for each in value]
    if not isinstance(value, dict):
        return value
    has_id = has_id or value.get("type") in (*_CALLS, "function")
    changed = {}
    for name, each in value.items():
        if isinstance(each, str) and (name in _NAMED or (name == "id" and has_id)):
            changed[name] = prefix + each
        elif name in ("content", "tool_calls", "parts", *_WITH_ID):
            changed[name] = _renamed(each, prefix, has_id=name in _WITH_ID)
        else:
            changed[name] = each
    return changed
