"""Every agent of the table: its file, and our server in there."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from headroom.cli.mcp.clients import CLIENTS, TOML, Client, Server, is_ours

SERVER = Server("/opt/a b/headroom", ("mcp", "serve"), {"HEADROOM_PORT": "8080"})
HOME = Path("/home/me")

EACH = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


def theirs(client: Client) -> bytes:
    other = Server("/bin/other", ())
    inner = client.written.add(b"", (client.member, "other"), client.entry(other))
    return b"# theirs\n" + inner if client.written is TOML else inner


@EACH
def test_our_server_comes_and_goes(client: Client) -> None:
    before = theirs(client)

    with_ours = client.added(before, SERVER)

    assert client.found(before) is None
    assert is_ours(client.found(with_ours))
    assert b"8080" in with_ours
    assert client.removed(with_ours) == before


@EACH
def test_a_file_is_made_where_there_is_none(client: Client) -> None:
    assert is_ours(client.found(client.added(None, SERVER)))
    assert client.found(None) is None
    assert client.removed(None) is None


@EACH
def test_another_server_of_our_name_stays(client: Client) -> None:
    other = client.added(b"", Server("/bin/headroom-tui", ("mcp",)))

    assert client.removed(other) == other


@EACH
def test_what_is_shown_is_what_is_written(client: Client) -> None:
    shown = client.shown(SERVER)

    read: Any = tomllib.loads if client.written is TOML else json.loads
    assert read(shown)[client.member]["headroom"] == client.entry(SERVER)


def test_each_is_found_where_it_looks() -> None:
    paths = {client.name: str(client.path(HOME, {})) for client in CLIENTS}

    assert paths == {
        "claude": "/home/me/.claude.json",
        "codex": "/home/me/.codex/config.toml",
        "gemini": "/home/me/.gemini/settings.json",
        "opencode": "/home/me/.config/opencode/opencode.json",
    }


def test_variables_name_other_folders() -> None:
    environ = {"CLAUDE_CONFIG_DIR": "/c", "CODEX_HOME": " ", "XDG_CONFIG_HOME": "/x"}
    paths = {client.name: str(client.path(HOME, environ)) for client in CLIENTS}

    assert paths["claude"] == "/c/.claude.json"
    assert paths["codex"] == "/home/me/.codex/config.toml"
    assert paths["opencode"] == "/x/opencode/opencode.json"


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        ({"command": "headroom", "args": ["mcp", "serve"]}, True),
        ({"command": "python", "args": ["-m", "headroom", "mcp", "serve", "--direct"]}, True),
        ({"command": ["headroom", "mcp", "serve"]}, True),
        ({"command": "mcp", "args": ["serve"]}, False),
        ({"url": "http://x"}, False),
        ({"command": "x", "args": "mcp serve"}, False),
        ("headroom mcp serve", False),
    ],
)
def test_ours_is_known_by_how_it_is_started(entry: Any, ours: bool) -> None:
    assert is_ours(entry) is ours


def test_a_shell_starts_it_with_its_variables() -> None:
    assert SERVER.shell == "env HEADROOM_PORT=8080 '/opt/a b/headroom' mcp serve"
    assert Server("headroom", ("mcp", "serve")).shell == "headroom mcp serve"
