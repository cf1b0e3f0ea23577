"""A request body is a session too: every assistant turn in its history was once a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from headroom.replay.session import (
    HISTORY_MEMBER,
    Dialect,
    Session,
    SessionError,
    Thread,
    thread_of,
)

_NAMED_FORMATS: tuple[tuple[str, Dialect], ...] = (
    ("anthropic", "anthropic"),
    ("openai", "openai_chat"),
    ("openai_chat", "openai_chat"),
    ("openai-responses", "openai_responses"),
    ("openai_responses", "openai_responses"),
)


def session_from_body(name: str, body: dict[str, Any]) -> Session:
    """The session that led to this request.

    `format` says the dialect where it stands; else the shape tells it.  `format` and `meta`
    are not part of the request; `meta.next_assistant`, where it is recorded, is the answer to
    the request itself and so one more turn.
    """
    dialect = _dialect(body)
    member = HISTORY_MEMBER[dialect]
    history = body.get(member)
    if not isinstance(history, list):
        raise SessionError(f"{name}: {member!r} is not a list of messages")
    meta = body.get("meta")
    final = _recorded_answer(dialect, meta if isinstance(meta, dict) else {})
    thread = _with_answer(tuple(history), final)
    head = {key: value for key, value in body.items() if key not in ("format", "meta")}
    head[member] = None
    model = body.get("model")
    return Session(
        name=name,
        dialect=dialect,
        model=model if isinstance(model, str) else "",
        head=head,
        threads=(thread,),
    )


def _dialect(body: dict[str, Any]) -> Dialect:
    named = dict(_NAMED_FORMATS).get(str(body.get("format")))
    if named is not None:
        return named
    if "input" in body:
        return "openai_responses"
    return "anthropic" if _looks_anthropic(body) else "openai_chat"


def _looks_anthropic(body: dict[str, Any]) -> bool:
    if "system" in body or "anthropic_version" in body:
        return True
    tools = body.get("tools")
    if isinstance(tools, list) and tools:
        return isinstance(tools[0], dict) and "function" not in tools[0]
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict):
            continue
        if message.get("role") in ("system", "developer", "tool") or "tool_calls" in message:
            return False
        content = message.get("content")
        if isinstance(content, list) and any(_is_anthropic_block(block) for block in content):
            return True
    return str(body.get("model", "")).startswith("claude")


def _is_anthropic_block(block: Any) -> bool:
    kinds = ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use")
    return isinstance(block, dict) and block.get("type") in kinds


def _with_answer(history: tuple[Any, ...], answer: tuple[Any, ...]) -> Thread:
    thread = thread_of(history)
    if not answer or not history:
        return thread
    end = len(history)
    return Thread((*history, *answer), (*thread.turns, (end, end + len(answer))))


def _recorded_answer(dialect: Dialect, meta: dict[str, Any]) -> tuple[Any, ...]:
    recorded = meta.get("next_assistant")
    if not isinstance(recorded, dict):
        return ()
    text = recorded.get("text")
    calls = [call for call in recorded.get("tool_calls") or () if isinstance(call, dict)]
    said = text if isinstance(text, str) else ""
    return _ANSWERS[dialect](said, [_call(number, call) for number, call in enumerate(calls)])


def _call(number: int, call: dict[str, Any]) -> tuple[str, str, Any]:
    return f"call_of_the_last_turn_{number}", str(call.get("name", "")), call.get("input", {})


def _anthropic_answer(text: str, calls: list[tuple[str, str, Any]]) -> tuple[Any, ...]:
    blocks: list[Any] = [{"type": "text", "text": text}] if text else []
    blocks += [
        {"type": "tool_use", "id": key, "name": name, "input": arguments}
        for key, name, arguments in calls
    ]
    return ({"role": "assistant", "content": blocks},) if blocks else ()


def _chat_answer(text: str, calls: list[tuple[str, str, Any]]) -> tuple[Any, ...]:
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {
                "id": key,
                "type": "function",
                "function": {"name": name, "arguments": _as_text(arguments)},
            }
            for key, name, arguments in calls
        ]
    return (message,) if text or calls else ()


def _responses_answer(text: str, calls: list[tuple[str, str, Any]]) -> tuple[Any, ...]:
    items: list[Any] = []
    if text:
        part = {"type": "output_text", "text": text}
        items.append({"type": "message", "role": "assistant", "content": [part]})
    items += [
        {"type": "function_call", "call_id": key, "name": name, "arguments": _as_text(arguments)}
        for key, name, arguments in calls
    ]
    return tuple(items)


def _as_text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


_ANSWERS: Mapping[Dialect, Callable[[str, list[tuple[str, str, Any]]], tuple[Any, ...]]] = {
    "anthropic": _anthropic_answer,
    "openai_chat": _chat_answer,
    "openai_responses": _responses_answer,
}
