from __future__ import annotations

import json

from headroom.replay.dialects import AnthropicDialect, OpenAIResponsesDialect
from headroom.replay.session import Session, Thread, encode, thread_of
from tests.replay.examples import anthropic_session


def test_a_turn_is_sent_with_the_whole_history_before_it() -> None:
    bodies = [json.loads(turn.body) for turn in anthropic_session().turns()]

    assert [len(body["messages"]) for body in bodies] == [1, 3, 5]
    assert bodies[0]["system"] == "You tend a garden."


def test_a_later_body_begins_with_the_bytes_of_an_earlier_one() -> None:
    first, second, _ = (turn.body for turn in anthropic_session().turns())

    assert second.startswith(first[: first.rindex(b"]")])


def test_unbroken_assistant_items_are_one_turn() -> None:
    items = (
        "question",
        {"role": "assistant"},
        {"type": "function_call"},
        "output",
        {"role": "user"},
    )

    assert thread_of(items, OpenAIResponsesDialect()).turns == ((1, 3),)


def test_an_assistant_item_before_any_question_is_no_turn() -> None:
    items = ({"role": "assistant"}, {"role": "user"})

    assert thread_of(items, AnthropicDialect()).turns == ()


def test_turns_that_were_taken_before_a_rewind_are_not_taken_again() -> None:
    items = ({"role": "user"}, {"role": "assistant"}, {"role": "user"}, {"role": "assistant"})

    assert thread_of(items, AnthropicDialect(), already_taken=2).turns == ((3, 4),)


def test_a_lone_surrogate_is_escaped_as_javascript_writes_it() -> None:
    assert encode("\ud83d") == b'"\\ud83d"'
    assert encode("ü") == '"ü"'.encode()


def test_a_session_counts_the_turns_of_all_its_threads() -> None:
    thread = Thread(({"role": "user"}, {"role": "assistant"}), ((1, 2),))

    session = Session("two", AnthropicDialect(), "claude", {}, (thread, thread))

    assert session.turn_count == len(list(session.turns())) == 2
