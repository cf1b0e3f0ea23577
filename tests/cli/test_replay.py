from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import run
from tests.replay.examples import (
    anthropic_body,
    as_lines,
    claude_code_lines,
    codex_lines,
    gemini_cli_lines,
)


def test_a_folder_is_replayed_to_json_and_a_page(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(anthropic_body()))
    (tmp_path / "two.jsonl").write_text(as_lines(claude_code_lines()))
    (tmp_path / "notes.json").write_text("{}")
    page = tmp_path / "page.html"

    done = run("replay", str(tmp_path), "--json", "--html", str(page))

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["total"]["turns"] == 5
    assert found["total"]["net"]["standard"] <= 1
    assert found["total"]["use_kept"] == 1
    assert "notes.json is neither" in done.stderr
    assert page.read_text().startswith("<!doctype html>")


def test_without_a_path_ones_own_sessions_are_found(tmp_path: Path) -> None:
    claude = tmp_path / ".claude" / "projects" / "-garden" / "one.jsonl"
    codex = tmp_path / "codex" / "sessions" / "2026" / "two.jsonl"
    gemini = tmp_path / "gemini" / ".gemini" / "tmp" / "garden" / "chats" / "session-3.jsonl"
    for file, lines in (
        (claude, claude_code_lines()),
        (codex, codex_lines()),
        (gemini, gemini_cli_lines()),
    ):
        file.parent.mkdir(parents=True)
        file.write_text(as_lines(lines))
    variables = {
        "HOME": str(tmp_path),
        "CODEX_HOME": str(tmp_path / "codex"),
        "GEMINI_CLI_HOME": str(tmp_path / "gemini"),
    }

    done = run("replay", variables=variables)

    assert done.returncode == 0, done.stderr
    assert "3 sessions, 6 turns" in " ".join(done.stdout.split())


def test_nothing_to_replay_is_one_sentence(tmp_path: Path) -> None:
    done = run("replay", variables={"HOME": str(tmp_path)})

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("headroom: No sessions of Claude Code in")


def test_a_folder_without_sessions_is_one_sentence(tmp_path: Path) -> None:
    done = run("replay", str(tmp_path))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_file_without_an_answer_is_one_sentence_more(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text('{"model": "m", "messages": []}')

    done = run("replay", str(file))

    assert done.returncode == 1
    assert "No session with an answered request" in done.stderr


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(anthropic_body()))

    done = run("replay", str(file), "--html", str(tmp_path / "nowhere" / "page.html"))

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
