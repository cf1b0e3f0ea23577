"""Which results an agent asked for again at once, because what it needed had left them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from headroom.conversation import Block, Conversation, Form, ToolCall

PATHS = ("file_path", "path", "filePath", "notebook_path")
LOOKED_BACK = 64
"""Blocks before a new one among which the call that it repeats is looked for."""


@dataclass(frozen=True, slots=True)
class Again:
    """A form that said too little: *how* it was asked for again, by the same call or for a part."""

    form: Form
    how: Literal["same", "part"]


def asked_again(
    conversation: Conversation, decided: int, forms: Mapping[int, Form]
) -> Iterator[Again]:
    """The forms of results whose call is made again in the turn after them.

    Looks at what is new, from block *decided* on; *forms* are those of all blocks.
    """
    blocks = conversation.blocks
    for at in range(decided, len(blocks)):
        call = blocks[at].call
        if call is None or blocks[at].kind != "tool_result":
            continue
        for index in range(max(at - LOOKED_BACK, 0), at):
            form = forms.get(index)
            if form is None or not form.original or not form.signature:
                continue
            if blocks[index].turn == blocks[at].turn - 1 and (how := _how(blocks[index], call)):
                yield Again(form, how)


def _how(block: Block, call: ToolCall) -> Literal["", "same", "part"]:
    before = block.call
    if before is None or before.name != call.name:
        return ""
    if before.arguments == call.arguments:
        return "same"
    path = call.argument(*PATHS)
    return "part" if path and path == before.argument(*PATHS) else ""
