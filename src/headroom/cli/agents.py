"""The agents that `headroom wrap` starts: one entry each."""

from __future__ import annotations

import shlex

from headroom.cli.launch import claude, cline, codex, continue_dev, copilot, gemini, opencode
from headroom.cli.launch.agent import (
    ANTHROPIC,
    GEMINI,
    OPENAI,
    OPENAI_HOST,
    Agent,
    Launch,
    Wanted,
    only,
)


def _openhands(wanted: Wanted) -> Launch:
    # Its library adds the version for Anthropic's models itself.
    is_anthropics = wanted.environ.get("LLM_MODEL", "").startswith("anthropic/")
    return only(LLM_BASE_URL=ANTHROPIC if is_anthropics else OPENAI)(wanted)


def _in_cursor(launch: Launch) -> str:
    return f"""In Cursor: Settings, Models, API Keys:
  OpenAI API Key            your own key
  Override OpenAI Base URL  {launch.variables["OPENAI_BASE_URL"]}
Cursor sends requests from its own servers, which cannot reach this machine: give Headroom an
address that they can reach (docs/access.md), and write it there. Cursor's own models, and tab
completion, never come through."""


def _exports(launch: Launch) -> str:
    return "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in launch.variables.items()
    )


AGENTS: tuple[Agent, ...] = (
    Agent(
        "claude",
        "Claude Code",
        "npm install -g @anthropic-ai/claude-code",
        claude.configure,
        command="claude",
        speaks="Anthropic",
    ),
    Agent(
        "copilot",
        "GitHub Copilot CLI",
        "npm install -g @github/copilot",
        copilot.configure,
        command="copilot",
        speaks="Anthropic, OpenAI",
    ),
    Agent(
        "codex",
        "Codex",
        "npm install -g @openai/codex",
        codex.configure,
        command="codex",
        speaks="OpenAI",
    ),
    Agent(
        "aider",
        "aider",
        "pip install aider-chat",
        only(
            OPENAI_API_BASE=OPENAI,
            ANTHROPIC_API_BASE=ANTHROPIC,
            ANTHROPIC_BASE_URL=ANTHROPIC,
        ),
        command="aider",
        speaks="Anthropic, OpenAI",
        package="aider_chat",
    ),
    Agent(
        "opencode",
        "opencode",
        "npm install -g opencode-ai",
        opencode.configure,
        command="opencode",
        speaks="Anthropic, OpenAI",
    ),
    Agent(
        "goose",
        "goose",
        "the installer of block.github.io/goose",
        only(OPENAI_HOST=OPENAI_HOST, ANTHROPIC_HOST=ANTHROPIC),
        command="goose",
        speaks="Anthropic, OpenAI",
    ),
    Agent(
        "cline",
        "Cline",
        "npm install -g cline",
        cline.configure,
        command="cline",
        speaks="Anthropic, OpenAI",
    ),
    Agent(
        "continue",
        "Continue",
        "npm install -g @continuedev/cli",
        continue_dev.configure,
        command="cn",
        speaks="Anthropic, OpenAI",
    ),
    Agent(
        "openhands",
        "OpenHands",
        "pip install openhands-ai",
        _openhands,
        command="openhands",
        speaks="Anthropic, OpenAI",
        package="openhands_ai",
    ),
    Agent(
        "gemini",
        "Gemini CLI",
        "npm install -g @google/gemini-cli",
        gemini.configure,
        command="gemini",
        speaks="Gemini",
    ),
    Agent("cursor", "Cursor", "", only(OPENAI_BASE_URL=OPENAI), speaks="OpenAI", told=_in_cursor),
    Agent(
        "env",
        "any other",
        "",
        only(
            ANTHROPIC_BASE_URL=ANTHROPIC,
            OPENAI_BASE_URL=OPENAI,
            OPENAI_API_BASE=OPENAI,
            GOOGLE_GEMINI_BASE_URL=GEMINI,
        ),
        speaks="Anthropic, OpenAI, Gemini",
        told=_exports,
    ),
)

PROGRAMS: tuple[Agent, ...] = tuple(agent for agent in AGENTS if agent.command)
"""Those that are started, and found on the path."""


def agent_named(name: str) -> Agent | None:
    """The agent of this name."""
    return next((agent for agent in AGENTS if agent.name == name), None)
