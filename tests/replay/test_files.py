from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom.replay.files import own_session_files, read_sessions, session_files
from headroom.replay.session import SessionError
from tests.replay.examples import (
    all_bodies,
    as_lines,
    claude_code_lines,
    codex_lines,
    gemini_cli_lines,
)


def test_every_kind_of_file_is_told_by_what_it_holds(tmp_path: Path) -> None:
    texts = [as_lines(each) for each in (claude_code_lines(), codex_lines(), gemini_cli_lines())]
    texts += [json.dumps(body) for body in all_bodies()]

    dialects = []
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.jsonl"
        file.write_text(text)
        dialects += [session.dialect.format.name for session in read_sessions(file)]

    assert dialects == [
        "anthropic",
        "openai_responses",
        "gemini",
        "anthropic",
        "openai_chat",
        "openai_responses",
        "gemini",
    ]


def test_a_line_cut_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_text(as_lines(claude_code_lines()) + '{"type": "user", "mess')

    (session,) = read_sessions(file)

    assert session.turn_count == 2


@pytest.mark.parametrize("text", ["", "hello", "[1]", '{"type": "progress"}', "[" * 100_000])
def test_any_other_file_is_named_as_such(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.json"
    file.write_text(text)

    with pytest.raises(SessionError, match="is neither"):
        read_sessions(file)


def test_folders_are_searched_for_session_files(tmp_path: Path) -> None:
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    for name in ("a.jsonl", "b.json", "c.txt"):
        (inside / name).touch()

    assert session_files([tmp_path, inside / "a.jsonl"]) == [inside / "a.jsonl", inside / "b.json"]


def test_the_users_own_sessions_are_found(tmp_path: Path) -> None:
    claude = tmp_path / "claude" / "projects" / "-garden" / "1.jsonl"
    codex = tmp_path / "codex" / "sessions" / "2026" / "11" / "rollout.jsonl"
    gemini = tmp_path / "gemini" / "tmp" / "garden" / "chats" / "session-1.jsonl"
    gone_on_from = gemini.with_suffix(".json")
    subagent = gemini.parent / "1" / "2.jsonl"
    older = gemini.parent.parent.parent / "a1b2" / "chats" / "session-0.json"
    for file in (claude, codex, gemini, gone_on_from, subagent, older):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (gemini.parent.parent / "logs.json").touch()
    nowhere = tmp_path / "nowhere"

    found = own_session_files(tmp_path / "claude", tmp_path / "codex", tmp_path / "gemini")

    assert sorted(found) == sorted([claude, codex, gemini, subagent, older])
    assert own_session_files(nowhere, nowhere, nowhere) == []


def test_an_older_session_of_gemini_cli_is_no_request_body(tmp_path: Path) -> None:
    file = tmp_path / "session-0.json"
    head, _, asked, _, _, called, _, said, _ = gemini_cli_lines()
    file.write_text(json.dumps({**head, "messages": [asked, called, said]}, indent=2))

    (session,) = read_sessions(file)

    assert (session.dialect.format.name, session.turn_count) == ("gemini", 2)
