"""Where agents look for MCP servers: one entry per agent.

Each was found out by letting the agent itself add a server, and read it again.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headroom.cli import json_member, toml_table
from headroom.cli.kept_file import Content

NAME = "headroom"
COMMAND = ("mcp", "serve")


@dataclass(frozen=True, slots=True)
class Server:
    """How our server is started."""

    command: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> tuple[str, ...]:
        """Program and arguments."""
        return (self.command, *self.arguments)

    @property
    def shell(self) -> str:
        """As a shell starts it."""
        words = [f"{name}={value}" for name, value in self.variables.items()]
        return shlex.join(["env", *words, *self.line] if words else self.line)


@dataclass(frozen=True, slots=True)
class Written:
    """How a kind of file holds a member in a member: read, put there, and taken away."""

    read: Callable[[bytes, tuple[str, str]], Any]
    add: Callable[[bytes, tuple[str, str], Mapping[str, Any]], bytes]
    remove: Callable[[bytes, tuple[str, str], Callable[[Any], bool]], bytes]


JSON = Written(json_member.member, json_member.with_member, json_member.without_member)
TOML = Written(toml_table.table, toml_table.with_table, toml_table.without_table)


def _plain(server: Server) -> dict[str, Any]:
    told: dict[str, Any] = {"command": server.command, "args": [*server.arguments]}
    return {**told, "env": dict(server.variables)} if server.variables else told


def _with_type(server: Server) -> dict[str, Any]:
    return {"type": "stdio", **_plain(server), "env": dict(server.variables)}


def _in_one_list(server: Server) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "local", "command": [*server.line], "enabled": True}
    return {**told, "environment": dict(server.variables)} if server.variables else told


@dataclass(frozen=True, slots=True)
class Client:
    """One agent: its file for all of a user's projects, and how a server stands in there."""

    name: str
    title: str
    file: str
    """Below the home folder."""
    member: str
    entry: Callable[[Server], dict[str, Any]] = _plain
    written: Written = JSON
    variable: str = ""
    """Names another folder for the file, where it is set."""
    below: str = ""
    """Where the file stands in that folder, if not by its own name."""

    def path(self, home: Path, environ: Mapping[str, str]) -> Path:
        """Where its file is, or is to be."""
        if folder := environ.get(self.variable, "").strip() if self.variable else "":
            return Path(folder).expanduser() / (self.below or Path(self.file).name)
        return home / self.file

    def is_here(self, home: Path, environ: Mapping[str, str]) -> bool:
        """Whether the agent has been used on this machine."""
        path = self.path(home, environ)
        return path.exists() or (path.parent != home and path.parent.is_dir())

    def found(self, content: Content) -> Any:
        """The entry of our name, None where there is none.  Raises SettingsError."""
        return self.written.read(content or b"", (self.member, NAME))

    def added(self, content: Content, server: Server) -> bytes:
        """The file with our server.  Raises SettingsError."""
        return self.written.add(content or b"", (self.member, NAME), self.entry(server))

    def removed(self, content: Content) -> Content:
        """The file without our server, where it has it.  Raises SettingsError."""
        if content is None:
            return None
        return self.written.remove(content, (self.member, NAME), is_ours)

    def shown(self, server: Server) -> str:
        """What stands in the file, for whoever writes it by hand."""
        if self.written is TOML:
            return self.added(b"", server).decode().rstrip()
        return json.dumps({self.member: {NAME: self.entry(server)}}, indent=2)


CLIENTS = (
    # Claude Code 2.1.197: `claude mcp add -s user` writes there; ~/.claude/mcp.json is not read.
    Client(
        "claude",
        "Claude Code",
        ".claude.json",
        "mcpServers",
        entry=_with_type,
        variable="CLAUDE_CONFIG_DIR",
    ),
    # Codex 0.171: `codex mcp add`.
    Client(
        "codex",
        "Codex",
        ".codex/config.toml",
        "mcp_servers",
        written=TOML,
        variable="CODEX_HOME",
    ),
    # Gemini CLI: `gemini mcp add -s user`.
    Client("gemini", "Gemini CLI", ".gemini/settings.json", "mcpServers"),
    # opencode: the file that `opencode mcp list` reads.
    Client(
        "opencode",
        "opencode",
        ".config/opencode/opencode.json",
        "mcp",
        entry=_in_one_list,
        variable="XDG_CONFIG_HOME",
        below="opencode/opencode.json",
    ),
)


def is_ours(entry: Any) -> bool:
    """Whether this entry starts our server, whoever wrote it."""
    if not isinstance(entry, dict):
        return False
    command, arguments = entry.get("command"), entry.get("args", [])
    words = [*(command if isinstance(command, list) else [command])]
    words += arguments if isinstance(arguments, list) else []
    return any(tuple(words[at : at + 2]) == COMMAND for at in range(1, len(words)))
