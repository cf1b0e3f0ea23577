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

from headroom.cli.launch.agent import Launch, Wanted

BASE_URL = "ANTHROPIC_BASE_URL"
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "CLAUDE_CODE_USE_BEDROCK": "Bedrock",
        "CLAUDE_CODE_USE_VERTEX": "Vertex AI",
        "CLAUDE_CODE_USE_FOUNDRY": "Foundry",
    }
)
"""Variables that send it past `ANTHROPIC_BASE_URL`."""
SETTINGS = "settings.json", "settings.local.json"


def configure(wanted: Wanted) -> Launch:
    """What Claude Code is started with."""
    variables = {BASE_URL: wanted.base, "ENABLE_TOOL_SEARCH": "true"}
    if is_direct(wanted):
        variables["_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"] = "1"
    for name in ("ENABLE_TOOL_SEARCH", "_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"):
        if name in variables and wanted.environ.get(name):
            variables[name] = wanted.environ[name]
    return Launch(variables, arguments=_settings(wanted), notes=tuple(_notes(wanted)))


def is_direct(wanted: Wanted) -> bool:
    """Whether Headroom passes its requests on to Anthropic itself, as far as one knows here."""
    elsewhere = any(wanted.environ.get(name) for name in (BASE_URL, "ANTHROPIC_TARGET_API_URL"))
    return wanted.backend == "anthropic" and not elsewhere


def _settings(wanted: Wanted) -> tuple[str, ...]:
    if not any(BASE_URL in _env(file) for file in _files(wanted)):
        return ()
    if any(each.partition("=")[0] == "--settings" for each in wanted.arguments):
        return ()
    return ("--settings", json.dumps({"env": {BASE_URL: wanted.base}}))


def _files(wanted: Wanted) -> Iterator[Path]:
    own = wanted.environ.get("CLAUDE_CONFIG_DIR") or str(wanted.home / ".claude")
    for folder in (Path(own), Path(".claude")):
        for name in SETTINGS:
            yield folder / name


def _env(file: Path) -> dict[str, object]:
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    env = told.get("env") if isinstance(told, dict) else None
    return env if isinstance(env, dict) else {}


def _notes(wanted: Wanted) -> Iterator[str]:
    for name, place in ELSEWHERE.items():
        said = wanted.environ.get(name) or any(_env(file).get(name) for file in _files(wanted))
        if said and str(said).lower() not in {"0", "false"}:
            yield (
                f"{name} is set: Claude Code goes to {place} and past Headroom. "
                "Unset it, or nothing is saved."
            )
    told = [_env(file).get(BASE_URL) for file in _files(wanted)]
    if any(told) and any(each.partition("=")[0] == "--settings" for each in wanted.arguments):
        yield (
            f"Claude Code's settings name {BASE_URL} and --settings is yours: put "
            f'"env": {{"{BASE_URL}": "{wanted.base}"}} into it, or it goes past Headroom.'
        )
