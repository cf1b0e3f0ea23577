"""Where requests of a conversation end and begin."""

from __future__ import annotations

from headroom.state.ends import ends_of, group_of, last_asked_of, speaks, tail_of
from tests.state.requests import call, result, said, task

BLOCKS = (task(), call(1), result(1, "one"), said("look"), task("and"), task("now"))
CHAIN = tuple(b"%d" % number for number in range(len(BLOCKS)))


def test_a_request_ends_before_each_turn_of_the_assistant_and_anywhere_behind_the_last() -> None:
    assert ends_of(BLOCKS) == [0, 2, 4, 5]
    assert ends_of(()) == []


def test_the_tail_is_what_the_assistant_has_not_answered() -> None:
    assert tail_of(BLOCKS) == 4
    assert tail_of(BLOCKS[:1]) == 0


def test_what_the_assistant_is_begun_with_was_not_asked() -> None:
    assert last_asked_of(BLOCKS) == 5
    assert last_asked_of(BLOCKS[:4]) == 2
    assert last_asked_of(()) == 0


def test_the_assistant_speaks_from_its_first_turn_on() -> None:
    assert not speaks(BLOCKS[:1])
    assert speaks(BLOCKS[:2])


def test_a_conversation_is_named_by_what_stands_before_its_first_turn_or_result() -> None:
    assert group_of(BLOCKS, CHAIN) == group_of(BLOCKS[:1], CHAIN[:1]) == b"0"
    assert group_of((task(), task(), result(1, "one")), CHAIN) == b"1"
    assert group_of((), ()) == b""
