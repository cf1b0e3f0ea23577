"""The turns of a conversation: what may leave it as one, with its calls and their results."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from headroom.conversation import Block

_SEALED = re.compile(
    r'"type":"(?:compaction|context_compaction|tool_reference|tool_search_|additional_tools'
    r"|mcp_list_tools)"
)
"""Opaque items by which the provider knows what it has forgotten, and which tools there are
(PROVIDERS 6.7, 7.2)."""
_BY_NAME = re.compile(r'"type":"item_reference"')
"""An item that only its provider has: what else belongs to it, nobody here can tell."""
_PICTURE = re.compile(r'"sha256:[0-9a-f]{64}"')
"""What stands in an opaque text for a picture or a file: they cannot be kept as text."""
_LOST = "\ufffd"
"""What stands in a text for what could not be decoded."""


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


def free_to_leave(
    blocks: Sequence[Block],
    turns: Sequence[Turn],
    *,
    woven: Collection[int],
    protects: Callable[[int], bool],
) -> list[Turn]:
    """Those of all *turns* that may leave: not what a user asked first, nor what is sealed.

    *woven* are the first blocks of turns with hidden legs, which stay; so do turns with a block
    that *protects* says must.
    """
    if any(block.kind == "opaque" and _BY_NAME.search(block.text) for block in blocks):
        return []
    said = (at for at, one in enumerate(blocks) if one.role == "user" and one.kind == "text")
    asked = next(said, -1)
    torn = _torn(blocks)
    return [
        turn
        for turn in turns
        if turn.blocks.start > asked
        and turn.blocks.start not in woven
        and turn.number not in torn
        and not any(_is_sealed(blocks[index]) or protects(index) for index in turn.blocks)
    ]


def is_said(block: Block) -> bool:
    """Whether these are words of a user, not what an agent observed."""
    return block.role == "user" and block.kind == "text" and not block.editable


def has_task(blocks: Sequence[Block], turn: Turn) -> bool:
    """Whether a user says something in a message of its own after the assistant has spoken."""
    of_tools = {blocks[at].path[:2] for at in turn.blocks if blocks[at].role == "tool"}
    return any(is_said(blocks[at]) and blocks[at].path[:2] not in of_tools for at in turn.blocks)


def _is_sealed(block: Block) -> bool:
    """Whether this can neither be left out nor kept as text."""
    if block.role == "system" or _LOST in block.text:
        return True
    if block.kind != "opaque":
        return False
    # Of the assistant's, signatures and sealed thinking are as long as pictures.
    is_picture = block.role != "assistant" or '"type":"image_generation_call"' in block.text
    return bool(_SEALED.search(block.text) or (is_picture and _PICTURE.search(block.text)))


def _torn(blocks: Sequence[Block]) -> frozenset[int]:
    """The turns of which a call is answered in another turn, or the other way round."""
    made: dict[str, int] = {}
    torn = set()
    for block in blocks:
        if block.call is None:
            continue
        if block.kind == "tool_call":
            made[block.call.id] = block.turn
        elif made.get(block.call.id, block.turn) != block.turn:
            torn |= {made[block.call.id], block.turn}
    return frozenset(torn)


def _begins(blocks: Sequence[Block]) -> Iterator[int]:
    turn = 0
    for index, block in enumerate(blocks):
        if block.turn != turn:
            turn = block.turn
            yield index


def _message(block: Block) -> int:
    at = block.path[1] if len(block.path) > 1 else None
    return at if isinstance(at, int) else -1
