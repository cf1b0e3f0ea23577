"""Which calls cost something, and what they give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from headroom.proxy.call import Call

FREE_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})

# What no provider charges for (platform.claude.com, platform.openai.com, ai.google.dev, 2026-11);
# any other path is taken to cost something.
_FREE = re.compile(
    r"/v1/messages/count_tokens"
    r"|/v1/responses/input_tokens"
    r"|/v1/(?:messages/)?batches/[^/]+/cancel"
    r"|/v1/responses/[^/]+/cancel"
    r"|(?:/upload)?/v1(?:beta|alpha)?/(?:files|uploads|moderations|conversations|vector_stores|"
    r"skills|organization|organizations|assistants|threads)(?:/.*)?"
    r"|/(?:v1(?:beta|alpha)?)/.*:(?:countTokens|cancel)"
    r"|/v1/models(?:/[^:]*)?"
    r"|/backend-api(?!/codex/responses).*"
    r"|/"
)
# Threads hold messages for nothing; running one is what costs.
_PAID_AFTER_ALL = re.compile(r"/v1/threads(?:/[^/]+)?/runs(?:/.*)?")

Kind = Literal["text", "vectors", "images", "sound", "batch"]

_KINDS: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {
        "vectors": re.compile(r"(?:/v1)?/embeddings|.*:(?:embedContent|batchEmbedContents)"),
        "images": re.compile(r"/v1/images/.*"),
        "sound": re.compile(r"/v1/audio/.*"),
        "batch": re.compile(
            r"/v1/(?:messages/)?batches|.*:(?:batchGenerateContent|asyncBatchEmbedContent)"
        ),
    }
)


def is_paid(call: Call) -> bool:
    """Whether this call may cost something."""
    name = call.route.name
    if call.scope.get("type") == "websocket":
        return True
    if call.method in FREE_METHODS:
        return False
    return not _FREE.fullmatch(name) or bool(_PAID_AFTER_ALL.fullmatch(name))


def kind_of(call: Call) -> Kind:
    """What a paid call gives."""
    name = call.route.name
    return next((kind for kind, path in _KINDS.items() if path.fullmatch(name)), "text")


# OpenAI's models that reason before they answer (platform.openai.com/docs/guides/reasoning,
# 2026-11).
_THINKS_UNSEEN = re.compile(r"(?:o[134]|gpt-5)(?:[-.].*)?")


def thinks_unseen(model: str) -> bool:
    """Whether this model may use tokens of output that its reply does not show."""
    return _THINKS_UNSEEN.fullmatch(model) is not None
