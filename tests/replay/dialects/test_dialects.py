"""What every dialect must hold: being listed in DIALECTS is being tested here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.formats import FORMATS
from headroom.replay.bill import Tokens
from headroom.replay.dialects import DIALECTS, Call, Dialect
from headroom.replay.request_body import session_from_body
from headroom.replay.session import Session
from tests.replay.examples import all_bodies

TOKENS = Tokens(read=100, written=20, output=3)

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: str(one.format.name))


def _session(dialect: Dialect) -> Session:
    sessions = [session_from_body("garden", body) for body in all_bodies()]
    (found,) = [each for each in sessions if each.dialect == dialect]
    return found


def test_every_format_is_one_of_them() -> None:
    assert {dialect.format.name for dialect in DIALECTS} == {one.name for one in FORMATS}


@each_dialect
def test_a_body_that_names_it_is_read_as_it(dialect: Dialect) -> None:
    for name in dialect.names:
        body = {"format": name, dialect.history: []}

        assert session_from_body("garden", body).dialect == dialect


@each_dialect
def test_no_two_are_named_alike(dialect: Dialect) -> None:
    names = [name for one in DIALECTS for name in one.names]

    assert all(names.count(name) == 1 for name in dialect.names)


@each_dialect
def test_a_call_and_the_result_that_answers_it_are_told(dialect: Dialect) -> None:
    items = _session(dialect).threads[0].items
    parts = [part for item in items for _, part in dialect.parts(item)]

    calls = [call for call in map(dialect.call, parts) if call is not None]
    results = [result for result in map(dialect.result, parts) if result is not None]

    assert calls[0].name == "look"
    assert [result.call for result in results] == [call.id for call in calls]
    assert results[0].text.startswith("src/garden/plot_0/carrots.py\n")


@each_dialect
def test_what_a_made_turn_says_and_calls_is_read_again(dialect: Dialect) -> None:
    call = Call("call_9", "look", {"command": "ls"})

    items = dialect.turn("Once more.", [call])

    parts = [part for item in items for _, part in dialect.parts(item)]
    assert [dialect.owner(item) for item in items] == ["assistant"] * len(items)
    assert [dialect.text(part) for part in parts] == ["Once more.", ""]
    made = dialect.call(parts[1])
    assert made is not None
    assert (made.id, made.name) == (call.id, call.name)
    assert "ls" in json.dumps(made.arguments)
    assert dialect.turn("", []) == ()


@each_dialect
def test_a_turn_that_was_taken_is_the_answer(dialect: Dialect) -> None:
    session = _session(dialect)
    reply = next(session.turns()).reply

    told = json.dumps(dialect.answer(session.model, reply, TOKENS))

    assert "find src" in told
    assert session.model in told
    assert "100" in told


@each_dialect
@pytest.mark.parametrize("reply", [(), (5,), ({"role": "assistant", "content": "Done."},)])
def test_any_reply_can_be_sent(dialect: Dialect, reply: tuple[Any, ...]) -> None:
    assert json.dumps(dialect.answer("a-model", reply, TOKENS)).count("a-model") == 1


@each_dialect
@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, {"type": 5}, {"role": [], "content": 5}])
def test_odd_items_and_parts_are_nobodys_call_or_result(dialect: Dialect, odd: Any) -> None:
    for _, part in dialect.parts(odd):
        assert dialect.call(part) is None
        assert dialect.result(part) is None
    assert dialect.owner(odd) == "user"
