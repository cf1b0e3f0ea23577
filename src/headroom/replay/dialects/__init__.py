"""What replay knows about each dialect, in one file each."""

from __future__ import annotations

from headroom.replay.dialects.anthropic import AnthropicDialect
from headroom.replay.dialects.base import Call, Dialect, Owner, Result
from headroom.replay.dialects.gemini import GeminiDialect
from headroom.replay.dialects.openai_chat import OpenAIChatDialect
from headroom.replay.dialects.openai_responses import OpenAIResponsesDialect

DIALECTS: tuple[Dialect, ...] = (
    OpenAIResponsesDialect(),
    GeminiDialect(),
    AnthropicDialect(),
    OpenAIChatDialect(),
)
"""All of them, in the order in which they are asked for a body that does not name its own."""

__all__ = [
    "DIALECTS",
    "AnthropicDialect",
    "Call",
    "Dialect",
    "GeminiDialect",
    "OpenAIChatDialect",
    "OpenAIResponsesDialect",
    "Owner",
    "Result",
]
