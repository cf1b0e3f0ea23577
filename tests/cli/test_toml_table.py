"""One table of a TOML file comes and goes, and every other byte stays."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from headroom.cli.toml_table import table, with_table, without_table
from headroom.errors import SettingsError

PLACE = ("mcp_servers", "headroom")
VALUE: dict[str, Any] = {
    "command": "/opt/a b/headroom",
    "args": ["mcp", "serve"],
    "env": {"HEADROOM_WORKSPACE_DIR": "/data/ü"},
}
MINE = b"""# mine
model = "gpt-5"   # the good one

[mcp_servers.github]
command = "gh"
args = [
  "mcp",
]
"""


def test_a_table_stands_at_the_end() -> None:
    assert (
        with_table(MINE, PLACE, VALUE)
        == MINE
        + """
[mcp_servers.headroom]
command = "/opt/a b/headroom"
args = ["mcp", "serve"]

[mcp_servers.headroom.env]
HEADROOM_WORKSPACE_DIR = "/data/ü"
""".encode()
    )


@pytest.mark.parametrize(
    "content", [MINE, MINE.replace(b"\n", b"\r\n"), b"a = 1\n", b"", b"[x]\ny = [[1],\n [2]]\n"]
)
def test_what_was_put_there_is_taken_away_byte_for_byte(content: bytes) -> None:
    changed = with_table(content, PLACE, VALUE)

    assert table(changed, PLACE) == VALUE
    assert without_table(changed, PLACE) == content


def test_what_follows_it_stays_with_its_comments() -> None:
    changed = with_table(MINE, PLACE, VALUE) + b"\n# theirs\n[tui]\nx = 1\n"

    assert without_table(changed, PLACE) == MINE + b"\n# theirs\n[tui]\nx = 1\n"


def test_what_stood_there_is_replaced_wherever_it_stood() -> None:
    content = b'[mcp_servers."headroom"]\ncommand = "old"\n[tui]\nx = 1\n'

    changed = with_table(content, PLACE, VALUE)

    assert tomllib.loads(changed.decode()) == {
        "mcp_servers": {"headroom": VALUE},
        "tui": {"x": 1},
    }


def test_what_is_not_ours_stays() -> None:
    content = with_table(MINE, PLACE, VALUE)

    assert without_table(content, PLACE, lambda value: value["command"] == "other") == content
    assert without_table(MINE, PLACE) == MINE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = ", "no TOML"),
        (b"\xff = 1", "no TOML"),
        (b"mcp_servers = 1", "no table"),
        (b"mcp_servers = {}", "by hand"),
        (b'mcp_servers = {headroom = {command = "x"}}', "by hand"),
        (b'a = """\n[mcp_servers.headroom]\n"""\n[mcp_servers]\nheadroom.command = "x"', "by hand"),
    ],
)
def test_what_cannot_be_changed_safely_is_said(content: bytes, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        with_table(content, PLACE, VALUE)
