"""Finds session files and reads whatever kind they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from headroom.replay.claude_code import claude_code_sessions, is_claude_code
from headroom.replay.codex import codex_sessions, is_codex
from headroom.replay.dialects import DIALECTS
from headroom.replay.gemini_cli import gemini_cli_sessions, is_gemini_cli
from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session, SessionError

# A file says what it is in its first lines; some begin with summaries or settings.
_LINES_LOOKED_AT = 50

_Line = dict[str, Any]

# Whether a line is of an agent's session file, and the sessions in a file of such lines.
_AGENTS: tuple[
    tuple[Callable[[_Line], bool], Callable[[str, Iterable[_Line]], Iterable[Session]]], ...
] = (
    (is_claude_code, claude_code_sessions),
    (is_codex, codex_sessions),
    (is_gemini_cli, gemini_cli_sessions),
)


def session_files(paths: Iterable[Path]) -> list[Path]:
    """The files among *paths*, and all `.jsonl` and `.json` files in the folders among them."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = [*path.rglob("*.jsonl"), *path.rglob("*.json")]
            found.update(dict.fromkeys(sorted(file for file in inside if file.is_file())))
        else:
            found[path] = None
    return list(found)


def own_session_files(claude_folder: Path, codex_folder: Path, gemini_folder: Path) -> list[Path]:
    """The sessions that the agents on this machine left behind, oldest first."""
    chats = gemini_folder / "tmp"
    found = [
        *(claude_folder / "projects").glob("**/*.jsonl"),
        *(codex_folder / "sessions").glob("**/*.jsonl"),
        *chats.glob("*/chats/**/*.jsonl"),
        # An older file that was gone on from was written anew beside itself.
        *(
            file
            for file in chats.glob("*/chats/**/*.json")
            if not file.with_suffix(".jsonl").exists()
        ),
    ]
    return sorted(found, key=lambda file: (file.stat().st_mtime, str(file)))


def read_sessions(path: Path, *, answered: bool = True) -> list[Session]:
    """All sessions in one file; none when no model answered in it, where only *answered* ones
    are asked for.

    Raises SessionError when it is no session file at all, OSError when it cannot be read.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    name = path.stem
    whole = _parsed(text)
    if isinstance(whole, dict) and _is_body(whole):
        session = session_from_body(name, whole)
        return [session] if session.turn_count or not answered else []
    lines = [whole] if isinstance(whole, dict) else list(_objects(text))
    for line in lines[:_LINES_LOOKED_AT]:
        for is_of_agent, sessions in _AGENTS:
            if is_of_agent(line):
                return list(sessions(name, lines))
    raise SessionError(
        f"{path} is neither a session file of Claude Code, Codex or Gemini CLI nor a request body"
    )


def _is_body(whole: dict[str, Any]) -> bool:
    return any(one.history in whole for one in DIALECTS) and not is_gemini_cli(whole)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects among the lines: a line cut by a crash is passed over."""
    for line in text.split("\n"):
        value = _parsed(line) if line.strip() else None
        if isinstance(value, dict):
            yield value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
