"""Gemini's dialect: `generateContent` and its stream, as far as its command line needs them.

Shapes: PROVIDERS.md 8 (ai.google.dev/api/generate-content, 2026-11).
"""

from __future__ import annotations

from typing import Any

import msgspec

from tests.upstream.memory import Memory
from tests.upstream.script import Call, Failure, Say, Script
from tests.upstream.wire import Reply, json_reply

PREFIX = "/v1beta/models/"
STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}


def content(target: str, body: dict[str, Any], script: Script, memory: Memory) -> Reply:
    """The reply to a request for content."""
    parts = [_part(part, memory) for part in script.parts]
    prompt = memory.count(msgspec.json.encode(body))
    said = memory.count(msgspec.json.encode(parts))
    whole = {
        "candidates": [
            {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {
            "promptTokenCount": prompt,
            "candidatesTokenCount": said,
            "totalTokenCount": prompt + said,
        },
        "modelVersion": target.removeprefix(PREFIX).partition(":")[0],
        "responseId": memory.new_id("resp_"),
    }
    if ":streamGenerateContent" not in target:
        return json_reply(whole)
    event = b"data: " + msgspec.json.encode(whole) + b"\r\n\r\n"
    return Reply(200, (("content-type", "text/event-stream"),), (event,), chunked=True)


def failure(failed: Failure) -> Reply:
    """An error in its shape."""
    status = STATUS.get(failed.status, "INTERNAL")
    told = {"code": failed.status, "message": failed.message, "status": status}
    return json_reply({"error": told}, status=failed.status)


def _part(part: Any, memory: Memory) -> dict[str, Any]:
    if isinstance(part, Say):
        return {"text": part.text}
    if isinstance(part, Call):
        # Bound to what came before it, as thoughts are; given back as it is.
        return {
            "functionCall": {"name": part.name, "args": dict(part.arguments)},
            "thoughtSignature": memory.new_id("c2lnbmF0dXJl"),
        }
    return {"text": part.text, "thought": True}
