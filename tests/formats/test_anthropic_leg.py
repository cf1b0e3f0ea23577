from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import Leg
from headroom.formats.anthropic_leg import (
    NO_ANSWER,
    Block,
    StreamedLeg,
    asking,
    block_of,
    echoed,
    given_back,
    is_blank,
    is_ours,
    is_thinking,
    next_body,
    notes,
    result,
    unanswered,
)
from headroom.formats.turns import encoded
from headroom.marker import TOOL

OURS = {"type": "tool_use", "id": "o1", "name": TOOL, "input": {}}
BASH = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}
THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
BODY: dict[str, Any] = {
    "model": "m",
    "system": "s",
    "tools": [],
    "messages": [{"role": "user", "content": "Go."}],
}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def leg(*blocks: dict[str, Any], answered: bool = True) -> Leg:
    hidden = tuple(n for n, block in enumerate(blocks) if is_ours(block))
    answers = tuple(result(blocks[n]["id"], "text") for n in hidden)
    return Leg(tuple(map(encoded, blocks)), hidden, answers if answered else ())


def grown(begun: dict[str, Any], *deltas: dict[str, Any]) -> Any:
    block = Block(dict(begun))
    for delta in deltas:
        block.add(delta)
    return msgspec.json.decode(block.piece())


def test_a_signature_is_set_and_does_not_grow() -> None:
    begun = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    deltas = [{"type": "signature_delta", "signature": name} for name in ("a", "b")]

    assert grown(begun, *deltas) == {**begun, "signature": "b"}


def test_a_known_delta_adds_only_what_it_is_for() -> None:
    delta = {"type": "thinking_delta", "thinking": "Hm.", "estimated_tokens": 3}

    assert grown({"type": "thinking", "thinking": ""}, delta) == {
        "type": "thinking",
        "thinking": "Hm.",
    }


def test_arguments_keep_their_own_spelling() -> None:
    block = Block(dict(OURS))
    for piece in ('{"hash" : ', '"a\\u00e9", "n": 1.0}'):
        block.add({"type": "input_json_delta", "partial_json": piece})

    assert block.call().arguments == '{"hash" : "a\\u00e9", "n": 1.0}'
    assert '"input":{"hash" : "a\\u00e9", "n": 1.0}' in block.piece()


def test_arguments_may_come_whole_with_the_call() -> None:
    assert Block({**OURS, "input": {"hash": "a"}}).call().arguments == '{"hash":"a"}'


@pytest.mark.parametrize("piece", ["[]", "nothing", '{"a', ""])
def test_arguments_that_are_no_object_are_none(piece: str) -> None:
    assert grown(OURS, {"type": "input_json_delta", "partial_json": piece}) == OURS


def test_a_block_says_whose_call_it_is() -> None:
    assert (Block(dict(OURS)).is_ours, Block(dict(OURS)).calls_client) == (True, False)
    assert (Block(dict(BASH)).is_ours, Block(dict(BASH)).calls_client) == (False, True)
    served = {"type": "server_tool_use", "id": "s1", "name": TOOL}
    assert (Block(served).is_ours, Block(dict(served)).calls_client) == (False, False)


def test_a_leg_that_has_not_ended_calls_nobody() -> None:
    streamed = StreamedLeg()
    streamed.block(0, dict(OURS))
    streamed.end("message_delta", {"delta": {"stop_reason": "tool_use"}})
    assert streamed.calls_of_ours() == ()

    streamed.end("message_stop", {})

    assert [call.id for call in streamed.calls_of_ours()] == ["o1"]


def test_usage_and_container_are_the_last_that_were_told() -> None:
    streamed = StreamedLeg()
    streamed.begin({"id": "m1", "usage": {"input_tokens": 3, "output_tokens": 1}})
    streamed.end(
        "message_delta",
        {"delta": {"container": {"id": "c1"}}, "usage": {"input_tokens": None, "output_tokens": 9}},
    )

    assert streamed.usage == {"input_tokens": 3, "output_tokens": 9}
    assert (streamed.id, streamed.container) == ("m1", "c1")


