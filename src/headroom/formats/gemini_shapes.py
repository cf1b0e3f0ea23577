"""What bodies and replies of Gemini have in common: names, parts, usage, errors.

Names of members are camelCase; requests may write them with underscores as well, as JSON of
protocol buffers may (protobuf.dev/programming-guides/json, 2026-11).
Source: PROVIDERS 8; ai.google.dev/api/generate-content, 2026-11.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from headroom.formats.replies import member, number, objects
from headroom.outcome import Usage

CONTENTS, PARTS = "contents", "parts"

# Google RPC status names (cloud.google.com/apis/design/errors, 2026-11)
_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    421: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"

_CAPITAL = re.compile(r"[A-Z]")


def name_in(value: Mapping[str, Any], name: str) -> str:
    """How *name*, in camelCase, is spelled in this object; empty where it has no such member."""
    if name in value:
        return name
    other = _underscored(name)
    return other if other in value else ""


def inner(value: Any, name: str) -> dict[str, Any]:
    """The object under this name, in either spelling; empty when there is none."""
    return member(value, name_in(value, name)) if isinstance(value, dict) else {}


def first_candidate(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The candidate of a reply, or of a chunk, that has no more than one."""
    candidates = objects(reply.get("candidates"))
    return candidates[0] if candidates else {}


def parts_of(candidate: Mapping[str, Any]) -> list[Any]:
    """The parts of what a candidate says."""
    parts = member(candidate, "content").get(PARTS)
    return parts if isinstance(parts, list) else []


def is_thought(part: Any) -> bool:
    """Whether this part is a thought."""
    return isinstance(part, dict) and part.get("thought") is True


def declarations(tools: Any) -> Iterator[dict[str, Any]]:
    """The functions that these tools declare."""
    for tool in objects(tools):
        yield from objects(tool.get(name_in(tool, "functionDeclarations")))


def usage(told: Mapping[str, Any]) -> Usage:
    """Usage as `usageMetadata` tells it: cached tokens are part of the prompt."""
    return Usage(
        input_tokens=number(told, "promptTokenCount") + number(told, "toolUsePromptTokenCount"),
        output_tokens=number(told, "candidatesTokenCount") + number(told, "thoughtsTokenCount"),
        cache_read_tokens=number(told, "cachedContentTokenCount"),
    )


def error_body(status: int, message: str, retry_after_s: float | None = None) -> bytes:
    """An error as Google's clients know it; they look within it for how long to wait."""
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "status": _STATUSES.get(status, "INTERNAL"),
    }
    if retry_after_s is not None:
        delay = f"{math.ceil(retry_after_s)}s"
        error["details"] = [{"@type": _RETRY_INFO, "retryDelay": delay}]
    return msgspec.json.encode({"error": error})


@lru_cache(maxsize=64)
def _underscored(name: str) -> str:
    return _CAPITAL.sub(lambda found: "_" + found[0].lower(), name)
