"""Indexes of what conversations have sent, from one turn to the next."""

from __future__ import annotations

import pytest

from headroom.conversation import Block, Conversation, Form, Known
from headroom.pipeline import Seen, Texts
from headroom.proxy import remembered as module
from headroom.proxy.remembered import Remembered
from headroom.state.place import Place


def conversation(count: int) -> Conversation:
    texts = [
        "\n".join(f"text {number} line {line}" for line in range(30)) for number in range(count)
    ]
    blocks = [Block(("m", n), n, "tool", "tool_result", text) for n, text in enumerate(texts)]
    return Conversation(tuple(blocks), "model")


def place(count: int, decided: int) -> Place:
    return Place(tuple(b"chain %d" % n for n in range(count)), Known(decided=decided))


def indexed(lines: int) -> Seen:
    seen = Seen()
    seen.add(text="", sent="\n".join(f"a line of its own {line}" for line in range(lines)))
    return seen


def test_what_nobody_has_given_is_empty() -> None:
    assert Remembered().take(b"chain").texts == 0


def test_an_index_can_be_gone_on_with_more_than_once() -> None:
    remembered = Remembered()
    remembered.give(b"chain", indexed(30))

    first, second = remembered.take(b"chain"), remembered.take(b"chain")
    first.add(text="", sent="only the first knows this line")

    assert (first.texts, second.texts) == (2, 1)
    assert second.places("a line of its own 7") == first.places("a line of its own 7") != ()
    assert not second.places("only the first knows this line")


async def test_a_turn_is_indexed_for_the_next() -> None:
    remembered = Remembered()
    whole = conversation(3)

    await remembered.catch_up(place(3, 0), Seen(), whole, {1: Form("short form of it")})
    seen = remembered.take(b"chain 2")

    assert seen.texts == len(Texts.of(whole, {})) == 3
    assert seen.places("text 0 line 3")
    assert seen.places("short form of it")
    assert not seen.places("text 1 line 3")


async def test_others_can_go_on_from_where_a_turn_began() -> None:
    remembered = Remembered()

    await remembered.catch_up(place(3, 2), Seen(), conversation(3), {})

    assert remembered.take(b"chain 1").texts == 2
    assert remembered.take(b"chain 2").texts == 3


def test_L9_the_longest_unseen_leave_when_there_are_too_many_lines() -> None:
    remembered = Remembered()
    half = module.LIMIT_LINES // 2

    for chain in (b"first", b"second"):
        remembered.give(chain, indexed(half))
    remembered.take(b"first")
    remembered.give(b"third", indexed(half))

    assert remembered.take(b"second").texts == 0
    assert remembered.take(b"first").texts == remembered.take(b"third").texts == 1


@pytest.mark.parametrize("lines", [10, 20])
def test_giving_again_replaces_what_was_there(lines: int) -> None:
    remembered = Remembered()

    for _ in range(3):
        remembered.give(b"chain", indexed(lines))

    assert remembered._lines == lines