def test_what_a_block_is() -> None:
    assert [is_thinking(b) for b in (THINKING, {"type": "redacted_thinking"}, OURS)] == [1, 1, 0]
    assert [is_blank(b) for b in (text(" \n"), text("a"), {"type": "new"})] == [1, 0, 0]
    assert (block_of('{"a":1}'), block_of("3"), block_of("")) == ({"a": 1}, {}, {})


def test_a_call_that_cannot_be_answered_has_the_answer_that_there_is_none() -> None:
    nameless = {"type": "tool_use", "name": TOOL}

    told = unanswered(leg(text("Hm."), OURS, BASH, answered=False))

    assert told == Leg(told.pieces, (1,), (result("o1", NO_ANSWER),))
    assert unanswered(Leg((encoded(nameless),), (0,))).answers == ()


@pytest.mark.parametrize(
    ("blocks", "reason", "is_said"),
    [
        ((), "end_turn", True),
        ((OURS,), "end_turn", True),
        ((text(" "), OURS), "max_tokens", True),
        ((text("Hm."), THINKING), "end_turn", True),
        ((THINKING, text(" ")), "end_turn", True),
        ((THINKING,), "pause_turn", False),
        ((), "pause_turn", False),
        ((text("Hm."), OURS), "end_turn", False),
        ((THINKING, BASH), "tool_use", False),
    ],
)
def test_a_turn_that_could_not_be_sent_back_ends_with_a_word(
    blocks: Any, reason: str, is_said: bool
) -> None:
    assert bool(notes([leg(*blocks)], reason)) is is_said


def test_pieces_are_given_back_as_the_provider_takes_them() -> None:
    said = leg(THINKING, text("\n"), text("Hm."), OURS)

    assert given_back(said) == [encoded(block) for block in (THINKING, text("Hm."), OURS)]
    assert given_back(said, thinking=False) == [encoded(text("Hm.")), encoded(OURS)]


def test_the_next_body_goes_on_behind_what_was_sent() -> None:
    sent = b'{ "messages": [ {"role":"user"} ] , "model": "m\\u00e9" }'
    said = leg(text("Hm."), OURS)

    body = next_body(sent, said, "m1")

    added = asking(said.pieces, said.answers)
    assert body == sent.replace(b'{"role":"user"}', b'{"role":"user"},' + added.encode())


@pytest.mark.parametrize("thread", [{"type": "create"}, {"type": "continue", "x": 1}])
def test_in_a_thread_only_the_answers_are_sent(thread: Any) -> None:
    body = {**BODY, "thread": thread, "max_tokens": 5}

    asked = msgspec.json.decode(next_body(msgspec.json.encode(body), leg(text("Hm."), OURS), "m1"))

    assert asked == {
        "model": "m",
        "max_tokens": 5,
        "thread": {"type": "continue", "previous_message_id": "m1"},
        "messages": [{"role": "user", "content": [msgspec.json.decode(result("o1", "text"))]}],
    }


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({}, "c1"),
        ({"container": None}, "c1"),
        ({"container": "c0"}, "c0"),
        ({"container": {"id": "c0"}}, {"id": "c0"}),
        ({"container": {"id": None, "skills": [1]}}, {"id": "c1", "skills": [1]}),
        ({"container": {"skills": [1]}}, {"id": "c1", "skills": [1]}),
    ],
)
def test_the_next_leg_runs_where_the_last_one_did(known: dict[str, Any], asked: Any) -> None:
    sent = msgspec.json.encode({**BODY, **known})

    assert msgspec.json.decode(next_body(sent, leg(OURS), "m1", "c1"))["container"] == asked
    assert msgspec.json.decode(next_body(sent, leg(OURS), "m1")).get("container") == known.get(
        "container"
    )


def test_the_echo_is_what_the_client_has_of_all_legs() -> None:
    echo = echoed((leg(text("One."), OURS), leg(text("Two."))), (encoded(text("End.")),))

    content = [text("One."), text("Two."), text("End.")]
    assert msgspec.json.decode(echo) == {"messages": [{"role": "assistant", "content": content}]}
