"""Hidden legs are found again by what survives a client that writes its turn anew."""

from __future__ import annotations

import json

import pytest

from headroom.conversation import Block, Leg, ToolCall
from headroom.state.legs import (
    MOST_NAMES,
    Held,
    answers_of,
    held_key,
    legs_keys,
    packed,
    unpacked_held,
    unpacked_legs,
)

SECRET, GROUP, LINK = b"secret", b"group", b"link"


def text(said: str, role: str = "assistant") -> Block:
    return Block((), 1, role, "text", said)  # type: ignore[arg-type]  # one of the roles


def call(call_id: str, arguments: str = "{}") -> Block:
    made = ToolCall(call_id, "Bash", arguments)
    return Block((), 1, "assistant", "tool_call", arguments, made)


def thought(signature: str) -> Block:
    value = {"type": "thinking", "thinking": "hm", "signature": signature}
    return Block((), 1, "assistant", "opaque", json.dumps(value))


def keys(
    *turn: Block, group: bytes = GROUP, link: bytes = LINK, secret: bytes = SECRET
) -> set[bytes]:
    return {name for _, name in legs_keys(secret, group, link, turn)}


WHOLE = (thought("s1"), text("so"), thought("s2"), call("a"))


@pytest.mark.parametrize(
    "returned",
    [
        WHOLE,
        (call("a"),),
        (thought("s1"), text("so")),
        (thought("s2"), text("and more"), call("a", '{"x": 1}')),
        (*WHOLE, thought("s3"), call("b")),
    ],
)
def test_a_part_of_a_turn_and_a_turn_that_goes_on_lead_to_the_same(
    returned: tuple[Block, ...],
) -> None:
    assert keys(*WHOLE) & keys(*returned)


def test_names_hold_wherever_in_the_conversation_the_turn_stands_and_nowhere_else() -> None:
    assert keys(*WHOLE, link=b"edited") == keys(*WHOLE)
    assert not keys(*WHOLE, group=b"another") & keys(*WHOLE)
    assert not keys(*WHOLE, secret=b"another") & keys(*WHOLE)
    assert not keys(call("b"), thought("s3")) & keys(*WHOLE)


def test_the_same_words_with_other_names_are_another_turn() -> None:
    assert not keys(thought("s1"), text("so")) & keys(thought("s9"), text("so"))


def test_a_turn_without_names_is_found_by_its_words_behind_what_it_answered() -> None:
    assert keys(text("so  it\nis")) == keys(text("so it"), text("is "))
    assert keys(text("so it is")) != keys(text("so it was"))
    assert keys(text("so it is")) != keys(text("so it is"), link=b"another")


def test_words_are_found_again_wherever_a_client_cuts_or_joins_its_texts() -> None:
    whole = keys(text("Let me see."), text("It is slow."))

    assert keys(text("Let me see.It is slow.")) == whole
    assert keys(text("Let me s"), text("ee."), text("It i"), text("s slow.")) == whole
    assert keys(text("Let me see. It is quick.")) != whole


def test_reasoning_is_named_by_its_content_before_its_id() -> None:
    value = {"type": "reasoning", "id": "rs_1", "encrypted_content": "e"}
    without_id = {name: value[name] for name in ("type", "encrypted_content")}
    one, other = (
        Block((), 1, "assistant", "opaque", json.dumps(each)) for each in (value, without_id)
    )

    assert keys(one) == keys(other)


def test_of_very_many_names_both_ends_are_kept() -> None:
    turn = [call(str(number)) for number in range(10 * MOST_NAMES)]

    assert len(keys(*turn)) == MOST_NAMES
    assert keys(*turn) & keys(turn[0])
    assert keys(*turn) & keys(turn[-1])


def test_what_is_no_json_names_nothing() -> None:
    odd = Block((), 1, "assistant", "opaque", "{")

    assert keys(odd) == keys()


def test_the_turns_are_the_runs_of_the_assistant_that_answer_something() -> None:
    user = text("u", "user")
    blocks = [text("begun"), user, text("a"), call("c"), user, user, text("b")]

    assert answers_of(blocks) == {2: 4, 6: 7}


def test_what_is_packed_is_unpacked() -> None:
    legs = (Leg(("p", "q"), (1,), ("a",)), Leg(("r",)))

    assert unpacked_legs(packed(legs)) == legs
    assert unpacked_held(packed(Held("id", offered=True, legs=legs))) == Held("id", True, legs)


def test_kept_replies_are_found_by_their_id_alone() -> None:
    assert held_key(SECRET, "r1") == held_key(SECRET, "r1")
    assert len({held_key(SECRET, "r1"), held_key(SECRET, "r2"), held_key(b"x", "r1")}) == 3
