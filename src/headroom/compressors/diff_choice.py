"""Which hunks of a diff stay when it is cut down.

All of them with less context where that is enough.  Else the first and the last, those that
the task is about, and by worth what has room: sources before configuration, tests and
documents, what was added before what was removed, small hunks before large ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.diff_reader import FilePatch, Hunk
from headroom.compressors.diff_trim import cut, trimmed
from headroom.compressors.diff_writer import Shown
from headroom.compressors.path_kinds import Kind
from headroom.compressors.relevance import relevance, terms_asked

ROOMS_IF_ASKED = 2
SHORTEST_START, LONGEST_START = 12, 40
"""Lines from the start of a new file that does not fit."""
ENDS_SHARE, LAST_LINES = 6, 6
"""The first and the last hunk stay where they take no larger part of the room; of the last its
last lines stay in any case."""
SHORTEST_TELLING = 120
"""Characters that tell of hunks which left: smaller ones stay."""
MOST_ASKED_SHARE, FEWEST_ASKED = 4, 2
"""Of the pieces one in so many may be what was asked for, or two."""
USUAL_HUNK = 600
"""Characters of a hunk whose worth is taken as it is; that of a longer one is less."""

_WORTH: Mapping[Kind, float] = MappingProxyType(
    {"source": 4.0, "config": 2.5, "test": 2.0, "docs": 1.0, "made": 0.2}
)
_OF_LATER_HUNKS = 0.92
_OF_REMOVALS, _OF_IMPORTS = 0.5, 0.4
MOST_RELEVANT, RELEVANCE_WEIGHT, LEAST_RELEVANT = 8.0, 1.5, 1.0

_IMPORT = re.compile(
    r"[+-]{1,9}\s{0,20}(?:import|from|use|using|#include|require|package|export \*)\b|[+-]{1,9}\s*$"
)

Valued = tuple[FilePatch, Kind]
"""A file that may be shown, and what it is for."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A hunk, or part of one, of the *file*, and what it is worth."""

    file: int
    hunk: Hunk
    worth: float
    is_asked: bool


def chosen(files: Sequence[Valued], words: Collection[str], room: int) -> list[Shown]:
    """For each file the hunks that stay, within *room* characters, and those that leave."""
    patches = [patch for patch, _ in files]
    hunks = _with_context(patches, room)
    if _cost(hunks, patches) <= room:
        return [Shown(kept=tuple(each)) for each in hunks]
    pieces = list(_valued(files, hunks, words))
    return _filled(pieces, patches, room)


def _with_context(patches: Sequence[FilePatch], room: int) -> Sequence[Sequence[Hunk]]:
    """The hunks with as much context as there is room for; the first and the last as they are.

    None at all is right only where all changes have room then.
    """
    whole = [patch.hunks for patch in patches]
    if _cost(whole, patches) <= room:
        return whole
    ends = {hunk.at for hunk in (*whole[0][:1], *whole[-1][-1:])}
    close, bare = (
        [
            [
                piece
                for hunk in each
                for piece in ([hunk] if hunk.at in ends else trimmed(hunk, context))
            ]
            for each in whole
        ]
        for context in (1, 0)
    )
    is_bare = _cost(bare, patches) <= room < _cost(close, patches)
    return bare if is_bare else close


def _cost(hunks: Sequence[Sequence[Hunk]], patches: Sequence[FilePatch]) -> int:
    of_hunks = sum(_hunk_cost(hunk) for each in hunks for hunk in each)
    return of_hunks + sum(map(_header_cost, patches))


def _hunk_cost(hunk: Hunk) -> int:
    """Characters of a hunk; numbers and signs take twice the tokens of as many letters."""
    return hunk.length + len(hunk.header)


def _header_cost(patch: FilePatch) -> int:
    return 2 * sum(len(line) + 1 for line in patch.header)


def _valued(
    files: Sequence[Valued], hunks: Sequence[Sequence[Hunk]], words: Collection[str]
) -> Iterator[_Piece]:
    """Each piece with what it is worth: by its file, its kind, its place and the task."""
    texts = [
        "\n".join((patch.path, hunk.section, *(c.line for c in hunk.changes if not c.is_context)))
        for (patch, _), each in zip(files, hunks, strict=True)
        for hunk in each
    ]
    answers = relevance(texts, terms_asked(words))
    least = _least_asked(answers)
    answer = iter(answers)
    for number, (patch, role) in enumerate(files):
        worth = _WORTH[role] * (_OF_REMOVALS if patch.is_gone else 1)
        for hunk in hunks[number]:
            of_task = next(answer)
            of_hunk = worth * _of_changes(hunk)
            of_hunk += RELEVANCE_WEIGHT * min(of_task, MOST_RELEVANT)
            of_hunk /= math.sqrt(max(hunk.length / USUAL_HUNK, 1.0))
            yield _Piece(number, hunk, of_hunk, of_task >= least)
            worth *= _OF_LATER_HUNKS


