"""Which passages stay of those that a search found: whole ones, by what was asked.

Of the others stays the line that begins them, which mostly is a title.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from headroom.compressors.documents.blocks import Block
from headroom.compressors.documents.choice import with_blanks
from headroom.compressors.relevance import relevance, terms_asked, terms_of

LEAST_OF_BEST = 0.2
"""Of what the best passage answers, so much must another one to stay as long as there is room."""
FEWEST_KEPT = 4
FEWEST_FOUND, MOST_PER_FOUND = 2, 4
"""Words that the best passage must have: two, and one out of four that were asked for."""
TITLES_SHARE = 2
"""Titles take at most one part in so many of the room."""
ROOMS_OF_BEST = 2
"""The best passage stays even where it takes so many rooms."""


def is_of_passages(blocks: Sequence[Block]) -> bool:
    """Whether the text is made of passages."""
    return any(block.kind == "passage" for block in blocks)


def chosen_passages(
    blocks: Sequence[Block],
    lines: Sequence[str],
    words: Collection[str],
    room: int,
    repeated: Collection[int],
) -> frozenset[int]:
    """The numbers of the lines that stay, counted from 0, in about *room* characters.

    *repeated* are the numbers of blocks that say what stands above them.
    """
    firsts = [block.first for block in blocks if block.kind == "passage"]
    gone = {at for number in repeated for at in range(blocks[number].first, blocks[number].end)}
    passages = [
        [at for at in range(first, end) if at == first or at not in gone]
        for first, end in zip(firsts, [*firsts[1:], len(lines)], strict=True)
    ]
    texts = ["\n".join(lines[at] for at in passage) for passage in passages]
    wanted = terms_asked(words)
    answers = relevance(texts, wanted)
    kept: set[int] = set()
    left = room
    for at in (*range(firsts[0]), *firsts):
        if left * TITLES_SHARE > room:
            kept.add(at)
            left -= len(lines[at]) + 1
    least = LEAST_OF_BEST * max(answers) if _is_sure(texts, answers, wanted) else 0.0
    order = sorted(range(len(passages)), key=lambda number: (-answers[number], number))
    for place, number in enumerate(order):
        cost = len(texts[number]) + 1
        fits = cost <= left or (place == 0 and cost <= ROOMS_OF_BEST * room)
        if fits and (answers[number] >= least or place < FEWEST_KEPT):
            kept.update(passages[number])
            left -= cost
    return with_blanks(kept, lines)


def _is_sure(texts: Sequence[str], answers: Sequence[float], wanted: frozenset[str]) -> bool:
    """Whether the best passage has words enough of those that were asked for.

    Else what was asked for may stand in others, in other words: as many stay as have room.
    """
    best = max(range(len(texts)), key=lambda number: answers[number])
    found = wanted.intersection(terms_of(texts[best]))
    return len(found) >= FEWEST_FOUND and len(found) * MOST_PER_FOUND >= len(wanted)
