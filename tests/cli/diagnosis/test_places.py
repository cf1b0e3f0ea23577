"""Which files are looked into."""

from __future__ import annotations

from pathlib import Path

from headroom.cli.diagnosis.places import MANAGED, places

HOME, FOLDER = Path("/home/me"), Path("/home/me/work")


def test_a_users_and_a_projects_files_are_looked_into_what_wins_last() -> None:
    claude = [one.file for one in places({}, HOME, FOLDER) if one.reads == "claude"]

    assert claude == [
        HOME / ".claude" / "settings.json",
        HOME / ".claude" / "settings.local.json",
        FOLDER / ".claude" / "settings.json",
        FOLDER / ".claude" / "settings.local.json",
        *MANAGED,
    ]


def test_no_file_is_looked_into_twice_at_home() -> None:
    files = [one.file for one in places({}, HOME, HOME)]

    assert len(files) == len(set(files))


def test_folders_that_variables_name_are_taken() -> None:
    environ = {"CLAUDE_CONFIG_DIR": "/c", "CODEX_HOME": "/x", "XDG_CONFIG_HOME": "/g"}
    files = [str(one.file) for one in places(environ, HOME, FOLDER)]

    assert {"/c/settings.json", "/x/config.toml", "/x/auth.json"} <= {*files}
    assert "/g/opencode/opencode.json" in files
