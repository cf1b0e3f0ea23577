"""Messages as lines on stdout, in the JSON of the protocol (extra `otel`)."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

# It brings no types.
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from headroom.observe.otel.post import Undelivered

IDS = ("traceId", "spanId", "parentSpanId")
"""Written in hex there (opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding)."""


def write(message: object, _within_s: float) -> None:
    """Write it.  Raises Undelivered."""
    try:
        sys.stdout.write(line(message) + "\n")
        sys.stdout.flush()
    except OSError as error:
        raise Undelivered(f"stdout cannot be written: {error.strerror}") from error


def line(message: object) -> str:
    """The message as one line of JSON."""
    told: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    for whose in told.get("resourceSpans", ()):
        for scoped in whose["scopeSpans"]:
            for span in scoped["spans"]:
                _in_hex(span)
    return json.dumps(told, separators=(",", ":"))


def _in_hex(span: dict[str, Any]) -> None:
    for name in IDS:
        if name in span:
            span[name] = base64.b64decode(span[name]).hex()
