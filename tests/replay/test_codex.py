from __future__ import annotations

import json
from typing import Any

from headroom.replay.codex import codex_sessions, is_codex
from tests.replay.examples import codex_lines, responses_body


def _only(lines: list[dict[str, Any]]) -> Any:
    (session,) = codex_sessions("garden", lines)
    return session


def test_wrapped_items_become_the_requests_that_were_sent() -> None:
    session = _only(codex_lines())

    first, second = (json.loads(turn.body) for turn in session.turns())

    assert first["instructions"] == "You tend a garden."
    assert second["input"] == responses_body()["input"][:4]
    assert first["tools"] == [{"type": "function", "name": "look"}]
    assert (session.model, session.reported_tokens) == ("gpt-5.4", 7_000)


def test_older_files_hold_bare_items() -> None:
    meta = {"id": "1", "timestamp": "2025", "instructions": "You tend a garden."}

    session = _only([meta, {"record_type": "state"}, *responses_body()["input"]])

    assert session.turn_count == 2
    assert session.head["instructions"] == "You tend a garden."


def test_a_compaction_begins_the_history_anew() -> None:
    replaced = [{"type": "message", "role": "user", "content": "In short: carrots."}]
    lines = [
        *codex_lines(),
        {"type": "compacted", "payload": {"message": "", "replacement_history": replaced}},
        {"type": "response_item", "payload": {"type": "function_call", "name": "look"}},
        {"type": "compacted", "payload": {"message": "Shorter still."}},
        {"type": "response_item", "payload": {"type": "reasoning"}},
    ]

    bodies = [json.loads(turn.body)["input"] for turn in _only(lines).turns()]

    assert bodies[2] == replaced
    assert "Shorter still." in json.dumps(bodies[3])


def test_an_output_that_is_an_object_is_sent_as_its_text() -> None:
    output = {"type": "function_call_output", "call_id": "1", "output": {"content": "seen"}}
    lines = [responses_body()["input"][0], responses_body()["input"][2], output]

    session = _only([*lines, {"type": "reasoning"}])

    assert json.loads(list(session.turns())[1].body)["input"][2]["output"] == "seen"


def test_a_file_without_an_answer_holds_no_session() -> None:
    assert list(codex_sessions("garden", codex_lines()[:2])) == []


def test_lines_of_other_files_are_not_ours() -> None:
    assert is_codex({"type": "turn_context"})
    assert not is_codex({"type": "user", "message": {}})
    assert not is_codex({"type": 5})
