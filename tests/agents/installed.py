"""Agents as `make test` installs them, and the environment that they run in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATH = os.pathsep.join(
    [str(ROOT / "tests/agents/node_modules/.bin"), str(ROOT / ".venv-agents/bin")]
)
OURS = ("HEADROOM_", "ANTHROPIC_", "OPENAI_", "CLAUDE", "CODEX_", "COPILOT_", "GEMINI_", "OTEL_")


def program(command: str) -> str:
    """Where this agent's command is."""
    found = shutil.which(command, path=PATH)
    if found is None:
        pytest.fail(f"{command} is not installed in {PATH}: run `make test`, which does")
    return found


def environ(variables: Mapping[str, str]) -> dict[str, str]:
    """What this machine says of agents, keys and ourselves stays out; these variables are in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "PATH": f"{PATH}{os.pathsep}{os.environ['PATH']}", **variables}
