"""Which results an agent looked at again soon, because what it needed had left them.

Told by content: a later result is the very text that was cut down, or shows lines that had left
it.  The same call alone tells nothing: agents wait for things, and read files piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from headroom.compressors.words import words_of
from headroom.conversation import Conversation, Form

SOON_TURNS = 3
LOOKED_BACK = 64
"""Blocks before a new one among which that is looked for."""
MOST_COMPARED, MOST_CHARACTERS = 32, 1_048_576
"""Results, and characters of them, that are compared for one request."""
SAMPLED, MOST_ALIKE = 5, 4
"""Lines of a result that are looked for, and how many of them must have left the earlier one."""
SHORTEST_LINE = 12
FEWEST_LINES = 3


@dataclass(frozen=True, slots=True)
class Again:
    """A form that said too little: of what it was made all was told again, or a part."""

    form: Form
    how: Literal["whole", "part"]


def seen_again(
    conversation: Conversation, decided: int, forms: Mapping[int, Form]
) -> Iterator[Again]:
    """The forms of results that are told again soon by what is new, from block *decided* on.

    *forms* are those of all blocks.
    """
    blocks = conversation.blocks
    compared = characters = 0
    for at in range(decided, len(blocks)):
        new = blocks[at]
        if not new.editable:
            continue
        lines = _sampled(new.text)
        for index in range(max(at - LOOKED_BACK, 0), at):
            form, old = forms.get(index), blocks[index]
            if form is None or not form.signature or not 0 < new.turn - old.turn <= SOON_TURNS:
                continue
            compared += 1
            characters += len(old.text)
            if compared > MOST_COMPARED or characters > MOST_CHARACTERS:
                return
            if new.text == old.text:
                yield Again(form, "whole")
            elif _have_left(lines, old.text, form.text or "") >= MOST_ALIKE:
                yield Again(form, "part")


def _have_left(lines: Sequence[str], text: str, form: str) -> int:
    """How many of these lines stood in the text, with a word that its form does not show."""
    there = [line for line in lines if line in text]
    if len(there) < MOST_ALIKE:
        return 0
    # What a form writes otherwise, and what it leaves out, are told apart by the words.
    shown = form.lower()
    return sum(any(word not in shown for word in words_of(line)) for line in there)


def _sampled(text: str) -> list[str]:
    """Some lines from all over the text; none of a text that has hardly any."""
    lines = [line for line in text.split("\n") if len(line.strip()) >= SHORTEST_LINE]
    if len(lines) < FEWEST_LINES:
        return []
    return [lines[number * (len(lines) - 1) // (SAMPLED - 1)] for number in range(SAMPLED)]
