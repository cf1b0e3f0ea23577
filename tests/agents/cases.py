"""The agents that install from package registries, each with the ways in which it comes through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.agents.task import AIDER_TEST, PROMPT, Model, edit
from tests.upstream import Received, Script

SHELL = '{"command": %s, "description": "run it"}'
ANTHROPIC, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
GEMINI = "/v1beta/models/…:streamGenerateContent"
CLAUDE_MODEL, GPT_MODEL = "claude-sonnet-4-5", "gpt-5.3-codex"


def _nothing(_home: Path) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Case:
    """One agent on one route with one kind of credential.

    *variables* are those of the user, *direct* those (and *direct_arguments* what) the user would
    say to reach a provider at a base URL without us.
    """

    agent: str
    route: str
    credential: str
    model: Callable[[Received], Script]
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    direct: Callable[[str], Mapping[str, str]] = lambda _url: {}
    direct_arguments: Callable[[str], tuple[str, ...]] = lambda _url: ()
    wrap: tuple[str, ...] = ()
    prepare: Callable[[Path], None] = _nothing
    streams: bool = True

    def __str__(self) -> str:
        return f"{self.agent} {self.route} {self.credential}"


CLAUDE_SAYS = ("-p", PROMPT, "--dangerously-skip-permissions", "--model", CLAUDE_MODEL)
# It may not be root outside of a sandbox; and asks about nothing but its task.
CLAUDE_IS = {"IS_SANDBOX": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
COPILOT_SAYS = ("-p", PROMPT, "--allow-all-tools", "--model")
CODEX_SAYS = (
    "exec",
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    "-m",
    GPT_MODEL,
    PROMPT,
)


def _claude(url: str) -> Mapping[str, str]:
    return {"ANTHROPIC_BASE_URL": url}


def _copilot(kind: str, wire: str = "") -> Callable[[str], Mapping[str, str]]:
    def variables(url: str) -> Mapping[str, str]:
        base = {"BASE_URL": url if kind == "anthropic" else f"{url}/v1", "TYPE": kind}
        said = {**base, "API_KEY": "sk-test", **({"WIRE_API": wire} if wire else {})}
        return {f"COPILOT_PROVIDER_{name}": value for name, value in said.items()}

    return variables


def _codex(url: str) -> tuple[str, ...]:
    return ("-c", f'openai_base_url="{url}/v1"')


def _opencode(url: str) -> Mapping[str, str]:
    options = {"options": {"baseURL": f"{url}/v1"}}
    return {
        "OPENCODE_CONFIG_CONTENT": json.dumps({"provider": dict.fromkeys(OPENCODE_OF, options)})
    }


OPENCODE_OF = ("anthropic", "openai")


def _signed_in_to_codex(home: Path) -> None:
    (home / ".codex").mkdir()
    told = {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-test"}
    (home / ".codex" / "auth.json").write_text(json.dumps(told))


def _signed_in_to_gemini(home: Path) -> None:
    (home / ".gemini").mkdir()
    told = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    (home / ".gemini" / "settings.json").write_text(json.dumps(told))


AIDER_SAYS = (
    *(
        "--yes-always",
        "--no-git",
        "--no-check-update",
        "--no-analytics",
        "--no-show-model-warnings",
    ),
    *("--no-show-release-notes", "--edit-format", "diff", "--map-tokens", "0"),
    *("--auto-test", "--test-cmd", AIDER_TEST, "--message", PROMPT),
)


CASES = (
    Case(
        "claude",
        ANTHROPIC,
        "API key",
        Model("Bash", SHELL),
        CLAUDE_SAYS,
        {**CLAUDE_IS, "ANTHROPIC_API_KEY": "sk-ant-api03-test"},
        _claude,
    ),
    Case(
        "claude",
        ANTHROPIC,
        "subscription (OAuth)",
        Model("Bash", SHELL),
        CLAUDE_SAYS,
        {**CLAUDE_IS, "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test"},
        _claude,
    ),
    Case(
        "claude",
        ANTHROPIC,
        "bearer token of a gateway",
        Model("Bash", SHELL),
        CLAUDE_SAYS,
        {**CLAUDE_IS, "ANTHROPIC_AUTH_TOKEN": "test"},
        _claude,
    ),
    Case(
        "copilot",
        ANTHROPIC,
        "API key",
        Model("bash", SHELL),
        (*COPILOT_SAYS, CLAUDE_MODEL),
        {"ANTHROPIC_API_KEY": "sk-test", "COPILOT_OFFLINE": "true"},
        _copilot("anthropic"),
    ),
    Case(
        "copilot",
        CHAT,
        "API key",
        Model("bash", SHELL),
        (*COPILOT_SAYS, "gpt-4.1"),
        {"OPENAI_API_KEY": "sk-test", "COPILOT_OFFLINE": "true"},
        _copilot("openai", "completions"),
        wrap=("--provider-type", "openai"),
    ),
    Case(
        "copilot",
        RESPONSES,
        "API key",
        Model("bash", SHELL),
        (*COPILOT_SAYS, "gpt-5.4"),
        {"OPENAI_API_KEY": "sk-test", "COPILOT_OFFLINE": "true"},
        _copilot("openai", "responses"),
        wrap=("--provider-type", "openai", "--wire-api", "responses"),
    ),
    Case(
        "codex",
        RESPONSES,
        "API key",
        Model("exec_command", '{"cmd": %s}'),
        CODEX_SAYS,
        direct_arguments=_codex,
        prepare=_signed_in_to_codex,
    ),
    Case(
        "aider",
        CHAT,
        "API key",
        edit,
        ("--model", "openai/gpt-4.1", *AIDER_SAYS),
        {"OPENAI_API_KEY": "sk-test"},
        lambda url: {"OPENAI_API_BASE": f"{url}/v1"},
    ),
    Case(
        "aider",
        ANTHROPIC,
        "API key",
        edit,
        ("--model", f"anthropic/{CLAUDE_MODEL}", "--no-stream", *AIDER_SAYS),
        {"ANTHROPIC_API_KEY": "sk-test"},
        lambda url: {"ANTHROPIC_API_BASE": url, "ANTHROPIC_BASE_URL": url},
        streams=False,
    ),
    Case(
        "opencode",
        ANTHROPIC,
        "API key",
        Model("bash", SHELL),
        ("run", "-m", f"anthropic/{CLAUDE_MODEL}", PROMPT),
        {"ANTHROPIC_API_KEY": "sk-test"},
        _opencode,
    ),
    Case(
        "opencode",
        RESPONSES,
        "API key",
        Model("bash", SHELL),
        ("run", "-m", "openai/gpt-5", PROMPT),
        {"OPENAI_API_KEY": "sk-test"},
        _opencode,
    ),
    Case(
        "gemini",
        GEMINI,
        "API key",
        Model("run_shell_command", SHELL),
        ("--yolo", "--skip-trust", "-m", "gemini-2.5-pro", "-p", PROMPT),
        {"GEMINI_API_KEY": "test"},
        lambda url: {"GOOGLE_GEMINI_BASE_URL": url},
        prepare=_signed_in_to_gemini,
    ),
)
