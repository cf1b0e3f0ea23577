"""The turns of a conversation: what may leave it as one, with its calls and their results."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from headroom.conversation import Block

_SEALED = re.compile(r'"type":"(?:compaction|context_compaction|item_reference)')
"""Opaque items by which the provider knows what it has forgotten or keeps (PROVIDERS 6.7, 7.2)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the assistant said in one go, and all that follows up to its next turn.

    *blocks* and *messages* are where it stands: in the conversation, and in the body's list.
    """

    number: int
    blocks: range
    messages: range


def turns_of(blocks: Sequence[Block]) -> tuple[Turn, ...]:
    """All turns, in order; none where the history is no list of messages."""
    begins = list(_begins(blocks))
    if not begins or any(_message(blocks[begin]) < 0 for begin in begins):
        return ()
    ends = [*begins[1:], len(blocks)]
    last = _message(blocks[-1]) + 1
    starts = [*(_message(blocks[begin]) for begin in begins), last]
    return tuple(
        Turn(blocks[begin].turn, range(begin, end), range(starts[at], starts[at + 1]))
        for at, (begin, end) in enumerate(zip(begins, ends, strict=True))
    )


def is_sealed(blocks: Sequence[Block], turn: Turn, woven: Collection[int]) -> bool:
    """Whether the turn holds something by which the provider keeps its books, or hidden legs.

    *woven* are the first blocks of turns with hidden legs.
    """
    if turn.blocks.start in woven:
        return True
    return any(
        block.role == "system"
        or (block.kind == "opaque" and bool(_SEALED.search(block.text[:2_000])))
        for block in blocks[turn.blocks.start : turn.blocks.stop]
    )


def has_task(blocks: Sequence[Block], turn: Turn) -> bool:
    """Whether a user says something in a message of its own after the assistant has spoken."""
    of_tools = {
        block.path[:2]
        for block in blocks[turn.blocks.start : turn.blocks.stop]
        if block.role == "tool"
    }
    return any(
        block.role == "user" and not block.editable and block.path[:2] not in of_tools
        for block in blocks[turn.blocks.start : turn.blocks.stop]
    )


def _begins(blocks: Sequence[Block]) -> Iterator[int]:
    turn = 0
    for index, block in enumerate(blocks):
        if block.turn != turn:
            turn = block.turn
            yield index


def _message(block: Block) -> int:
    at = block.path[1] if len(block.path) > 1 else None
    return at if isinstance(at, int) else -1
