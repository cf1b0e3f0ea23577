"""Long prose, cut down to its outline and to what has to do with the task.

Headings stay, and how each section begins; then paragraphs, list items and code that answer
to the words of the task, with what stands around them.  Passages that a search found
(`[3] A title`) stay or leave whole, of the others stays the title.  What nearly repeats
something above leaves first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from headroom.compressors.base import Ask, Reduced, whole
from headroom.compressors.documents.blocks import Block, read_blocks
from headroom.compressors.documents.choice import chosen_blocks
from headroom.compressors.documents.kind import is_prose, told_kind
from headroom.compressors.documents.passages import chosen_passages, is_of_passages
from headroom.compressors.lines import WINDOW_CHARACTERS, WINDOWS, glance
from headroom.compressors.near_repeats import near_repeats
from headroom.compressors.units import Unit, units_of, without

FEWEST_CHARACTERS = 1_500
FEWEST_ROOMS = 1.25
"""Rooms that a document must take to be cut; passages are cut from three quarters of one on."""
FEWEST_ROOMS_OF_PASSAGES = 0.75
_NUMBER = re.compile(r" {0,12}[0-9]{1,8}(?: ?[\t→|:]|  )")


class Prose:
    """Documentation, articles, manuals, passages from a search."""

    name = "prose"
    kind = "prose"
    strategy = "prose"
    tools = frozenset({"retrieve", "rag"})

    usual_tokens = 1_200
    # None of six documents in recorded sessions lost what was used later (measured by lines,
    # paths, names, 2026-11): so few that one in ten is assumed.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with what tells something, or None when it is no long prose."""
        told = told_kind(ask.origin)
        room = ask.room_or(self.usual_tokens)
        if told == "other":
            return None
        sample = _sample(text).split("\n")
        is_numbered = _is_numbered(sample)
        if is_numbered:
            sample = [_NUMBER.sub("", line, count=1) for line in sample]
        # What is shown with line numbers is mostly code, which may be prose to look at.
        if is_numbered and told != "document":
            return None
        if not is_prose(sample, is_document=told == "document"):
            return None
        if len(text) < max(FEWEST_CHARACTERS, int(FEWEST_ROOMS_OF_PASSAGES * room)):
            return whole(text)
        return _reduced(text, ask.words, room, is_numbered=is_numbered) or whole(text)


def _sample(text: str) -> str:
    """Lines from all over the text; of a text in one line its beginning."""
    lines = glance(text)
    return lines if lines.strip() else text[: WINDOWS * WINDOW_CHARACTERS]


def _is_numbered(lines: Sequence[str]) -> bool:
    return sum(_NUMBER.match(line) is not None for line in lines) * 3 >= len(lines) * 2


def _reduced(text: str, words: frozenset[str], room: int, *, is_numbered: bool) -> Reduced | None:
    units = units_of(text)
    lines = [unit.text.rstrip("\r\n") for unit in units]
    if is_numbered:
        lines = [_NUMBER.sub("", line, count=1) for line in lines]
    blocks = read_blocks(lines, [unit.is_part for unit in units])
    has_passages = is_of_passages(blocks)
    if not has_passages and len(text) < FEWEST_ROOMS * room:
        return None
    repeats = _repeats(blocks, lines)
    choose = chosen_passages if has_passages else chosen_blocks
    kept = choose(blocks, lines, words, room, repeats)
    if len(kept) == len(units):
        return None
    places = {
        units[at].number: units[blocks[earlier].first].number
        for number, earlier in repeats.items()
        for at in range(blocks[number].first, blocks[number].end)
        if blocks[earlier].first in kept and not units[at].is_part
    }
    return without(units, kept, lambda gone: _told(gone, places))


def _repeats(blocks: Sequence[Block], lines: Sequence[str]) -> dict[int, int]:
    """For each paragraph or item that nearly repeats one above, which one that is."""
    numbers = [number for number, block in enumerate(blocks) if block.kind in ("text", "item")]
    texts = ["\n".join(lines[blocks[at].first : blocks[at].end]) for at in numbers]
    return {numbers[late]: numbers[early] for late, early in near_repeats(texts).items()}


def _told(gone: Sequence[Unit], places: Mapping[int, int]) -> str:
    """Where it stands above what left, if that is most of it; *places* are numbers of lines."""
    said = [unit.number for unit in gone if unit.text.strip()]
    repeated = [places[number] for number in said if number in places]
    if not repeated or len(repeated) * 2 < len(said):
        return ""
    return f"much as from line {repeated[0]} on"
