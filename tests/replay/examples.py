"""Small sessions of our own invention, in every dialect."""

from __future__ import annotations

import json
from typing import Any

from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session

LISTING = "\n".join(f"src/garden/plot_{number}/carrots.py" for number in range(8))
SOURCE = "\n".join(f"{number:>6}\tsow(bed={number}, seed='carrot-{number}')" for number in range(9))


def words(text: str) -> int:
    """A counter that everybody can check by hand: one token per character."""
    return len(text)


def anthropic_body() -> dict[str, Any]:
    """Three turns: a listing is asked for, a file of it read, and a line of that quoted."""
    return {
        "format": "anthropic",
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "system": "You tend a garden.",
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Where are the carrots?"},
            _calls("toolu_1", "look", {"command": "find src"}),
            _result("toolu_1", LISTING),
            _calls("toolu_2", "read", {"path": "src/garden/plot_3/carrots.py"}),
            _result("toolu_2", SOURCE),
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "It says:\nsow(bed=4, seed='carrot-4')"}],
            },
        ],
        "meta": {"next_assistant": None},
    }


def chat_body() -> dict[str, Any]:
    """One call and its answer."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look", "arguments": '{"command": "find src"}'},
    }
    return {
        "format": "openai",
        "model": "gpt-5.4",
        "messages": [
            {"role": "system", "content": "You tend a garden."},
            {"role": "user", "content": "Where are the carrots?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": LISTING},
            {"role": "assistant", "content": "In src/garden/plot_3/carrots.py."},
        ],
        "meta": {"next_assistant": None},
    }


def responses_body() -> dict[str, Any]:
    """The same as Responses items, with reasoning beside the call."""
    return {
        "format": "openai-responses",
        "model": "gpt-5.4",
        "instructions": "You tend a garden.",
        "input": [
            {"type": "message", "role": "user", "content": "Where are the carrots?"},
            {"type": "reasoning", "summary": [], "encrypted_content": "c2VjcmV0"},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "look",
                "arguments": '{"command": "find src"}',
            },
            {"type": "function_call_output", "call_id": "call_1", "output": LISTING},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "In src/garden/plot_3/carrots.py."}],
            },
        ],
    }


def gemini_body() -> dict[str, Any]:
    """The same as Gemini's contents, with a thought beside the call; the path names the model."""
    called = {"id": "call_1", "name": "look", "args": {"command": "find src"}}
    result = {"id": "call_1", "name": "look", "response": {"output": LISTING}}
    return {
        "format": "gemini",
        "systemInstruction": {"parts": [{"text": "You tend a garden."}]},
        "tools": [{"functionDeclarations": [{"name": "look", "parameters": {"type": "OBJECT"}}]}],
        "contents": [
            {"role": "user", "parts": [{"text": "Where are the carrots?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "hidden", "thought": True},
                    {"functionCall": called, "thoughtSignature": "c2VjcmV0"},
                ],
            },
            {"role": "user", "parts": [{"functionResponse": result}]},
            {"role": "model", "parts": [{"text": "In src/garden/plot_3/carrots.py."}]},
        ],
    }


def all_bodies() -> tuple[dict[str, Any], ...]:
    """One body of each dialect."""
    return anthropic_body(), chat_body(), responses_body(), gemini_body()


def anthropic_session() -> Session:
    """The session of `anthropic_body`."""
    return session_from_body("garden", anthropic_body())


def claude_code_lines() -> list[dict[str, Any]]:
    """A session file: two parallel calls over three lines, and what else stands between."""
    usage = {"input_tokens": 4, "cache_creation_input_tokens": 9_000, "cache_read_input_tokens": 0}
    return [
        {"type": "summary", "summary": "Carrots", "leafUuid": "x"},
        _line("u1", None, "user", {"role": "user", "content": "Where are the carrots?"}),
        _line("a1", "u1", "assistant", _part("m1", {"type": "text", "text": "Looking."}, usage)),
        _line("a2", "a1", "assistant", _part("m1", _use("toolu_1", "Glob", {"pattern": "**"}))),
        _line("r1", "a2", "user", _result("toolu_1", LISTING)),
        _line("a3", "a2", "assistant", _part("m1", _use("toolu_2", "Read", {"path": "a.py"}))),
        {"type": "file-history-snapshot", "messageId": "m1"},
        _line("r2", "a3", "user", _result("toolu_2", SOURCE)),
        _line("a4", "r2", "assistant", _part("m2", {"type": "text", "text": "There they are."})),
    ]


def codex_lines() -> list[dict[str, Any]]:
    """A session file of wrapped items."""
    items = responses_body()["input"]
    meta = {"id": "1", "base_instructions": {"text": "You tend a garden."}}
    tokens = {"last_token_usage": {"input_tokens": 7_000}}
    return [
        {"type": "session_meta", "payload": meta},
        {"type": "turn_context", "payload": {"model": "gpt-5.4", "cwd": "/garden"}},
        *({"type": "response_item", "payload": item} for item in items[:3]),
        {"type": "event_msg", "payload": {"type": "token_count", "info": tokens}},
        {"type": "response_item", "payload": {"type": "ghost_snapshot"}},
        *({"type": "response_item", "payload": item} for item in items[3:]),
    ]


def gemini_cli_lines() -> list[dict[str, Any]]:
    """A session file of the same, with the lines that are written anew as more is known."""
    asked, _, answered, said = gemini_body()["contents"]
    context = {"id": "c", "type": "user", "content": [{"text": "<session_context>"}]}
    key = "look__call_1"
    result = {**answered["parts"][0]["functionResponse"], "id": key}
    call = {
        "id": key,
        "name": "look",
        "args": {"command": "find src"},
        "result": [{"functionResponse": result}],
        "status": "success",
    }
    model = {
        "id": "m1",
        "type": "gemini",
        "content": "",
        "thoughts": [{"subject": "Plan", "description": "hidden"}],
        "tokens": {"input": 12_000, "output": 49, "cached": 0},
        "model": "gemini-3.1-pro-preview",
    }
    return [
        {"sessionId": "s", "projectHash": "p", "kind": "main"},
        {"$set": {"messages": [context]}},
        {"id": "u1", "type": "user", "content": asked["parts"]},
        {"$set": {"lastUpdated": "2026-11-27T11:56:56.874Z"}},
        model,
        {**model, "toolCalls": [call]},
        {"id": "u2", "type": "user", "content": [{"functionResponse": result}]},
        {"id": "m2", "type": "gemini", "content": said["parts"][0]["text"], "thoughts": []},
        {"id": "i", "type": "info", "content": "Model set to auto."},
    ]


def as_lines(lines: list[dict[str, Any]]) -> str:
    """What stands in the file."""
    return "".join(json.dumps(line) + "\n" for line in lines)


def _calls(key: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": [_use(key, name, arguments)]}


def _use(key: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": key, "name": name, "input": arguments}


def _result(key: str, text: str) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": key, "content": text}
    return {"role": "user", "content": [block]}


def _line(uuid: str, parent: str | None, kind: str, message: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "uuid": uuid, "parentUuid": parent, "message": message}


def _part(key: str, block: dict[str, Any], usage: dict[str, int] | None = None) -> dict[str, Any]:
    message = {"id": key, "role": "assistant", "model": "claude-sonnet-4-5", "content": [block]}
    return {**message, "usage": usage} if usage else message
