"""The agents that `headroom wrap` starts: one entry each."""

from __future__ import annotations

from headroom.cli.launch import claude, cline, codex, continue_dev, copilot, gemini, opencode
from headroom.cli.launch.agent import Agent, Launch, Wanted, only


def _exports(wanted: Wanted) -> Launch:
    return Launch(
        {
            "ANTHROPIC_BASE_URL": wanted.base,
            "OPENAI_BASE_URL": wanted.openai,
            "OPENAI_API_BASE": wanted.openai,
            "GOOGLE_GEMINI_BASE_URL": wanted.base,
        }
    )


def _openhands(wanted: Wanted) -> str:
    # Its library adds the version for Anthropic's models itself.
    model = wanted.environ.get("LLM_MODEL", "")
    return wanted.base if model.startswith("anthropic/") else wanted.openai


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
            OPENAI_API_BASE=lambda wanted: wanted.openai,
            ANTHROPIC_BASE_URL=lambda wanted: wanted.base,
            ANTHROPIC_API_BASE=lambda wanted: wanted.base,
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
        only(
            OPENAI_HOST=lambda wanted: wanted.base,
            ANTHROPIC_HOST=lambda wanted: wanted.base,
        ),
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
        only(LLM_BASE_URL=_openhands),
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
    Agent("cursor", "Cursor", "", _exports, speaks="OpenAI"),
    Agent("env", "any other", "", _exports, speaks="Anthropic, OpenAI, Gemini"),
)


PROGRAMS: tuple[Agent, ...] = tuple(agent for agent in AGENTS if agent.command)
"""Those that are started, and found on the path."""


def agent_named(name: str) -> Agent | None:
    """The agent of this name."""
    return next((agent for agent in AGENTS if agent.name == name), None)
