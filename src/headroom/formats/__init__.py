"""Provider dialects: request bodies to conversations, reply bytes to events."""

from __future__ import annotations

from headroom.formats.anthropic import Anthropic
from headroom.formats.base import Format
from headroom.formats.gemini import Gemini
from headroom.formats.openai_chat import OpenAIChat
from headroom.formats.openai_responses import OpenAIResponses

FORMATS: tuple[Format, ...] = (Anthropic(), OpenAIChat(), OpenAIResponses(), Gemini())
"""Every dialect that is read; being listed here means being tested by the contracts."""
