"""Which files say where agents send their requests, and which hold what another tool has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Reads = Literal["claude", "codex", "mentions", "instructions", "claude_login", "codex_login"]
"""How a file is read; see `agent_files.py` and `credentials.py`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file, how it is read, and what statistics call the program that reads it."""

    file: Path
    reads: Reads
    agent: str = ""


def places(environ: Mapping[str, str], home: Path, folder: Path) -> Iterator[Place]:
    """All of them, as they lie for a user with this home in this folder.

    Of files of one program, what comes last wins.
    """
    claude = Path(environ.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    codex = Path(environ.get("CODEX_HOME") or home / ".codex")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield Place(claude / "settings.json", "claude", "claude")
    # Claude Code reads no local settings of a user; the original's time had some.
    yield Place(claude / "settings.local.json", "claude", "claude")
    if folder != home:
        yield Place(folder / ".claude" / "settings.json", "claude", "claude")
        yield Place(folder / ".claude" / "settings.local.json", "claude", "claude")
    for managed in MANAGED:
        yield Place(managed, "claude", "claude")
    yield Place(codex / "config.toml", "codex", "codex")
    yield Place(claude / ".credentials.json", "claude_login", "claude")
    yield Place(codex / "auth.json", "codex_login", "codex")
    for agent, file in _of_others(config, home, folder):
        yield Place(file, "mentions", agent)
    for file in (codex / "AGENTS.md", claude / "CLAUDE.md", *(folder / name for name in WRITTEN)):
        yield Place(file, "instructions")


MANAGED = (
    Path("/etc/claude-code/managed-settings.json"),
    Path("/Library/Application Support/ClaudeCode/managed-settings.json"),
)
"""An organisation's settings of Claude Code, which win over all others."""

WRITTEN = (
    "AGENTS.md",
    "CLAUDE.md",
    "CONVENTIONS.md",
    ".cursorrules",
    ".github/copilot-instructions.md",
)
"""Into these the original's `wrap` wrote."""


def _of_others(config: Path, home: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    for name in ("opencode.json", "opencode.jsonc"):
        yield "opencode", config / "opencode" / name
        yield "opencode", folder / name
    for base in dict.fromkeys((home, folder)):
        yield "aider", base / ".aider.conf.yml"
    yield "goose", config / "goose" / "config.yaml"
    for name in ("config.yaml", "config.json"):
        yield "continue", home / ".continue" / name
    yield "gemini", home / ".gemini" / ".env"
    yield "openhands", home / ".openhands" / "settings.json"
