"""Where requests of a conversation end and begin, as its blocks tell."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.conversation import Block


def ends_of(blocks: Sequence[Block]) -> list[int]:
    """Where an earlier request can have ended, or one that goes on from here can begin."""
    last = len(blocks) - 1
    tail = tail_of(blocks)
    return [
        index
        for index, block in enumerate(blocks)
        if index == last
        or index >= tail
        or (block.role != "assistant" and blocks[index + 1].role == "assistant")
    ]


def tail_of(blocks: Sequence[Block]) -> int:
    """Where what follows the assistant's last turn begins."""
    return max((i + 1 for i, block in enumerate(blocks) if block.role == "assistant"), default=0)


def last_asked_of(blocks: Sequence[Block]) -> int:
    """The last block that the assistant has not said: what follows only begins its answer."""
    return max((i for i, block in enumerate(blocks) if block.role != "assistant"), default=0)


def speaks(blocks: Sequence[Block]) -> bool:
    """Whether the assistant has had a turn."""
    return any(block.role == "assistant" for block in blocks)


def group_of(blocks: Sequence[Block], chain: Sequence[bytes]) -> bytes:
    """The name of the conversation: the chain of what its first request began with.

    That is what stands before the assistant's first turn and before any text of tools.  So the
    chain of every block that can have a form, and of every head after one, leads to one name;
    and conversations that only begin with the same words (instructions, a reminder) have two.
    """
    begun = next(
        (i for i, block in enumerate(blocks) if block.editable or block.role == "assistant"),
        len(blocks),
    )
    return chain[max(begun - 1, 0)] if chain else b""
