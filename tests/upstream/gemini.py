"""Gemini's dialect: `generateContent`, its stream as events or as a list, and `countTokens`.

Shapes: PROVIDERS.md 8 (ai.google.dev/api/generate-content, 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tests.upstream.memory import Memory, Segment, canonical
from tests.upstream.script import Call, Failure, Say, Script, pieces_of
from tests.upstream.validate import gemini_problem
from tests.upstream.wire import Reply, json_reply

PREFIX = "/v1beta/models/"
_CALL = re.compile(
    r"/v1(?:beta)?/models/([^/:]+):(generateContent|streamGenerateContent|countTokens)"
)
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}

Json = dict[str, Any]


def is_call(path: str) -> bool:
    """Whether a request to this path is written in this dialect."""
    return _CALL.fullmatch(path) is not None


def content(target: str, body: Json, script: Script, memory: Memory) -> Reply | Failure:
    """The reply to a request for content, or for how many tokens it has."""
    problem = gemini_problem(body, memory)
    if problem is not None:
        return problem
    parts = [_part(part, memory) for part in script.parts]
    prompt = memory.bill_automatic(segments_of(body))
    if ":countTokens" in target:
        return json_reply({"totalTokens": prompt.total})
    head = {
        "modelVersion": target.partition(":")[0].rpartition("/")[2],
        "responseId": memory.new_id("resp_"),
    }
    said = memory.count(msgspec.json.encode(parts))
    usage = {
        "promptTokenCount": prompt.total,
        "cachedContentTokenCount": prompt.read,
        "candidatesTokenCount": said,
        "totalTokenCount": prompt.total + said,
    }
    reason = script.stop or "STOP"
    if ":streamGenerateContent" not in target:
        whole = {**_candidate(parts, reason), "usageMetadata": usage, **head}
        return script.whole(msgspec.json.encode(whole), script.headers)
    chunks = list(_chunks(parts, reason, usage, head, script))
    if script.error is not None:
        chunks = [*chunks[: script.cut_after], told(script.error)]
    if "alt=sse" in target:
        events = tuple(b"data: " + msgspec.json.encode(each) + b"\r\n\r\n" for each in chunks)
        return script.stream(events, script.headers)
    return script.whole(msgspec.json.encode(chunks), script.headers)


def segments_of(body: Json) -> list[Segment]:
    """The prompt in the order in which it is cached: system, tools, then contents."""
    fixed = [body.get("systemInstruction"), *(body.get("tools") or ())]
    return [Segment(canonical(each)) for each in (*fixed, *body["contents"])]


def told(failed: Failure) -> Json:
    """An error as an object."""
    status = failed.kind or STATUS.get(failed.status, "INTERNAL")
    return {"error": {"code": failed.status, "message": failed.message, "status": status}}


def failure(failed: Failure) -> Reply:
    """An error in its shape."""
    headers = [("retry-after", failed.retry_after)] if failed.retry_after else []
    return json_reply(told(failed), failed.status, (*headers, *failed.headers))


def _candidate(parts: list[Json], reason: str = "") -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {"candidates": [candidate]}


def _chunks(
    parts: list[Json], reason: str, usage: Json, head: Json, script: Script
) -> Iterator[Json]:
    """What is said, text by the piece and calls whole; usage stands in every object."""
    begun = {name: count for name, count in usage.items() if name.startswith(("prompt", "cached"))}
    pieces = [piece for part in parts for piece in _pieces(part, script)]
    for piece in pieces[:-1]:
        yield {**_candidate([piece]), "usageMetadata": begun, **head}
    yield {**_candidate(pieces[-1:], reason), "usageMetadata": usage, **head}


def _pieces(part: Json, script: Script) -> list[Json]:
    if "text" not in part:
        return [part]
    return [{**part, "text": piece} for piece in pieces_of(part["text"], script.piece)]


def _part(part: Any, memory: Memory) -> Json:
    if isinstance(part, Say):
        return {"text": part.text}
    if isinstance(part, Call):
        # Bound to what came before it, as thoughts are; given back as it is.
        made: Mapping[str, Any] = {"name": part.name, "args": dict(part.arguments)}
        named = part.id or memory.new_id("call_")
        signature = memory.sign(named.encode(), part.name)
        memory.signature_of_call[named] = signature
        return {"functionCall": {**made, "id": named}, "thoughtSignature": signature}
    return {"text": part.text, "thought": True}
