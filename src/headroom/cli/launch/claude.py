"""Claude Code.

Behind a base URL that is not Anthropic's, Claude Code leaves out tool search, and what else it
thinks a gateway may not pass on.  Headroom passes everything on, so it is told to behave as if
it spoke with Anthropic itself; and where `env` of its own settings names another base URL, which
wins over the environment, `--settings`, which wins over those, names ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from headroom.cli.launch.agent import Launch, Wanted

BASE_URL = "ANTHROPIC_BASE_URL"
TARGET = "ANTHROPIC_TARGET_API_URL"
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "CLAUDE_CODE_USE_BEDROCK": "Bedrock",
        "CLAUDE_CODE_USE_VERTEX": "Vertex AI",
        "CLAUDE_CODE_USE_FOUNDRY": "Foundry",
    }
)
"""Variables that send it past `ANTHROPIC_BASE_URL`."""
BY_US: Mapping[str, str] = MappingProxyType(
    {
        "CLAUDE_CODE_USE_BEDROCK": " and go there with --backend bedrock",
        "CLAUDE_CODE_USE_VERTEX": " and go there with --backend vertex",
    }
)
TOOL_SEARCH, FIRST_PARTY = "ENABLE_TOOL_SEARCH", "_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"
SETTINGS = "settings.json", "settings.local.json"


def configure(wanted: Wanted) -> Launch:
    """What Claude Code is started with."""
    own = _env(wanted)
    said = {**wanted.environ, **own}
    upstreams = wanted.went_to("anthropic", said.get(BASE_URL))
    variables = {TOOL_SEARCH: said.get(TOOL_SEARCH) or "true"}
    if wanted.backend == "anthropic" and not upstreams and not said.get(TARGET):
        variables[FIRST_PARTY] = said.get(FIRST_PARTY) or "1"
    arguments: tuple[str, ...] = ()
    notes = [*_past_us(said)]
    if BASE_URL in own and any(each.partition("=")[0] == "--settings" for each in wanted.arguments):
        notes.append(
            f"Claude Code's settings name {BASE_URL} and --settings is yours: put "
            f'"env": {{"{BASE_URL}": "{wanted.base}"}} into it, or it goes past Headroom.'
        )
    elif BASE_URL in own:
        arguments = ("--settings", json.dumps({"env": {BASE_URL: wanted.base}}))
    return Launch(
        {BASE_URL: wanted.base, **variables}, arguments, notes=tuple(notes), upstreams=upstreams
    )


def _env(wanted: Wanted) -> dict[str, Any]:
    """What `env` of its settings says: the project's wins over the user's."""
    own = wanted.environ.get("CLAUDE_CONFIG_DIR") or str(wanted.home / ".claude")
    said: dict[str, Any] = {}
    for folder in (Path(own), Path(".claude")):
        for name in SETTINGS:
            said.update(_env_in(folder / name))
    return said


def _env_in(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    env = told.get("env") if isinstance(told, dict) else None
    return env if isinstance(env, dict) else {}


def _past_us(said: Mapping[str, Any]) -> Iterator[str]:
    for name, place in ELSEWHERE.items():
        if said.get(name) and str(said[name]).lower() not in {"0", "false"}:
            yield (
                f"{name} is set: Claude Code goes to {place} and past Headroom. "
                f"Unset it{BY_US.get(name, '')}, or nothing is saved."
            )
