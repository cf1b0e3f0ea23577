"""Long prose, cut down to the sentences that a model would keep.

A classifier (ModernBERT, in the way of LLMLingua 2) says of each token how likely it is worth
keeping.  Here its tokens only vote: their mean is the worth of a sentence, and whole sentences
leave, the lowest first.  Tool output is evidence, of which it loses nothing unless asked to.

The model is opened elsewhere (`headroom.kompress_model`) and passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.lines import glance
from headroom.compressors.names import names_in
from headroom.compressors.relevance import hold_rare_words
from headroom.compressors.sentences import prose_of
from headroom.compressors.units import Naming, Unit, chosen, without

MOST_CHARACTERS = 400_000
"""About 100 000 tokens: what is longer would take a processor minutes."""
LEAST_LEFT_OUT = 0.2
LEAST_SENTENCES = 0.5
NAMES_SHARE = 0.15
"""Of the room, for the names in what leaves: see docs/decisions/0012."""
_ASKED_FOR, _WRONG = 2.0, 1.0

_TROUBLE = re.compile(
    r"(?i)\b(?:error|exception|failed|failure|fatal|denied|refused|must not|never|warning)\b"
)


@dataclass(frozen=True, slots=True)
class Voted:
    """A token, by where it begins and ends in the text, and how likely it is worth keeping."""

    start: int
    end: int
    probability: float


class KeepModel(Protocol):
    """What says of each token of a text how likely it is worth keeping."""

    def keep(self, text: str) -> Sequence[Voted]:
        """The tokens of *text* in reading order; the same every time."""
        ...


class Kompress:
    """Prose of more than some thousand tokens."""

    name = "kompress"
    kind = "kompress"
    strategy = "kompress"
    tools: frozenset[str] = frozenset()
    usual_tokens = 1_000
    # Nothing was measured with a real model: a guess, on the safe side.
    asked_back = 0.15

    def __init__(self, model: KeepModel, *, on_evidence: bool = False) -> None:
        """*on_evidence*: tool output may lose sentences as well."""
        self._model = model
        self._on_evidence = on_evidence

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """The sentences of *text* that are worth keeping, or None."""
        room = ask.room_or(self.usual_tokens)
        if len(text) > MOST_CHARACTERS or room > len(text) * (1 - LEAST_LEFT_OUT):
            return None
        if ask.origin != Origin() and not self._on_evidence:
            return None
        if prose_of(glance(text)).share < LEAST_SENTENCES:
            return None
        prose = prose_of(text)
        units = prose.units
        named = names_in(unit.text for unit in units)
        asked = hold_rare_words((unit.text for unit in units), ask.words)
        for_names = int(NAMES_SHARE * room)
        worth = [
            sum(each)
            for each in zip(
                worth_of(units, self._model.keep(text)),
                (_ASKED_FOR * one for one in asked),
                (_WRONG if _TROUBLE.search(unit.text) else 0.0 for unit in units),
                strict=True,
            )
        ]
        kept = chosen(units, prose.form, worth, room - for_names)
        if sum(len(units[index].text) for index in kept) > len(text) * (1 - LEAST_LEFT_OUT):
            return None
        return without(units, kept, naming=Naming(named, for_names))


def worth_of(units: Sequence[Unit], votes: Sequence[Voted]) -> Iterator[float]:
    """For each unit the mean of its tokens' probabilities, 0 for a unit without tokens.

    A token belongs to the unit in which its middle lies.
    """
    at = start = 0
    for unit in units:
        end = start + len(unit.text)
        total, count = 0.0, 0
        while at < len(votes) and votes[at].start + votes[at].end < 2 * end:
            # What is no number from 0 to 1 says nothing.
            if 0.0 <= votes[at].probability <= 1.0:
                total, count = total + votes[at].probability, count + 1
            at += 1
        # Three digits are the same on every processor.
        yield round(total / count, 3) if count else 0.0
        start = end
