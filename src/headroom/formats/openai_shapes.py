"""What the dialects of OpenAI have in common: errors, usage, and how calls are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from headroom.formats.reading import lifetime_s
from headroom.formats.replies import number
from headroom.outcome import Usage
from headroom.wire.document import Document

# Codes by status (PROVIDERS 7.4, 2026-11); every other status has none.
_CODES: Mapping[int, str] = {
    401: "invalid_api_key",
    413: "request_too_large",
    429: "rate_limit_exceeded",
    502: "bad_gateway",
    504: "timeout",
}


# PROVIDERS 7.3, 2026-11: always kept for a day.
_RETAINING = re.compile(r"gpt-5\.5\b")


def cache_ttl_s(document: Document) -> float:
    """How long the request asks that it be cached, in seconds; 0 where it does not say."""
    options = document.get("prompt_cache_options")
    ttl = options.get("ttl") if isinstance(options, dict) else None
    model = document.get("model")
    retention = document.get("prompt_cache_retention")
    if isinstance(model, str) and _RETAINING.search(model):
        retention = "24h"
    return max(lifetime_s(ttl), lifetime_s(retention))


def error(status: int, message: str) -> dict[str, Any]:
    """An error as OpenAI's clients know it."""
    kind = "invalid_request_error"
    if status == 429:
        kind = "rate_limit_error"
    elif status >= 500:
        kind = "server_error"
    code = _CODES.get(status)
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def error_body(status: int, message: str) -> bytes:
    """The same as the body of a reply."""
    return msgspec.json.encode(error(status, message))


def usage(reported: Mapping[str, Any], whole: str, details: str, output: str) -> Usage:
    """Usage from the members *whole*, *details* of it, and *output*.

    Cached tokens are part of the whole.  What is written for 30 minutes or 12 hours is
    `cache_write_other_tokens`.  Source: PROVIDERS 7.1 and 7.2.
    """
    parts = reported.get(details)
    parts = parts if isinstance(parts, dict) else {}
    lifetimes = parts.get("cache_write_tokens_details")
    lifetimes = lifetimes if isinstance(lifetimes, dict) else {}
    by_lifetime = number(lifetimes, "ttl_30m_tokens") + number(lifetimes, "ttl_12h_tokens")
    return Usage(
        input_tokens=number(reported, whole),
        output_tokens=number(reported, output),
        cache_read_tokens=number(parts, "cached_tokens"),
        cache_write_other_tokens=max(number(parts, "cache_write_tokens"), by_lifetime),
    )
