"""Variables that tell programs where to send requests, and what each program adds itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from headroom.cli.agents import agent_named
from headroom.proxy.routes import Provider

Ending = Literal["", "/v1", "any"]
"""The path that a base URL of ours must have for this program; *any* where each works."""


TITLES: Mapping[str, str] = MappingProxyType(
    {"anthropic": "Anthropic", "openai": "OpenAI", "gemini": "Gemini"}
)
FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "anthropic": "--anthropic-api-url",
        "openai": "--openai-api-url",
        "gemini": "--gemini-api-url",
    }
)
"""By which the proxy is told where requests to a provider go."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that holds a base URL: who reads it, and what must stand at its end."""

    name: str
    readers: str
    provider: Provider
    ending: Ending


VARIABLES: tuple[Variable, ...] = (
    Variable("ANTHROPIC_BASE_URL", "Claude Code and Anthropic's clients", "anthropic", ""),
    Variable("ANTHROPIC_API_BASE", "aider and LiteLLM", "anthropic", ""),
    Variable("ANTHROPIC_HOST", "goose", "anthropic", ""),
    Variable("OPENAI_BASE_URL", "Codex and OpenAI's clients", "openai", "/v1"),
    Variable("OPENAI_API_BASE", "aider and LiteLLM", "openai", "/v1"),
    Variable("OPENAI_HOST", "goose", "openai", ""),
    Variable("COPILOT_PROVIDER_BASE_URL", "GitHub Copilot CLI", "openai", "/v1"),
    Variable("GOOGLE_GEMINI_BASE_URL", "Gemini CLI", "gemini", ""),
    Variable("LLM_BASE_URL", "OpenHands", "openai", "any"),
    Variable("HEADROOM_BASE_URL", "Headroom's SDKs", "openai", ""),
    Variable("HEADROOM_PROXY_URL", "Headroom's own tools", "openai", ""),
)

COPILOT_TYPE = "COPILOT_PROVIDER_TYPE"
"""Where it is `anthropic`, the base URL of Copilot is one of Anthropic's."""

LIBRARIES: Mapping[str, str] = MappingProxyType(
    {
        "anthropic_sdk": "Anthropic's client",
        "openai_sdk": "OpenAI's client",
        "google_sdk": "Google's client",
        "vercel_sdk": "the AI SDK",
        "litellm": "LiteLLM",
        "cursor": "Cursor",
        "curl": "curl",
        "other": "other programs",
    }
)


def title_of(client: str) -> str:
    """What people call the program that statistics call so."""
    agent = agent_named(client)
    return agent.title if agent else LIBRARIES.get(client, client)
