"""The chain of a conversation is made from what its blocks say."""

from __future__ import annotations

import pytest

from headroom.conversation import Block, Conversation
from headroom.state.chains import Chains, chained
from tests.state.requests import SECOND, SECRET, result


@pytest.mark.parametrize(
    "changed",
    [
        result(1, "two"),
        result(2, "one"),
        Block(("x",), 0, "tool", "tool_result", "one", call=result(1, "").call, editable=True),
        Block(("x",), 0, "user", "text", "one", call=result(1, "").call, editable=True),
    ],
)
def test_the_chain_tells_apart_what_differs_in_value(changed: Block) -> None:
    assert chained(SECRET, [result(1, "one")]) != chained(SECRET, [changed])


def test_the_chain_does_not_know_where_a_block_stands_in_the_body() -> None:
    here = result(1, "one")
    there = Block(("messages", 0), 4, "user", "tool_result", "one", call=here.call)

    assert chained(SECRET, [here]) == chained(SECRET, [there])
    assert chained(SECRET, [here]) != chained(b"other", [here])


def test_chains_are_the_same_with_and_without_memory() -> None:
    chains = Chains(secret=SECRET)
    keyed = Conversation(SECOND.blocks, "model", prefixes=((b"k1", 1), (b"k2", 3), (b"k3", 3)))

    first = chains.of(keyed)
    again = chains.of(keyed)

    assert first == again == chained(SECRET, SECOND.blocks) == chains.of(SECOND)
