"""Texts that say nearly what an earlier one said: boilerplate, overlapping passages.

Compared by shingles, runs of some words (Broder, On the resemblance and containment of
documents, 1997); each shingle is looked up once, so that time is linear in the texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import repeat

SHINGLE = 4
FEWEST_SHINGLES = 8
LEAST_CONTAINED = 0.8
"""Of the shingles of a text, so many must stand in one earlier text."""
MOST_WORDS = 2_000

_WORD = re.compile(r"\w{1,60}")


def near_repeats(texts: Sequence[str]) -> dict[int, int]:
    """For each text that nearly repeats an earlier one, which one that is."""
    first: dict[tuple[str, ...], int] = {}
    found: dict[int, int] = {}
    for number, text in enumerate(texts):
        words = _WORD.findall(text.lower())[:MOST_WORDS]
        if len(words) < FEWEST_SHINGLES + SHINGLE - 1:
            continue
        # Tuples of neighbours, made and looked up without a loop of ours.
        shingles = zip(*(words[at:] for at in range(SHINGLE)), strict=False)
        held = Counter(map(first.setdefault, shingles, repeat(number)))
        total = held.total()
        held.pop(number, None)
        earlier, count = max(held.items(), key=lambda one: (one[1], -one[0]), default=(-1, 0))
        if count >= LEAST_CONTAINED * total:
            found[number] = earlier
    return found
