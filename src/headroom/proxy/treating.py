"""What became of a request's blocks, one by one, for whoever wants to see it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headroom.conversation import Conversation, Form, Plan
from headroom.outcome import Treated
from headroom.state.place import Place

MOST_TOLD = 2_000
"""Blocks of one request; a conversation that comes whole for the first time may have thousands."""

NO_FORM = Form(None)


def treated(
    conversation: Conversation, place: Place, plan: Plan
) -> tuple[tuple[Treated, ...], int]:
    """The new blocks and the rewritten ones, those that became shorter first; and how many more.

    They come in the order in which they stand.
    """
    decided = place.known.decided
    told = range(decided, len(conversation.blocks))
    shorter = {**plan.rewritten, **plan.forms}
    chosen = sorted(shorter)[:MOST_TOLD]
    room = MOST_TOLD - len(chosen)
    chosen += [index for index in told if index not in shorter][:room] if room else []
    made = tuple(_each(conversation, place, plan, sorted(chosen)))
    return made, len(told) + sum(index < decided for index in shorter) - len(made)


def _each(
    conversation: Conversation, place: Place, plan: Plan, chosen: Sequence[int]
) -> Iterator[Treated]:
    reasons = {note.path: note.reason for note in plan.notes}
    decided = place.known.decided
    sizes = _sizes(plan, decided)
    for index in chosen:
        block = conversation.blocks[index]
        form = plan.rewritten.get(index) or plan.forms.get(index, NO_FORM)
        before, after = sizes.get(index, (form.tokens_before, form.tokens_after))
        if form.by:
            before, after = form.tokens_before, form.tokens_after
        yield Treated(
            index=index,
            turn=block.turn,
            role=block.role,
            kind=block.kind,
            tool=block.call.name if block.call else "",
            tokens_before=before,
            tokens_after=after,
            by=form.by,
            reason=reasons.get(block.path, ""),
            original=form.original,
            place=place.chain[index].hex() if form.by and place.chain else "",
            was_sent=index < decided,
        )


def _sizes(plan: Plan, decided: int) -> Mapping[int, tuple[int, int]]:
    """Tokens of each new block, before and after."""
    sizes = {}
    last = plan.seen_before, plan.seen_after
    for place, (before, after) in enumerate(plan.running):
        sizes[decided + place] = before - last[0], after - last[1]
        last = before, after
    return sizes