def _of_changes(hunk: Hunk) -> float:
    """What the changes of a hunk are worth: what is new most, names that are imported least."""
    changed = [change.line for change in hunk.changes if not change.is_context]
    if all(_IMPORT.match(line) for line in changed):
        return _OF_IMPORTS
    return 1.0 if hunk.added else _OF_REMOVALS


def _least_asked(answers: Sequence[float]) -> float:
    """How well a piece must answer to what was asked to be among what was asked for."""
    best = sorted(answers, reverse=True)
    most = max(len(best) // MOST_ASKED_SHARE, FEWEST_ASKED)
    if not best or best[0] < LEAST_RELEVANT:
        return math.inf
    return max(best[0] / 2, LEAST_RELEVANT, best[min(most, len(best)) - 1])


def _filled(pieces: Sequence[_Piece], patches: Sequence[FilePatch], room: int) -> list[Shown]:
    """What has room: the ends, what was asked for, then by worth."""
    kept: dict[int, Hunk] = {}
    rest: dict[int, Hunk] = {}
    begun: set[int] = set()
    left = room
    for at in _order(pieces):
        piece, patch = pieces[at], patches[pieces[at].file]
        header = 0 if piece.file in begun else _header_cost(patch)
        most = left - header + ((ROOMS_IF_ASKED - 1) * room if piece.is_asked else 0)
        is_end = len(pieces) > 1 and at in (0, len(pieces) - 1)
        most = min(most, room // ENDS_SHARE) if is_end and not piece.is_asked else most
        shown, hidden = _cut_to(piece.hunk, most, is_new=patch.is_new)
        if shown is None and is_end:
            shown, hidden = _end(piece.hunk, patch, is_last=at > 0)
        if hidden is not None:
            rest[at] = hidden
        if shown is not None:
            kept[at] = shown
            begun.add(piece.file)
            left -= header + _hunk_cost(shown)
    if not kept and pieces:
        at = max(range(len(pieces)), key=lambda at: pieces[at].worth)
        kept[at], rest[at] = cut(pieces[at].hunk, LONGEST_START)
    _fill_small_gaps(pieces, kept, rest)
    return [
        Shown(
            kept=tuple(kept[at] for at in numbers if at in kept),
            gone=tuple(rest[at] for at in numbers if at in rest),
        )
        for numbers in _by_file(pieces, len(patches))
    ]


def _order(pieces: Sequence[_Piece]) -> list[int]:
    """The numbers of the pieces, the ends of the diff first, then what was asked for."""
    ends = (0, len(pieces) - 1)
    return sorted(
        range(len(pieces)),
        key=lambda at: (at not in ends, not pieces[at].is_asked, -pieces[at].worth, at),
    )


def _cut_to(hunk: Hunk, most: int, *, is_new: bool) -> tuple[Hunk | None, Hunk | None]:
    """What fits of a hunk, and what does not: all of it, of a new file its start, or nothing."""
    if _hunk_cost(hunk) <= most:
        return hunk, None
    lines = 0
    for change in hunk.changes[:LONGEST_START] if is_new else ():
        most -= len(change.line) + 1
        lines += most > 0
    return cut(hunk, lines) if lines >= SHORTEST_START else (None, hunk)


def _end(hunk: Hunk, patch: FilePatch, *, is_last: bool) -> tuple[Hunk | None, Hunk | None]:
    """The first or the last lines of a diff, where they can stay and it still applies."""
    if is_last and not patch.is_gone:
        rest, shown = cut(hunk, max(len(hunk.changes) - LAST_LINES, 0))
        return shown, rest
    return cut(hunk, SHORTEST_START) if patch.is_new else (None, hunk)


def _fill_small_gaps(
    pieces: Sequence[_Piece], kept: dict[int, Hunk], rest: dict[int, Hunk]
) -> None:
    """Keep what would leave a file where telling of it takes as much."""
    gone: dict[int, list[int]] = {}
    for at in rest:
        gone.setdefault(pieces[at].file, []).append(at)
    for numbers in gone.values():
        if sum(rest[at].length for at in numbers) < SHORTEST_TELLING:
            for at in numbers:
                kept[at] = pieces[at].hunk
                del rest[at]


def _by_file(pieces: Sequence[_Piece], files: int) -> list[list[int]]:
    numbers: list[list[int]] = [[] for _ in range(files)]
    for at, piece in enumerate(pieces):
        numbers[piece.file].append(at)
    return numbers
