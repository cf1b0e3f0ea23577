"""What Google says went wrong, with the status that Anthropic's clients know for it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

STATUSES: Mapping[str, int] = {
    # google.rpc.Code (cloud.google.com/apis/design/errors, 2026-11); the rest as it comes.
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 529,
    "DEADLINE_EXCEEDED": 504,
}

MOST_CHARACTERS = 4_096
RETRY = "RetryInfo"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error for the caller; *wait_s* is 0 where nothing is said of it."""

    status: int
    message: str
    wait_s: int = 0


def told(status: int, body: bytes) -> Failure | None:
    """What an error says; None where the model has said it, in Anthropic's own shape."""
    said = _decoded(body)
    if isinstance(said, list) and said:
        said = said[0]
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return Failure(_status(status), f"Vertex says status {status}")
    if isinstance(said, dict) and said.get("type") == "error":
        return None if status >= 400 else Failure(_status(status), _message(error, status))
    name = error.get("status")
    known = STATUSES.get(name) if isinstance(name, str) else None
    return Failure(known or _status(status), _message(error, status), _wait_s(error))


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _message(error: Mapping[str, Any], status: int) -> str:
    message, name = error.get("message"), error.get("status")
    words = [each for each in (name, message) if isinstance(each, str) and each]
    return ": ".join(words)[:MOST_CHARACTERS] or f"Vertex says status {status}"


def _wait_s(error: Mapping[str, Any]) -> int:
    details = error.get("details")
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and str(each.get("@type", "")).endswith(RETRY):
            delay = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]+)?)s", str(each.get("retryDelay")))
            return math.ceil(float(delay[1])) if delay else 0
    return 0


def _status(status: int) -> int:
    return status if status >= 400 else 502
