"""Which blocks of a document stay when it is cut down.

By worth: headings, the beginning of the text and of each section, then what answers to the
words of the task and what stands around it, then lists, code and further paragraphs, the
earlier first.  What nearly repeats something above is worth nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.documents.blocks import Block, Kind
from headroom.compressors.relevance import relevance, terms_asked
from headroom.compressors.units import gaps

LONG_PARAGRAPH = 400
"""Characters beyond which a paragraph of several lines may stay with its first sentence."""
LONGEST_TOGETHER = 800
"""Characters of a paragraph and the code below it that stay or leave together."""
SMALL_GAP = 100
"""Characters between two pieces that stay, such as a list's only item to leave."""
FIRST_LINES = 6
"""Of a long table, with its heading, or of long code."""
USUAL_PIECE = 300
"""Characters of a piece whose worth is taken as it is; that of a longer one is less."""

_WORTH: Mapping[Kind, float] = MappingProxyType(
    {
        "heading": 6.0, "passage": 6.0, "item": 0.9, "code": 0.8, "table": 0.7, "text": 0.7,
        "mark": 0.1,
    }
)  # fmt: skip
_OF_LEAD, _OF_REST, _OF_LEVEL, _FADING = 2.2, 0.4, 0.15, 0.85
_OF_TASK, _OF_NEIGHBOUR, _OF_SECTION = 4.0, 1.5, 0.5

_SENTENCE_ENDS = re.compile(r"[.!?:。！？：][\"')\]*_`”’]{0,3}(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Units that stay or leave together, and what that is worth."""

    first: int
    end: int
    worth: float


def chosen_blocks(
    blocks: Sequence[Block],
    lines: Sequence[str],
    words: Collection[str],
    room: int,
    repeated: Collection[int],
) -> frozenset[int]:
    """The numbers of the lines that stay, counted from 0, in about *room* characters.

    *repeated* are the numbers of blocks that say what stands above them.
    """
    worths = _worths(blocks, lines, words)
    pieces: list[_Piece] = []
    for number, block in enumerate(blocks):
        if number in repeated or block.kind == "blank":
            continue
        above = _introduced_by(blocks, number, lines)
        if above is None or above in repeated:
            pieces += _pieces(block, lines, worths[number])
        else:
            while pieces and pieces[-1].first >= blocks[above].first:
                pieces.pop()
            worth = max(worths[above], worths[number])
            pieces.append(_piece(blocks[above].first, block.end, lines, worth))
    kept: set[int] = set()
    left = room
    for piece in sorted(pieces, key=lambda piece: (-piece.worth, piece.first)):
        cost = _length(lines, piece.first, piece.end)
        if cost <= left:
            kept.update(range(piece.first, piece.end))
            left -= cost
    return with_blanks(kept, lines)


def with_blanks(kept: set[int], lines: Sequence[str]) -> frozenset[int]:
    """*kept*, the blank lines behind what stays, and gaps that are too small to name."""
    for at, line in enumerate(lines):
        if at - 1 in kept and not line.strip():
            kept.add(at)
    for first, last in gaps(len(lines), kept):
        if _length(lines, first, last + 1) < SMALL_GAP:
            kept.update(range(first, last + 1))
    return frozenset(kept)


def _length(lines: Sequence[str], first: int, end: int) -> int:
    return sum(len(line) + 1 for line in lines[first:end])


def _worths(blocks: Sequence[Block], lines: Sequence[str], words: Collection[str]) -> list[float]:
    """What each block is worth: by its kind, its place, and what the task is about."""
    answers = relevance(["\n".join(lines[b.first : b.end]) for b in blocks], terms_asked(words))
    best = max(answers, default=0.0) or 1.0
    worths: list[float] = []
    places: dict[tuple[int, Kind], int] = {}
    led: set[int] = set()
    for number, block in enumerate(blocks):
        place = places.get((block.section, block.kind), 0)
        places[block.section, block.kind] = place + 1
        worth = _WORTH.get(block.kind, 0.0) * _FADING**place
        if block.kind in ("heading", "passage"):
            worth = _WORTH[block.kind] - _OF_LEVEL * block.level
        elif block.kind in ("text", "item") and block.section not in led:
            led.add(block.section)
            level = blocks[block.section].level if block.section >= 0 else 0
            worth = _OF_LEAD - _OF_LEVEL * level
        worths.append(worth + _of_task(blocks, answers, number) / best)
    return worths


def _of_task(blocks: Sequence[Block], answers: Sequence[float], number: int) -> float:
    """What a block, its neighbours and its heading have to do with the task."""
    block = blocks[number]
    heading = answers[block.section] if block.section >= 0 else 0.0
    around = (at for at in (number - 2, number - 1, number + 1, number + 2) if at >= 0)
    near = max(
        (answers[at] for at in around if at < len(blocks) and blocks[at].section == block.section),
        default=0.0,
    )
    return _OF_TASK * answers[number] + _OF_NEIGHBOUR * near + _OF_SECTION * heading


def _pieces(block: Block, lines: Sequence[str], worth: float) -> Iterator[_Piece]:
    """A block whole, or what of it may stay alone."""
    cut = block.end
    length = _length(lines, block.first, block.end)
    if block.kind in ("table", "code") and length > LONG_PARAGRAPH:
        cut = min(block.first + FIRST_LINES, block.end)
    elif block.kind in ("text", "item") and length > LONG_PARAGRAPH:
        cut = _first_sentence_end(block, lines)
    for first, end, share in ((block.first, cut, 1.0), (cut, block.end, _OF_REST)):
        if first < end:
            yield _piece(first, end, lines, worth * share)


def _piece(first: int, end: int, lines: Sequence[str], worth: float) -> _Piece:
    size = _length(lines, first, end)
    return _Piece(first, end, worth / math.sqrt(max(size / USUAL_PIECE, 1.0)))


def _introduced_by(blocks: Sequence[Block], number: int, lines: Sequence[str]) -> int | None:
    """The paragraph that leads to this code or table, where they are short enough to be one."""
    if blocks[number].kind not in ("code", "table"):
        return None
    above = number - 1
    while above >= 0 and blocks[above].kind == "blank":
        above -= 1
    if above < 0 or blocks[above].kind not in ("text", "item"):
        return None
    length = _length(lines, blocks[above].first, blocks[number].end)
    return above if length <= LONGEST_TOGETHER else None


def _first_sentence_end(block: Block, lines: Sequence[str]) -> int:
    for at in range(block.first, block.end):
        if _SENTENCE_ENDS.search(lines[at]):
            return at + 1
    return block.end
