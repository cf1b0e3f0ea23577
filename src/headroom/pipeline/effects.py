"""What forms do: to the body that is sent, and to the originals that must be kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from headroom.conversation import Block, Conversation, Edit, Form, Original, Path, Plan
from headroom.marker import find_markers
from headroom.pipeline.hindsight.left import members_by_home, record
from headroom.pipeline.hindsight.turns import turns_of


def with_effects(plan: Plan, conversation: Conversation, forms: Mapping[int, Form]) -> Plan:
    """The plan with all that these forms do, those of known blocks included."""
    return dataclasses.replace(
        plan,
        edits=edits(conversation, forms),
        removals=removals(conversation, forms),
        originals=originals(conversation, forms),
    )


def edits(conversation: Conversation, forms: Mapping[int, Form]) -> tuple[Edit, ...]:
    """What is to be done to the body so that these blocks go out in these forms."""
    return tuple(
        Edit(conversation.blocks[index].path, form.text, "+".join(form.by))
        for index, form in forms.items()
        if form.text is not None
    )


def removals(conversation: Conversation, forms: Mapping[int, Form]) -> tuple[Path, ...]:
    """The messages that leave the body: those of whole turns, also where they say nothing."""
    blocks = conversation.blocks
    gone = {blocks[index].turn for index, form in forms.items() if form.is_gone}
    left = (turn for turn in turns_of(blocks) if turn.number in gone) if gone else ()
    return tuple(
        (blocks[turn.blocks.start].path[0], message) for turn in left for message in turn.messages
    )


def originals(conversation: Conversation, forms: Mapping[int, Form]) -> dict[str, Original]:
    """By key, what the blocks were whose form names an original."""
    of_left = members_by_home(forms)
    return {
        form.original: _left(conversation, of_left[index], forms)
        if index in of_left
        else _original(conversation.blocks[index], form)
        for index, form in forms.items()
        if form.original
    }


def _left(
    conversation: Conversation, members: Sequence[int], forms: Mapping[int, Form]
) -> Original:
    """The turns that left, as one text."""
    text = record(conversation.blocks, members)
    turns = len({conversation.blocks[index].turn for index in members})
    return Original(text, "", sum(forms[index].tokens_before for index in members), turns, 0)


def _original(block: Block, form: Form) -> Original:
    ours = (one for one in find_markers(form.text or "") if one.key == form.original)
    marker = next(ours, None)
    units, kept = (marker.of, marker.of - marker.gone) if marker else (0, 0)
    tool = block.call.name if block.call else ""
    born = form.signature, form.eased
    return Original(block.text, tool, form.tokens_before, units, kept, *born)
