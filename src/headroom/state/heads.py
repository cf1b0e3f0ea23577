"""Heads as they stand in the store: one at each end at which another request may go on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from headroom.conversation import Plan
from headroom.state.base import Key
from headroom.state.forms import Revised, left_as_one, until
from headroom.state.place import NO_MARKS, Head, Marks, Place

HEADS = "head"


def head_entries(
    place: Place, plan: Plan, ends: Iterable[int], revised: Revised, *, at: float, factor: float
) -> dict[Key, bytes]:
    """What is to be written at these *ends* and the last block, now that the plan is sent.

    *at* is when, in seconds since the epoch; *revised* are all rewrites with this one, and
    *factor* is how many of the provider's tokens one of ours is.
    """
    of_rewrites = {index for _, indices in revised for index in indices}
    formed = sorted({*place.known.forms, *plan.forms} - of_rewrites)
    woven = sorted(place.legs)
    together = left_as_one({**place.known.forms, **plan.rewritten})
    entries = {}
    for end in {*ends, len(place.chain) - 1}:
        if any(end in span for span in together):
            continue
        head = Head(
            _until(formed, end),
            *_counts(place, plan, end),
            _until(woven, end),
            revised=until(revised, end),
            at=at,
            saved=plan.saved,
            swept=plan.swept,
            factor=factor,
            marks=_marks(place, end),
        )
        entries[HEADS, place.chain[end]] = msgspec.msgpack.encode(head)
    return entries


def unpacked_head(packed: bytes) -> Head:
    """A head as it was before it was stored."""
    return msgspec.msgpack.decode(packed, type=Head)


def _until(indices: Sequence[int], end: int) -> tuple[int, ...]:
    """Those of these, in order, up to and with *end*."""
    return tuple(indices[: bisect_right(indices, end)])


def _counts(place: Place, plan: Plan, end: int) -> tuple[int, int]:
    """The tokens up to and with this block, before and after; negative where nobody counted."""
    if end == len(place.chain) - 1:
        return plan.blocks_before, plan.blocks_after
    number = end - place.known.decided
    return plan.running[number] if 0 <= number < len(plan.running) else (-1, -1)


def _marks(place: Place, end: int) -> Marks:
    """What this request leaves behind about marks, at the block *end*."""
    marks = place.marks
    if marks == NO_MARKS:
        return NO_MARKS
    listed = tuple(index for index in marks.listed if index <= end)
    # What an assistant's turn is begun with is no end: its own words go on from before it.
    return msgspec.structs.replace(marks, listed=listed, ended=end >= place.last_asked)
