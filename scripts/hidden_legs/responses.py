"""What client and provider say in the examples of `/v1/responses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from headroom.formats.openai_responses import OpenAIResponses
from headroom.marker import TOOL
from scripts.hidden_legs.job_log import (
    CALLING,
    COMMAND,
    NEXT_COMMAND,
    NEXT_PRINTED,
    PRINTED,
    QUESTION,
)
from scripts.hidden_legs.play import Example, named_events

CREATED = 1_796_083_200

SHELL = {
    "type": "function",
    "name": "shell",
    "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    "strict": False,
}


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


REQUEST: dict[str, Any] = {
    "model": "gpt-6.1-sol",
    "stream": True,
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "tools": [SHELL],
    "input": [
        {"type": "message", "role": "user", "content": QUESTION},
        _call("call_1", "shell", msgspec.json.encode(COMMAND).decode()),
        {"type": "function_call_output", "call_id": "call_1", "output": PRINTED},
    ],
}


def _reasoning(item_id: str, sealed: str) -> dict[str, Any]:
    return {"id": item_id, "type": "reasoning", "summary": [], "encrypted_content": sealed}


def _made(item_id: str, call: dict[str, Any]) -> dict[str, Any]:
    return {"id": item_id, "status": "completed", **call}


def _response(
    leg_id: str,
    created: int,
    *,
    output: Sequence[Any] = (),
    usage: tuple[int, int] | None = None,
    previous: str | None = None,
) -> dict[str, Any]:
    tools = [{"type": "function", "name": name} for name in ("shell", TOOL)]
    told = None
    if usage is not None:
        asked, written = usage
        told = {"input_tokens": asked, "output_tokens": written, "total_tokens": asked + written}
    return {
        "id": leg_id,
        "object": "response",
        "created_at": created,
        "status": "completed" if usage else "in_progress",
        "model": "gpt-6.1-sol",
        "previous_response_id": previous,
        "tools": tools,
        "output": output,
        "usage": told,
    }


def _leg(
    leg_id: str,
    created: int,
    reasoning: dict[str, Any],
    call: dict[str, Any],
    *,
    usage: tuple[int, int],
    previous: str | None = None,
) -> bytes:
    begun = {**call, "status": "in_progress", "arguments": ""}
    of_call = {"item_id": call["id"], "output_index": 1}
    done = _response(leg_id, created, output=[reasoning, call], usage=usage, previous=previous)
    events: tuple[dict[str, Any], ...] = (
        {"type": "response.created", "response": _response(leg_id, created, previous=previous)},
        {"type": "response.output_item.added", "output_index": 0, "item": reasoning},
        {"type": "response.output_item.done", "output_index": 0, "item": reasoning},
        {"type": "response.output_item.added", "output_index": 1, "item": begun},
        {
            "type": "response.function_call_arguments.done",
            **of_call,
            "name": call["name"],
            "arguments": call["arguments"],
        },
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": done},
    )
    return named_events(
        *(
            {"type": event["type"], "sequence_number": number, **event}
            for number, event in enumerate(events)
        )
    )


def _asking(leg_id: str, number: int, *, previous: str | None = None) -> bytes:
    """A leg that calls our tool."""
    return _leg(
        leg_id,
        CREATED + number,
        _reasoning(f"rs_{number}", f"sealed-{number}"),
        _made(f"fc_{number}", _call(f"call_{number + 1}", TOOL, CALLING)),
        usage=(905, 44),
        previous=previous,
    )


SECOND_LEG = _leg(
    "resp_2",
    CREATED + 2,
    _reasoning("rs_2", "sealed-2"),
    _made("fc_2", _call("call_3", "shell", msgspec.json.encode(NEXT_COMMAND).decode())),
    usage=(1031, 29),
)

RESULT = {"type": "function_call_output", "call_id": "call_3", "output": NEXT_PRINTED}


def next_request(request: dict[str, Any], turn: Any) -> dict[str, Any]:
    """What the client sends when its tool has run."""
    return {**request, "input": [*request["input"], *turn["input"], RESULT]}


def next_request_by_id(request: dict[str, Any], _turn: Any) -> dict[str, Any]:
    """The same where the provider keeps what was said."""
    return {**request, "previous_response_id": "resp_1", "input": [RESULT]}


EXAMPLE = Example(
    format=OpenAIResponses(),
    request=REQUEST,
    legs=(_asking("resp_1", 1), SECOND_LEG),
    next_request=next_request,
)

_KEPT = {n: value for n, value in REQUEST.items() if n not in ("store", "include")}

KEPT = Example(
    format=OpenAIResponses(),
    request=_KEPT,
    legs=EXAMPLE.legs,
    next_request=next_request_by_id,
)
"""The same turn where the provider keeps what was said."""

ASKS_AGAIN = _asking("resp_3", 3, previous="resp_2")
"""What the provider says to the request after it."""
