"""The dialect of `/v1/messages`: requests judged, scripts turned into replies and streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.upstream.memory import Memory, PromptUsage, Segment, canonical
from tests.upstream.script import Call, Failure, Part, Say, Script, Think, pieces_of
from tests.upstream.validate import (
    anthropic_problem,
    binding_problem,
    blocks_of,
    broken_bindings,
    invalid,
    marks_of,
    prefix_before,
)
from tests.upstream.wire import Reply, json_reply

Json = Mapping[str, Any]

ORGANIZATION = "00000000-0000-4000-8000-000000000001"

# Anthropic: error types by status (PROVIDERS 6.6, 2026-11).
_ERRORS = {
    400: ("invalid_request_error", "Invalid request"),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "Your API key does not have permission to use this resource."),
    404: ("not_found_error", "Not Found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your account's rate limit."),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}


MODELS: Json = {
    "data": [
        {
            "type": "model",
            "id": name,
            "display_name": title,
            "created_at": "2026-06-01T00:00:00Z",
        }
        for name, title in (
            ("claude-opus-5-5", "Claude Opus 5.5"),
            ("claude-haiku-5-5", "Claude Haiku 5.5"),
        )
    ],
    "has_more": False,
    "first_id": "claude-opus-5-5",
    "last_id": "claude-haiku-5-5",
}
"""The reply of `/v1/models`."""


def failure(error: Failure, memory: Memory) -> Reply:
    """An error reply."""
    request_id = memory.new_id("req_")
    body = {"type": "error", "error": _error(error), "request_id": request_id}
    retry = (("retry-after", error.retry_after),) if error.retry_after else ()
    return json_reply(body, error.status, (*_headers(request_id), *retry, *error.headers))


def count_tokens(body: Json, memory: Memory) -> Reply | Failure:
    """The reply of `/v1/messages/count_tokens`; nothing is cached by it."""
    problem = anthropic_problem(body, memory, counting=True)
    if problem is not None:
        return problem
    tokens = sum(memory.count(segment.content) for segment in segments_of(body))
    return json_reply({"input_tokens": tokens}, 200, _headers(memory.new_id("req_")))


def message(body: Json, script: Script, memory: Memory, *, bound: bool) -> Reply | Failure:
    """The reply of `/v1/messages`; with *bound* thinking is checked against its prefix."""
    whole = _with_thread(body, memory)
    if isinstance(whole, Failure):
        return whole
    problem = anthropic_problem(whole, memory)
    if problem is not None:
        return problem
    broken = broken_bindings(whole, memory) if bound else []
    if broken and not _drops(whole):
        return binding_problem(broken[0])
    return _reply(whole, script, memory, broken)


def _with_thread(body: Json, memory: Memory) -> Json | Failure:
    """The body with all that the thread holds which it goes on with (PROVIDERS 6.7)."""
    thread = body.get("thread") or {}
    if thread.get("type") != "continue":
        return body
    if any(name in body for name in ("tools", "system", "cache_control")):
        return invalid("thread: a continued thread takes neither tools nor system")
    before = memory.threads.get(thread.get("previous_message_id", ""))
    if before is None:
        return Failure(404, "thread: the previous message was not found")
    return {**before, **body, "messages": [*before["messages"], *body["messages"]]}


def _drops(body: Json) -> bool:
    binding = (body.get("thinking") or {}).get("block_binding") or {}
    return bool(binding.get("prefix_mismatch_behavior") == "drop_block")


def segments_of(body: Json) -> list[Segment]:
    """The prompt in the order in which it is cached: tools, system, each content block."""
    marks = {where: ttl for where, _, ttl in marks_of(body)}
    segments = [
        Segment(canonical(tool), marks.get(f"tools.{index}", ""))
        for index, tool in enumerate(body.get("tools", ()))
    ]
    segments += [
        Segment(canonical(block), marks.get(f"system.{index}", ""))
        for index, block in enumerate(blocks_of(body.get("system", [])))
    ]
    for index, said in enumerate(body["messages"]):
        for position, block in enumerate(blocks_of(said["content"])):
            where = f"messages.{index}.content.{position}"
            # A mark on a part of a tool result marks the block that holds it.
            ttls = [ttl for place, ttl in marks.items() if f"{place}.".startswith(f"{where}.")]
            segments.append(Segment(canonical([said["role"], block]), ttls[-1] if ttls else ""))
    if "cache_control" in marks and segments:
        segments[-1] = Segment(segments[-1].content, marks["cache_control"])
    return segments


def _reply(body: Json, script: Script, memory: Memory, dropped: list[str]) -> Reply:
    request_id = memory.new_id("req_")
    content = _content(body, script, memory)
    prompt = memory.bill_marked(segments_of(body))
    written = memory.count(canonical(content))
    whole = {
        "id": memory.new_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": script.stop or ("tool_use" if script.calls else "end_turn"),
        "stop_sequence": None,
        "usage": _usage(prompt, written, script),
    }
    if dropped:
        whole["input_transformations"] = [
            {"type": "thinking_dropped", "path": path, "reason": "prefix_binding_mismatch"}
            for path in dropped
        ]
    if body.get("thread"):
        said = {"role": "assistant", "content": content}
        memory.threads[str(whole["id"])] = {**body, "messages": [*body["messages"], said]}
    headers = (*_headers(request_id), *script.headers)
    if body.get("stream"):
        return _streamed(whole, script, headers)
    return script.whole(msgspec.json.encode(whole), headers)


def _content(body: Json, script: Script, memory: Memory) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for part in script.parts:
        content.append(_block(part, body, content, memory))
    thinking = tuple(block for block in content if block["type"] == "thinking")
    for block in content:
        if block["type"] == "tool_use":
            memory.thinking_of_call[block["id"]] = thinking
    return content


def _block(part: Part, body: Json, before: list[dict[str, Any]], memory: Memory) -> dict[str, Any]:
    if isinstance(part, Say):
        return {"type": "text", "text": part.text}
    if isinstance(part, Call):
        identity = part.id or memory.new_id("toolu_")
        return {
            "type": "tool_use",
            "id": identity,
            "name": part.name,
            "input": dict(part.arguments),
        }
    prefix = prefix_before(body, body["messages"], before)
    signature = memory.sign(prefix, part.text)
    return {"type": "thinking", "thinking": part.text, "signature": signature}


def _usage(prompt: PromptUsage, written: int, script: Script) -> dict[str, Any]:
    thinking = sum(len(part.text) // 4 for part in script.parts if isinstance(part, Think))
    return {
        "input_tokens": prompt.plain,
        "cache_creation_input_tokens": prompt.write_5m + prompt.write_1h,
        "cache_read_input_tokens": prompt.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": prompt.write_5m,
            "ephemeral_1h_input_tokens": prompt.write_1h,
        },
        "output_tokens": written,
        "output_tokens_details": {"thinking_tokens": thinking},
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "speed": "standard",
        "inference_geo": "global",
    }


# Streams


def _streamed(whole: dict[str, Any], script: Script, headers: tuple[tuple[str, str], ...]) -> Reply:
    events = list(_events(whole, script))
    if script.error is not None:
        error = {"type": "error", "error": _error(script.error)}
        events = [*events[: script.cut_after], _event(error)]
    return script.stream(tuple(events), headers)


def _events(whole: dict[str, Any], script: Script) -> list[bytes]:
    usage = whole["usage"]
    start = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events = [_event({"type": "message_start", "message": start})]
    for index, block in enumerate(whole["content"]):
        events += _block_events(index, block, script.piece)
        if index == 0:
            # Pings come at any time, and with a space that the other events do not have.
            events.insert(2, b'event: ping\ndata: {"type": "ping"}\n\n')
    ended: dict[str, Any] = {
        "type": "message_delta",
        "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
        "usage": {
            name: usage[name]
            for name in (
                "input_tokens",
                "cache_creation_input_tokens",
                "cache_read_input_tokens",
                "output_tokens",
            )
        },
    }
    return [*events, _event(ended), _event({"type": "message_stop"})]


def _block_events(index: int, block: dict[str, Any], size: int) -> list[bytes]:
    events = [_start(index, _empty(block))]
    events += [_delta(index, delta) for delta in _deltas(block, size)]
    return [*events, _event({"type": "content_block_stop", "index": index})]


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "text":
        return {"type": "text", "text": ""}
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {**block, "input": {}}


def _deltas(block: dict[str, Any], size: int) -> list[dict[str, str]]:
    if block["type"] == "text":
        return [{"type": "text_delta", "text": p} for p in pieces_of(block["text"], size)]
    if block["type"] == "thinking":
        thoughts = [
            {"type": "thinking_delta", "thinking": p} for p in pieces_of(block["thinking"], size)
        ]
        return [*thoughts, {"type": "signature_delta", "signature": block["signature"]}]
    arguments = msgspec.json.encode(block["input"]).decode() if block["input"] else ""
    pieces = ("", *(pieces_of(arguments, size) if arguments else ()))
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _start(index: int, block: dict[str, Any]) -> bytes:
    return _event({"type": "content_block_start", "index": index, "content_block": block})


def _delta(index: int, delta: dict[str, str]) -> bytes:
    return _event({"type": "content_block_delta", "index": index, "delta": delta})


def _event(value: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (value["type"].encode(), msgspec.json.encode(value))


# Errors and headers


def _error(error: Failure) -> dict[str, Any]:
    kind, text = _ERRORS.get(error.status, ("api_error", "Internal server error"))
    body: dict[str, Any] = {"type": error.kind or kind, "message": error.message or text}
    if error.code:
        body["details"] = {"error_code": error.code}
    return body


def _headers(request_id: str) -> tuple[tuple[str, str], ...]:
    limits = [
        (f"anthropic-ratelimit-{what}-{field}", value)
        for what, most in (
            ("requests", "4000"),
            ("tokens", "2400000"),
            ("input-tokens", "2000000"),
            ("output-tokens", "400000"),
        )
        for field, value in (
            ("limit", most),
            ("remaining", most),
            ("reset", "2026-11-21T00:00:00Z"),
        )
    ]
    return (
        ("request-id", request_id),
        ("anthropic-organization-id", ORGANIZATION),
        *limits,
    )
