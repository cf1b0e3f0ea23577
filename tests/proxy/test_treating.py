"""What became of a request's blocks."""

from __future__ import annotations

import dataclasses

import pytest

from headroom.conversation import Block, Conversation, Form, Known, Note, Plan, ToolCall
from headroom.proxy import treating
from headroom.proxy.treating import treated
from headroom.state.place import Place

CALL = ToolCall("1", "Bash")
BLOCKS = (
    Block(("messages", 0), 0, "user", "text", "do it"),
    Block(("messages", 1), 1, "assistant", "tool_call", "{}", CALL),
    Block(("messages", 2), 1, "tool", "tool_result", "long", CALL, editable=True),
    Block(("messages", 3), 1, "user", "text", "go on"),
)
CHAIN = tuple(bytes([number]) * 16 for number in range(4))
SHORTER = Form("short", ("log",), 90, 30, original="abc")
PLAN = Plan(
    forms={2: SHORTER},
    notes=(Note(("messages", 3), "nothing to gain"),),
    seen_before=5,
    seen_after=5,
    running=((15, 15), (105, 45), (112, 52)),
)


def place_of(decided: int) -> Place:
    return Place(CHAIN, Known(decided=decided))


def test_new_blocks_are_told_with_their_tokens_and_why() -> None:
    told, untold = treated(Conversation(BLOCKS, "claude"), place_of(1), PLAN)

    assert untold == 0
    assert [(one.index, one.tokens_before, one.tokens_after) for one in told] == [
        (1, 10, 10),
        (2, 90, 30),
        (3, 7, 7),
    ]
    assert (told[1].tool, told[1].by, told[1].original) == ("Bash", ("log",), "abc")
    assert told[1].place == CHAIN[2].hex()
    assert (told[2].reason, told[2].place, told[2].tool) == ("nothing to gain", "", "")


def test_a_block_that_was_rewritten_is_told_as_sent_before() -> None:
    again = Form("[gone]", ("stale",), 5, 1)

    told, untold = treated(
        Conversation(BLOCKS, "claude"), place_of(1), dataclasses.replace(PLAN, rewritten={0: again})
    )

    assert untold == 0
    assert (told[0].index, told[0].was_sent, told[0].tokens_after) == (0, True, 1)
    assert not told[1].was_sent


def test_so_many_are_told_and_those_that_became_shorter_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(treating, "MOST_TOLD", 2)

    told, untold = treated(Conversation(BLOCKS, "claude"), place_of(1), PLAN)

    assert [one.index for one in told] == [1, 2]
    assert untold == 1
