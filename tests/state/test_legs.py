"""Hidden legs are found again by what survives a client that writes its turn anew."""

from __future__ import annotations

import pytest

from headroom.conversation import Block, Leg, ToolCall
from headroom.state.legs import (
    Held,
    held_key,
    legs_key,
    packed,
    turns_of,
    unpacked_held,
    unpacked_legs,
)

SECRET, LINK = b"secret", b"link"


def text(said: str, role: str = "assistant") -> Block:
    return Block((), 1, role, "text", said)  # type: ignore[arg-type]  # one of the roles


def call(call_id: str, arguments: str = "{}") -> Block:
    made = ToolCall(call_id, "Bash", arguments)
    return Block((), 1, "assistant", "tool_call", arguments, made)


def thought(said: str) -> Block:
    return Block((), 1, "assistant", "opaque", said)


def key(*turn: Block, link: bytes = LINK, secret: bytes = SECRET) -> bytes:
    return legs_key(secret, link, turn)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((call("a"),), (text("lost"), call("a"), thought("t"))),
        ((call("a", '{"x":1}'),), (call("a", '{"x": 1}'),)),
        ((text("so  it\nis"), thought("t")), (text("so it"), text("is "))),
        ((thought("signed"),), (thought("signed"),)),
    ],
)
def test_what_a_client_may_change_makes_no_difference(
    one: tuple[Block, ...], other: tuple[Block, ...]
) -> None:
    assert key(*one) == key(*other)


def test_other_turns_stand_elsewhere() -> None:
    keys = {
        key(call("a")),
        key(call("b")),
        key(call("a"), call("b")),
        key(text("a")),
        key(thought("a")),
        key(text("ab")),
        key(text("a b")),
        key(call("a"), link=b"other"),
        key(call("a"), secret=b"other"),
    }

    assert len(keys) == 9


def test_the_turns_are_the_runs_of_the_assistant_that_answer_something() -> None:
    user = text("u", "user")
    blocks = [text("begun"), user, text("a"), call("c"), user, user, text("b")]

    assert turns_of(blocks) == {2: 4, 6: 7}


def test_what_is_packed_is_unpacked() -> None:
    legs = (Leg(("p", "q"), (1,), ("a",)), Leg(("r",)))

    assert unpacked_legs(packed(legs)) == legs
    assert unpacked_held(packed(Held("id", offered=True, legs=legs))) == Held("id", True, legs)


def test_kept_replies_are_found_by_their_id_alone() -> None:
    assert held_key(SECRET, "r1") == held_key(SECRET, "r1")
    assert len({held_key(SECRET, "r1"), held_key(SECRET, "r2"), held_key(b"x", "r1")}) == 3
