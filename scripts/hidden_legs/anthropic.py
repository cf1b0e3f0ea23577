"""What client and provider say in the examples of `/v1/messages`."""

from __future__ import annotations

from typing import Any

import msgspec

from headroom.formats.anthropic import Anthropic
from headroom.marker import TOOL
from scripts.hidden_legs.job_log import (
    ARGUMENTS,
    CALLING,
    COMMAND,
    NEXT_COMMAND,
    NEXT_PRINTED,
    PRINTED,
    QUESTION,
)
from scripts.hidden_legs.play import Example, encode, named_events

SHELL = {
    "name": "shell",
    "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}},
}

REQUEST: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 8000,
    "stream": True,
    "thinking": {"type": "adaptive"},
    "tools": [SHELL],
    "messages": [
        {"role": "user", "content": QUESTION},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "shell", "input": COMMAND}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": PRINTED}],
        },
    ],
}


def _begin(message_id: str, tokens: int) -> dict[str, Any]:
    usage = {
        "input_tokens": tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 1,
    }
    message: dict[str, Any] = {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return {"type": "message_start", "message": message}


def _thinking(index: int, text: str, signature: str) -> tuple[dict[str, Any], ...]:
    empty = {"type": "thinking", "thinking": "", "signature": ""}
    return _block(
        index,
        empty,
        {"type": "thinking_delta", "thinking": text},
        {"type": "signature_delta", "signature": signature},
    )


def _call(index: int, call_id: str, name: str, arguments: str) -> tuple[dict[str, Any], ...]:
    empty = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
    return _block(index, empty, {"type": "input_json_delta", "partial_json": arguments})


def _block(index: int, empty: Any, *deltas: Any) -> tuple[dict[str, Any], ...]:
    return (
        {"type": "content_block_start", "index": index, "content_block": empty},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    )


def _end(written: int) -> tuple[dict[str, Any], ...]:
    delta = {"stop_reason": "tool_use", "stop_sequence": None}
    usage = {"output_tokens": written}
    return {"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}


FIRST_LEG = named_events(
    _begin("msg_1", 912),
    *_thinking(0, "What came before job 48?", "c2lnMQ"),
    *_call(1, "toolu_2", TOOL, CALLING),
    *_end(61),
)

SECOND_LEG = named_events(
    _begin("msg_2", 1049),
    *_thinking(0, "Job 46 filled the disk.", "c2lnMg"),
    *_call(1, "toolu_3", "shell", msgspec.json.encode(NEXT_COMMAND).decode()),
    *_end(48),
)


def next_request(request: dict[str, Any], turn: Any) -> dict[str, Any]:
    """What the client sends when its tool has run."""
    result = {"type": "tool_result", "tool_use_id": "toolu_3", "content": NEXT_PRINTED}
    told = {"role": "user", "content": [result]}
    return {**request, "messages": [*request["messages"], *turn["messages"], told]}


EXAMPLE = Example(
    format=Anthropic(),
    request=REQUEST,
    legs=(FIRST_LEG, SECOND_LEG),
    next_request=next_request,
)

WHOLE_REPLY: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5-5",
    "content": [
        {"type": "text", "text": "Let me look before job 48, and at the disk."},
        {"type": "tool_use", "id": "toolu_2", "name": TOOL, "input": ARGUMENTS},
        {"type": "tool_use", "id": "toolu_3", "name": "shell", "input": NEXT_COMMAND},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 912, "output_tokens": 97},
}

BESIDE = Example(
    format=Anthropic(),
    request={name: value for name, value in REQUEST.items() if name != "stream"},
    legs=(encode(WHOLE_REPLY),),
    next_request=next_request,
)
"""A reply, not streamed, that calls our tool and one of the client's."""
