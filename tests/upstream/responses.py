"""The dialect of `/v1/responses`: requests judged, scripts turned into items and streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tests.upstream.memory import Memory, PromptUsage, Segment, canonical
from tests.upstream.openai import CREATED, error_of, headers_of
from tests.upstream.script import Call, Failure, Part, Say, Script, pieces_of
from tests.upstream.validate import conversation_of, items_of, responses_problem
from tests.upstream.wire import Reply

Json = Mapping[str, Any]
Event = dict[str, Any]

_CUT = {"reason": "max_output_tokens"}


def response(
    body: Json, script: Script, memory: Memory, *, by_socket: bool = False
) -> Reply | Failure:
    """The reply of `/v1/responses`, streamed if so asked; kept unless `store` is false.

    On a WebSocket it is streamed always, kept for what follows there, and empty where the
    request says `generate: false`.
    """
    if body.get("generate") is False:
        script = Script(())
    problem = responses_problem(body, memory)
    if problem is not None:
        return problem
    items = items_of(body, memory)
    prompt = memory.bill_automatic(_segments(body, items))
    output = [_item(part, items, memory) for part in script.parts]
    if script.stop == "incomplete" and output and "status" in output[-1]:
        output[-1]["status"] = "incomplete"
    whole = _whole(body, output, _usage(prompt, output, memory), memory, script)
    memory.remember_reasoning(output, kept=body.get("store", True))
    if body.get("store", True) or by_socket:
        memory.responses[whole["id"]] = (*items, *output)
    if body.get("conversation"):
        memory.conversations[conversation_of(body)] = (*items, *output)
    headers = (*headers_of(memory), *script.headers)
    if body.get("stream") or by_socket:
        return script.stream(_stream(whole, script), headers)
    return script.whole(msgspec.json.encode(whole), headers)


def _segments(body: Json, items: list[Any]) -> list[Segment]:
    fixed = [*(body.get("tools") or ()), body.get("instructions") or ""]
    return [Segment(canonical(value)) for value in (*fixed, *items)]


def _item(part: Part, items: list[Any], memory: Memory) -> dict[str, Any]:
    if isinstance(part, Say):
        text = {"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}
        return {
            "id": memory.new_id("msg_"),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [text],
        }
    if isinstance(part, Call):
        return {
            "id": memory.new_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "arguments": msgspec.json.encode(part.arguments).decode(),
            "call_id": part.id or memory.new_id("call_"),
            "name": part.name,
        }
    return {
        "id": memory.new_id("rs_"),
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": part.text}],
        "encrypted_content": memory.sign(canonical(items), part.text),
    }


def _usage(prompt: PromptUsage, output: list[Any], memory: Memory) -> dict[str, Any]:
    written = memory.count(canonical(output))
    reasoning = sum(
        len(item["summary"][0]["text"]) // 4 for item in output if item["type"] == "reasoning"
    )
    return {
        "input_tokens": prompt.total,
        "input_tokens_details": {"cached_tokens": prompt.read, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": prompt.total + written,
    }


def _whole(
    body: Json, output: list[Any], usage: dict[str, Any], memory: Memory, script: Script
) -> dict[str, Any]:
    return {
        "id": memory.new_id("resp_"),
        "object": "response",
        "created_at": CREATED,
        "status": script.stop or "completed",
        "background": False,
        "error": None,
        "incomplete_details": _CUT if script.stop == "incomplete" else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": body["model"],
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "truncation": body.get("truncation", "disabled"),
        "usage": usage,
        "metadata": body.get("metadata") or {},
    }


def _stream(whole: dict[str, Any], script: Script) -> tuple[bytes, ...]:
    events = list(_events(whole, script))
    if script.error is not None:
        error = error_of(script.error)
        fields = {name: error[name] for name in ("code", "message", "param")}
        events = [*events[: script.cut_after], {"type": "error", **fields}]
    return tuple(_encoded(event, number) for number, event in enumerate(events))


def _encoded(event: Event, number: int) -> bytes:
    numbered = {"type": event["type"], "sequence_number": number, **event}
    return b"event: %s\ndata: %s\n\n" % (event["type"].encode(), msgspec.json.encode(numbered))


def _events(whole: dict[str, Any], script: Script) -> Iterator[Event]:
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        yield from _item_events(index, item, script.piece)
    yield {"type": f"response.{whole['status']}", "response": whole}


def _item_events(index: int, item: dict[str, Any], size: int) -> Iterator[Event]:
    kind = item["type"]
    empty: dict[str, Any] = _EMPTY[kind]
    opened = {**item, **empty}
    yield {"type": "response.output_item.added", "output_index": index, "item": opened}
    place = {"item_id": item["id"], "output_index": index}
    for event in _INNER[kind](item, size):
        yield {**event, "type": f"response.{event['type']}", **place}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _text_events(item: dict[str, Any], size: int) -> Iterator[Event]:
    part = item["content"][0]
    text = part["text"]
    yield {"type": "content_part.added", "content_index": 0, "part": {**part, "text": ""}}
    for piece in pieces_of(text, size):
        yield {
            "type": "output_text.delta",
            "content_index": 0,
            "delta": piece,
            "logprobs": [],
            "obfuscation": "x" * (16 - len(piece) % 16),
        }
    yield {"type": "output_text.done", "content_index": 0, "text": text, "logprobs": []}
    yield {"type": "content_part.done", "content_index": 0, "part": part}


def _call_events(item: dict[str, Any], size: int) -> Iterator[Event]:
    for piece in pieces_of(item["arguments"], size):
        yield {"type": "function_call_arguments.delta", "delta": piece}
    yield {
        "type": "function_call_arguments.done",
        "name": item["name"],
        "arguments": item["arguments"],
    }


def _reasoning_events(item: dict[str, Any], size: int) -> Iterator[Event]:
    part = item["summary"][0]
    yield {"type": "reasoning_summary_part.added", "summary_index": 0, "part": {**part, "text": ""}}
    for piece in pieces_of(part["text"], size):
        yield {"type": "reasoning_summary_text.delta", "summary_index": 0, "delta": piece}
    yield {"type": "reasoning_summary_text.done", "summary_index": 0, "text": part["text"]}
    yield {"type": "reasoning_summary_part.done", "summary_index": 0, "part": part}


_EMPTY: Mapping[str, dict[str, Any]] = {
    "message": {"status": "in_progress", "content": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "reasoning": {"summary": []},
}

_INNER: Mapping[str, Callable[[dict[str, Any], int], Iterator[Event]]] = {
    "message": _text_events,
    "function_call": _call_events,
    "reasoning": _reasoning_events,
}
