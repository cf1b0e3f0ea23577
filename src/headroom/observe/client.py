"""Which program a request comes from, in one word of a few, by what it says of itself.

What is not known here is `other`: a client's own words are no names of statistics.
"""

from __future__ import annotations

OTHER_CLIENT = "other"

CLIENTS: tuple[tuple[str, str], ...] = (
    ("claude-cli/", "claude"),
    ("claude-code/", "claude"),
    ("codex", "codex"),
    ("opencode/", "opencode"),
    ("geminicli", "gemini"),
    ("copilot", "copilot"),
    ("githubcopilot", "copilot"),
    ("aider", "aider"),
    ("goose", "goose"),
    ("cline", "cline"),
    ("continue", "continue"),
    ("openhands", "openhands"),
    ("cursor", "cursor"),
    ("litellm", "litellm"),
    ("anthropic/", "anthropic_sdk"),
    ("asyncanthropic/", "anthropic_sdk"),
    ("openai/", "openai_sdk"),
    ("asyncopenai/", "openai_sdk"),
    ("google-genai-sdk/", "google_sdk"),
    ("ai-sdk/", "vercel_sdk"),
    ("curl/", "curl"),
)
"""How a `user-agent` begins, in small letters, and the program's name."""


def client_of(user_agent: str) -> str:
    """The name of the program that calls itself so; empty where it says nothing."""
    said = user_agent.strip().lower()
    if not said:
        return ""
    return next((name for begin, name in CLIENTS if said.startswith(begin)), OTHER_CLIENT)
