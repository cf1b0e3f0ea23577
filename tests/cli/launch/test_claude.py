"""Claude Code: its variables, and its own settings, which win over them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom.cli.launch.claude import configure
from tests.cli.launch.wanting import BASE, wanted

FIRST_PARTY = "_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a project stand in the folder where one is."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")


def settings(home: Path, name: str = ".claude/settings.json", **env: str) -> None:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"env": env, "model": "opus"}))


def test_it_comes_through_and_leaves_nothing_out(tmp_path: Path) -> None:
    launch = configure(wanted(tmp_path))

    assert launch.variables == {
        "ANTHROPIC_BASE_URL": BASE,
        "ENABLE_TOOL_SEARCH": "true",
        FIRST_PARTY: "1",
    }
    assert (launch.arguments, launch.notes) == ((), ())


@pytest.mark.parametrize("name", ["ANTHROPIC_BASE_URL", "ANTHROPIC_TARGET_API_URL"])
def test_behind_a_gateway_it_is_not_told_that_it_is_anthropics(tmp_path: Path, name: str) -> None:
    launch = configure(wanted(tmp_path, **{name: "https://gateway.example"}))

    assert FIRST_PARTY not in launch.variables
    assert launch.variables["ANTHROPIC_BASE_URL"] == BASE


def test_what_the_user_decided_stays(tmp_path: Path) -> None:
    said = wanted(tmp_path, ENABLE_TOOL_SEARCH="auto:5", **{FIRST_PARTY: "0"})

    launch = configure(said)

    assert launch.variables["ENABLE_TOOL_SEARCH"] == "auto:5"
    assert launch.variables[FIRST_PARTY] == "0"


@pytest.mark.parametrize("place", [".claude/settings.json", "project/.claude/settings.local.json"])
def test_settings_that_name_another_base_url_are_overridden(tmp_path: Path, place: str) -> None:
    settings(tmp_path, place, ANTHROPIC_BASE_URL="https://elsewhere.example")

    launch = configure(wanted(tmp_path))

    assert launch.arguments[0] == "--settings"
    assert json.loads(launch.arguments[1]) == {"env": {"ANTHROPIC_BASE_URL": BASE}}
    assert launch.notes == ()


def test_where_settings_are_said_by_the_user_too_it_is_told_how(tmp_path: Path) -> None:
    settings(tmp_path, ANTHROPIC_BASE_URL="https://elsewhere.example")

    launch = configure(wanted(tmp_path, "--settings=mine.json"))

    assert launch.arguments == ()
    assert len(launch.notes) == 1
    assert BASE in launch.notes[0]


def test_what_goes_past_us_is_told(tmp_path: Path) -> None:
    settings(tmp_path, CLAUDE_CODE_USE_VERTEX="1")

    (note, other) = configure(wanted(tmp_path, CLAUDE_CODE_USE_BEDROCK="1")).notes

    assert "Bedrock" in note
    assert "Vertex AI" in other


@pytest.mark.parametrize("content", [b"", b"[]", b'{"env": 5}', b"{", b"[" * 100_000])
def test_settings_that_cannot_be_read_are_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ".claude" / "settings.json"
    file.parent.mkdir()
    file.write_bytes(content)

    assert configure(wanted(tmp_path)).arguments == ()
