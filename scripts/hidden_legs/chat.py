"""What client and provider say in the example of `/v1/chat/completions`."""

from __future__ import annotations

from typing import Any

import msgspec

from headroom.formats.openai_chat import OpenAIChat
from headroom.marker import TOOL
from scripts.hidden_legs.job_log import (
    CALLING,
    COMMAND,
    NEXT_COMMAND,
    NEXT_PRINTED,
    PRINTED,
    QUESTION,
)
from scripts.hidden_legs.play import Example, chunks

CREATED = 1_796_083_200

SHELL = {
    "type": "function",
    "function": {
        "name": "shell",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    },
}


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


REQUEST: dict[str, Any] = {
    "model": "gpt-6.1-sol",
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [SHELL],
    "messages": [
        {"role": "user", "content": QUESTION},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [_call("call_1", "shell", msgspec.json.encode(COMMAND).decode())],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": PRINTED},
    ],
}


def _leg(leg_id: str, created: int, *deltas: dict[str, Any], usage: tuple[int, int]) -> bytes:
    head = {
        "id": leg_id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": "gpt-6.1-sol",
    }
    asked, written = usage
    told = {
        "prompt_tokens": asked,
        "completion_tokens": written,
        "total_tokens": asked + written,
    }
    said = [*((delta, None) for delta in deltas), ({}, "tool_calls")]
    return chunks(
        *(
            {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
            for delta, reason in said
        ),
        {**head, "choices": [], "usage": told},
    )


def _begins(call_id: str, name: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, **_call(call_id, name, "")}]}


def _goes_on(arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}


FIRST_LEG = _leg(
    "chatcmpl-1",
    CREATED,
    {"role": "assistant", "content": ""},
    {"content": "Let me see what came before job 48."},
    _begins("call_2", TOOL),
    _goes_on(CALLING),
    usage=(897, 52),
)

SECOND_LEG = _leg(
    "chatcmpl-2",
    CREATED + 2,
    {"role": "assistant", "content": ""},
    {"content": " Job 46 filled the disk."},
    _begins("call_3", "shell"),
    _goes_on(msgspec.json.encode(NEXT_COMMAND).decode()),
    usage=(1018, 37),
)


def next_request(request: dict[str, Any], turn: Any) -> dict[str, Any]:
    """What the client sends when its tool has run."""
    [said] = turn["messages"]
    told = {"role": "tool", "tool_call_id": "call_3", "content": NEXT_PRINTED}
    return {**request, "messages": [*request["messages"], {"role": "assistant", **said}, told]}


EXAMPLE = Example(
    format=OpenAIChat(),
    request=REQUEST,
    legs=(FIRST_LEG, SECOND_LEG),
    next_request=next_request,
)
