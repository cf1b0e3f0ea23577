"""What the GenAI conventions call what we know of a request."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from headroom.observe.entry import Entry
from headroom.observe.shown import error

PROVIDERS: Mapping[str, str] = MappingProxyType({"gemini": "gcp.gemini"})
"""Where they have another name than ours (opentelemetry.io, registry of gen_ai, 2026-11)."""

COMPRESS = "compress"
"""The operation of a call that asked us, and no model."""
UNKNOWN = "relay"
"""The operation of a call that was passed on without being read."""


def operation(entry: Entry) -> str:
    """`gen_ai.operation.name`: what a planned route is for, or a custom word."""
    if not entry.is_call:
        return COMPRESS
    if entry.route.endswith(("count_tokens", "input_tokens", ":countTokens")):
        return "count_tokens"
    if entry.provider == "gemini" and entry.model:
        return "generate_content"
    return "chat" if entry.route else UNKNOWN


def provider(entry: Entry) -> str:
    """`gen_ai.provider.name`."""
    return PROVIDERS.get(entry.provider, entry.provider)


def error_type(entry: Entry) -> str:
    """`error.type`: a word of ours, or the provider's status; empty where nothing went wrong."""
    said = error(entry) or ""
    return said.removeprefix("status ")


def is_call(entry: Entry) -> bool:
    """Whether a model was asked, as far as we know."""
    return bool(entry.model) and entry.is_call


def was_sent(entry: Entry) -> bool:
    """Whether it went to the provider."""
    return entry.is_call and entry.verdict not in ("refused", "cached")
