"""The names in what has left: most of what is used of it later, in a small part of its length.

They say what there is to ask for.  Names that stand in what the user and the assistant said are
in sight anyway, where that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headroom.compressors.names import chosen_names, names_of
from headroom.conversation import Block

NAMED_SHARE = 0.15
"""Of what has left, in characters.  In windows of a quarter to a half of 20 recorded sessions,
what was used later stayed in sight to 0.93 without names, to 0.99 with so many (2026-11)."""
LOOKED_AT = 60_000
"""Characters of a text in which names are looked for."""


def named_in(blocks: Sequence[Block], members: Iterable[int], *, room: int) -> str:
    """The names in what tools told in *members*, in at most *room* characters."""
    inside = frozenset(members)
    texts = [block.text for at, block in enumerate(blocks) if at in inside and _is_told(block)]
    shown = {
        name
        for at, block in enumerate(blocks)
        if at not in inside and not _is_told(block)
        for name in names_of(block.text[:LOOKED_AT])
    }
    room = min(room, int(NAMED_SHARE * sum(map(len, texts))))
    gaps = [names_of(text[:LOOKED_AT]) for text in texts]
    return ", ".join(name for gap in chosen_names(gaps, shown, room) for name in gap)


def _is_told(block: Block) -> bool:
    """Whether this is what a tool told, or what an agent without tools observed."""
    return block.role == "tool" or block.editable
