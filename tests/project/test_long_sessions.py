"""What the benchmarks of modes and windows make of recordings: longer ones, and bound thinking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.bindings import Bindings, thinking_aloud
from benchmarks.joined import joined
from benchmarks.window import problem
from headroom.replay.request_body import session_from_body
from tests.replay.examples import all_bodies, anthropic_body, responses_body, words

BODIES = all_bodies()


@pytest.mark.parametrize("body", BODIES, ids=[body["format"] for body in BODIES])
def test_recordings_one_after_another_are_one_valid_session(body: dict[str, Any]) -> None:
    session = session_from_body("garden", body)

    long = joined("garden x3", [session] * 3)

    assert long.turn_count == 3 * session.turn_count
    assert [problem(long, turn.body) for turn in long.turns()] == [""] * long.turn_count


@pytest.mark.parametrize("body", [anthropic_body(), responses_body()], ids=["anthropic", "openai"])
def test_thinking_is_broken_by_a_change_before_it_and_by_nothing_else(body: dict[str, Any]) -> None:
    session = thinking_aloud(joined("x2", [session_from_body("garden", body)] * 2))
    last = session.turn_count - 1

    def broken(change_from: int) -> int:
        bindings = Bindings(session, words)
        for turn in session.turns():
            sent = turn.body.replace(b"carrots?", b"roots?") if turn.number >= change_from else b""
            bindings.take(sent or turn.body, turn.number, is_last=turn.number == last)
        assert bindings.checked >= last
        return bindings.broken

    assert broken(last + 1) == 0
    assert broken(0) == 0
    assert broken(last) == last


def test_chat_has_no_thinking_to_bind() -> None:
    session = session_from_body("garden", BODIES[1])

    assert thinking_aloud(session) is session
    assert json.loads(next(session.turns()).body)["messages"]
