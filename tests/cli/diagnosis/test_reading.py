"""Reading agents' files."""

from __future__ import annotations

from pathlib import Path

from headroom.cli.diagnosis.places import places
from headroom.cli.diagnosis.reading import read_all


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_all_that_files_say_comes_together(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    write(home / ".claude" / "settings.json", '{"env": {"ANTHROPIC_BASE_URL": "http://a"}}')
    write(home / ".claude" / ".credentials.json", '{"claudeAiOauth": {}}')
    write(home / ".codex" / "config.toml", 'openai_base_url = "http://b"')
    write(home / ".aider.conf.yml", "openai-api-base: http://localhost:1/v1")
    write(work / "AGENTS.md", "<!-- headroom:rtk-instructions -->")
    write(work / ".claude" / "settings.json", '{"env": {"canary": ')
    write(home / ".claude" / "settings.local.json", "")

    read = read_all(places({}, home, work), home)

    assert [(one.file, one.value) for one in read.said] == [
        ("~/.claude/settings.json", "http://a"),
        ("~/.codex/config.toml", "http://b"),
        ("~/.aider.conf.yml", "http://localhost:1/v1"),
    ]
    assert [one.where for one in read.credentials] == ["~/.claude/.credentials.json"]
    assert [one.file for one in read.leftovers] == [str(work / "AGENTS.md")]
    assert set(read.unreadable) == {
        str(work / ".claude" / "settings.json"),
        "~/.claude/settings.local.json",
    }
    assert "canary" not in str(read.unreadable.values())


def test_a_folder_where_a_file_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / ".codex" / "config.toml").mkdir(parents=True)

    read = read_all(places({}, tmp_path, tmp_path), tmp_path)

    assert set(read.unreadable) == {"~/.codex/config.toml"}
