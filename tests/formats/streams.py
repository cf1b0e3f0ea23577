"""Small replies of each provider, streamed and whole, written down from PROVIDERS 6 and 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from headroom.formats.base import Format, ReplyEvent


def named(*events: dict[str, Any]) -> bytes:
    """A stream whose events are named by their type."""
    return b"".join(
        b"event: %s\ndata: %s\n\n" % (event["type"].encode(), msgspec.json.encode(event))
        for event in events
    )


def plain(*chunks: dict[str, Any]) -> bytes:
    """A stream of unnamed events that ends as Chat Completions do."""
    return b"".join(b"data: %s\n\n" % msgspec.json.encode(c) for c in chunks) + b"data: [DONE]\n\n"


def watch(dialect: Format, *chunks: bytes, streaming: bool = True) -> list[ReplyEvent]:
    """What a reader of this dialect says to these chunks and to the end."""
    reader = dialect.reply_reader(streaming=streaming)
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return [*events, *reader.close()]


def whole(dialect: Format, reply: Any) -> list[ReplyEvent]:
    """What a reader says to a reply that is not streamed."""
    return watch(dialect, msgspec.json.encode(reply), streaming=False)


ANTHROPIC_USAGE: dict[str, Any] = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 1500,
    "cache_read_input_tokens": 48000,
    "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500},
    "output_tokens": 1,
}


def anthropic_block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> Sequence[Any]:
    """The events of one content block."""
    return (
        {"type": "content_block_start", "index": index, "content_block": block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    )


ANTHROPIC = named(
    {"type": "message_start", "message": {"id": "msg_1", "usage": ANTHROPIC_USAGE}},
    {"type": "ping"},
    *anthropic_block(
        0,
        {"type": "thinking", "thinking": ""},
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "c2ln"},
    ),
    *anthropic_block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Löok: "}),
    *anthropic_block(
        2,
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"command": '},
        {"type": "input_json_delta", "partial_json": '"ls"}'},
    ),
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 301},
    },
    {"type": "message_stop"},
)

CHAT_USAGE: dict[str, Any] = {
    "prompt_tokens": 2000,
    "completion_tokens": 30,
    "total_tokens": 2030,
    "prompt_tokens_details": {"cached_tokens": 1500, "cache_write_tokens": 400},
}


def chat_chunk(delta: dict[str, Any], reason: str | None = None, choice: int = 0) -> dict[str, Any]:
    """One chunk of a chat stream."""
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": choice, "delta": delta, "finish_reason": reason}],
        "usage": None,
    }


CHAT = plain(
    chat_chunk({"role": "assistant", "content": ""}),
    chat_chunk({"content": "Löok: "}),
    chat_chunk(
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "bash", "arguments": ""}}]}
    ),
    chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"a": '}}]}),
    chat_chunk(
        {"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "cat", "arguments": "{}"}}]}
    ),
    chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
    chat_chunk({}, "tool_calls"),
    {"object": "chat.completion.chunk", "choices": [], "usage": CHAT_USAGE},
)

RESPONSES_USAGE: dict[str, Any] = {
    "input_tokens": 2000,
    "input_tokens_details": {
        "cached_tokens": 1500,
        "cache_write_tokens": 400,
        "cache_write_tokens_details": {"ttl_30m_tokens": 300, "ttl_12h_tokens": 100},
    },
    "output_tokens": 30,
}

RESPONSES_CALL: dict[str, Any] = {
    "type": "function_call",
    "call_id": "call_1",
    "name": "shell",
    "arguments": '{"a": 1}',
}

RESPONSES = named(
    {"type": "response.created", "sequence_number": 0, "response": {"status": "in_progress"}},
    {"type": "response.reasoning_summary_text.delta", "sequence_number": 1, "delta": "Hm."},
    {"type": "response.output_text.delta", "sequence_number": 2, "delta": "Löok: "},
    {"type": "response.function_call_arguments.delta", "sequence_number": 3, "delta": '{"a": 1}'},
    {"type": "response.output_item.done", "sequence_number": 4, "item": RESPONSES_CALL},
    {
        "type": "response.completed",
        "sequence_number": 5,
        "response": {"status": "completed", "output": [RESPONSES_CALL], "usage": RESPONSES_USAGE},
    },
)

GEMINI_USAGE: dict[str, Any] = {
    "promptTokenCount": 2000,
    "cachedContentTokenCount": 1500,
    "candidatesTokenCount": 20,
    "thoughtsTokenCount": 10,
    "totalTokenCount": 2030,
}
GEMINI_CALL: dict[str, Any] = {
    "functionCall": {"name": "run_shell_command", "args": {"command": "ls"}, "id": "g1"},
    "thoughtSignature": "c2ln",
}


def gemini_chunk(*parts: dict[str, Any], reason: str = "", **more: Any) -> dict[str, Any]:
    """One object of a reply of Gemini's."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {"candidates": [candidate], "modelVersion": "gemini-3-pro", "responseId": "r1", **more}


def gemini_stream(*chunks: dict[str, Any]) -> bytes:
    """A stream as Gemini writes it."""
    return b"".join(b"data: %s\r\n\r\n" % msgspec.json.encode(each) for each in chunks)


GEMINI = gemini_stream(
    gemini_chunk({"text": "Hm.", "thought": True}, usageMetadata={"promptTokenCount": 2000}),
    gemini_chunk({"text": "Löok: "}),
    gemini_chunk(GEMINI_CALL, reason="STOP", usageMetadata=GEMINI_USAGE),
)

WHOLE: dict[str, Any] = {
    "anthropic": {
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "text", "text": "Look: "},
            {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 12, "cache_creation_input_tokens": 8, "output_tokens": 3},
    },
    "openai_chat": {
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Look: ",
                    "tool_calls": [
                        {"id": "c1", "function": {"name": "bash", "arguments": '{"a": 1}'}},
                        {"id": "c2", "custom": {"name": "patch", "input": "***"}},
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": CHAT_USAGE,
    },
    "openai_responses": {
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "message", "content": [{"type": "output_text", "text": "Look: "}]},
            RESPONSES_CALL,
        ],
        "usage": RESPONSES_USAGE,
    },
    "gemini": gemini_chunk(
        {"text": "Look: "}, GEMINI_CALL, reason="STOP", usageMetadata=GEMINI_USAGE
    ),
}
"""A reply of each dialect that is not streamed."""
