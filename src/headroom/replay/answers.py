"""The turn that was really taken, as the provider would have sent it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from headroom.replay.bill import Tokens
from headroom.replay.session import Dialect, encode

ROUTES: Mapping[Dialect, str] = {
    "anthropic": "/v1/messages",
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
}


def answer(dialect: Dialect, model: str, reply: tuple[Any, ...], tokens: Tokens) -> bytes:
    """The body of a reply that is not streamed, with *tokens* as its usage."""
    return encode(_ANSWERS[dialect](model, reply, tokens))


def _anthropic(model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
    blocks = [block for message in reply for block in _blocks(message)]
    called = any(isinstance(each, dict) and each.get("type") == "tool_use" for each in blocks)
    return {
        "id": "msg_replayed",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": "tool_use" if called else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 0,
            "cache_creation_input_tokens": tokens.written,
            "cache_read_input_tokens": tokens.read,
            "output_tokens": tokens.output,
        },
    }


def _chat(model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
    messages = [each for each in reply if isinstance(each, dict)]
    said = [each["content"] for each in messages if isinstance(each.get("content"), str)]
    calls = [call for each in messages for call in each.get("tool_calls") or ()]
    message: dict[str, Any] = {"role": "assistant", "content": "\n".join(said) or None}
    if calls:
        message["tool_calls"] = calls
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "tool_calls" if calls else "stop",
    }
    return {
        "id": "chatcmpl-replayed",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [choice],
        "usage": {
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.output,
            "total_tokens": tokens.prompt + tokens.output,
            "prompt_tokens_details": {"cached_tokens": tokens.read},
        },
    }


def _responses(model: str, reply: tuple[Any, ...], tokens: Tokens) -> Any:
    return {
        "id": "resp_replayed",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": model,
        "output": list(reply),
        "usage": {
            "input_tokens": tokens.prompt,
            "input_tokens_details": {"cached_tokens": tokens.read},
            "output_tokens": tokens.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens.prompt + tokens.output,
        },
    }


def _blocks(message: Any) -> list[Any]:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


_ANSWERS: Mapping[Dialect, Callable[[str, tuple[Any, ...], Tokens], Any]] = {
    "anthropic": _anthropic,
    "openai_chat": _chat,
    "openai_responses": _responses,
}
