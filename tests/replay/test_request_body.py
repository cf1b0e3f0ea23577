from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.replay.request_body import session_from_body
from headroom.replay.session import SessionError
from tests.replay.examples import (
    all_bodies,
    anthropic_body,
    chat_body,
    gemini_body,
    responses_body,
)


def test_format_and_meta_are_not_sent() -> None:
    for body in all_bodies():
        for turn in session_from_body("one", body).turns():
            assert {"format", "meta"}.isdisjoint(json.loads(turn.body))


@pytest.mark.parametrize(
    ("body", "dialect"),
    [
        (anthropic_body(), "anthropic"),
        (chat_body(), "openai_chat"),
        (responses_body(), "openai_responses"),
        (gemini_body(), "gemini"),
        ({"model": "claude-x", "messages": []}, "anthropic"),
        ({"model": "gpt-x", "messages": []}, "openai_chat"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, "anthropic"),
    ],
)
def test_the_dialect_is_told_by_the_shape_alone(body: dict[str, Any], dialect: str) -> None:
    bare = {name: value for name, value in body.items() if name not in ("format", "system")}

    assert session_from_body("one", bare).dialect.format.name == dialect


@pytest.mark.parametrize("body", all_bodies())
def test_the_recorded_answer_is_one_more_turn(body: dict[str, Any]) -> None:
    call = {"name": "look", "input": {"command": "ls"}}
    answered = {**body, "meta": {"next_assistant": {"text": "Once more.", "tool_calls": [call]}}}
    history = next(name for name in ("input", "messages", "contents") if name in body)
    answered[history] = body[history][:-1]

    before = session_from_body("one", {**answered, "meta": None}).turn_count
    after = session_from_body("one", answered)

    assert after.turn_count == before + 1
    assert "Once more." in json.dumps(list(after.turns())[-1].reply)


@pytest.mark.parametrize(("said", "model"), [("gemini-3-pro", "gemini-3-pro"), (None, "")])
def test_a_model_that_stands_in_the_path_is_not_sent(said: str | None, model: str) -> None:
    session = session_from_body("one", {**gemini_body(), "model": said})

    assert session.model == (model or "gemini-2.5-pro")
    assert all("model" not in json.loads(turn.body) for turn in session.turns())


def test_a_history_that_is_no_list_is_no_session() -> None:
    with pytest.raises(SessionError, match="not a list of messages"):
        session_from_body("one", {"messages": "hello"})
