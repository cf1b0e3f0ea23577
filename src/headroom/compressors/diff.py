"""Diffs, cut down to the changes: less context, and no hunks that the task does not touch.

Lock files, generated code and binary files are summarised first, then context leaves, then
hunks: documents and tests before sources, what the task does not name before what it does.
What stays is a diff that applies; what left is told below the hunks of its file:

    [… src/app.py: 2 of 5 hunks left out: @@ -88,3 +90,9 @@ def run (+6), …]
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from headroom.compressors.base import Ask, Reduced, whole
from headroom.compressors.diffs.choice import chosen
from headroom.compressors.diffs.commit_choice import cut_down
from headroom.compressors.diffs.commit_log import is_commit
from headroom.compressors.diffs.reader import Around, FilePatch, Part, read_diff
from headroom.compressors.diffs.writer import Shown, written
from headroom.compressors.path_kinds import Kind, kind_of, says_made
from headroom.compressors.words import words_of

FEWEST_CHARACTERS = 1_200
SMALLEST_SHARE = 0.5
"""Of a text that is a diff: below it, something else has a diff in it."""
FEW_CHANGES = 12
"""Changed lines up to which even a lock file is shown."""
ROOMS_IF_REVIEWED = 8
MESSAGES_SHARE = 3
"""Of the room, this part is for messages of commits, and other text around diffs."""
FEWEST_LEFT_OUT = 4
"""Lines of such text."""

_LIKELY = re.compile(r"^(?:diff --|@@@{0,4} -|Index: )", re.MULTILINE)
_PART = re.compile(r"\W")
# Who asks for these wants the changes themselves, whatever they are about.
_REVIEW = frozenset({"added", "deleted", "removed", "review", "reviewing"})


class Diff:
    """Unified, combined and git diffs, alone or with messages of commits."""

    name = "diff"
    kind = "diff"
    strategy = "diff"
    tools: frozenset[str] = frozenset()

    usual_tokens = 2_000
    # No recorded session had a diff that was long enough to lose something: a guess, on the
    # safe side, as who sees a diff has often made the changes and goes on with them.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the hunks that tell something, or None when it is no long diff."""
        if len(text) < FEWEST_CHARACTERS or not _LIKELY.search(text):
            return None
        room = ask.room_or(self.usual_tokens)
        # What the call asked for is all of the text: its words tell nothing apart.
        words = ask.words - frozenset(words_of(ask.origin.command))
        parts = read_diff(text.split("\n"))
        around = _around(parts)
        if around > (1 - SMALLEST_SHARE) * len(text):
            return None
        if around * MESSAGES_SHARE > room:
            parts = [_told(part, words, room // MESSAGES_SHARE / around) for part in parts]
        room -= min(_around(parts), room // 2)
        if _REVIEW.intersection(part for word in ask.words for part in _PART.split(word)):
            room *= ROOMS_IF_REVIEWED
        patches = [part for part in parts if isinstance(part, FilePatch)]
        return written(parts, _shown(patches, words, room), text) or whole(text)


def _around(parts: Sequence[Part]) -> int:
    return sum(_length(part.lines) for part in parts if isinstance(part, Around))


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _told(part: Part, words: Collection[str], share: float) -> Part:
    """Messages of commits, and other text around diffs, in this share of their length."""
    if isinstance(part, FilePatch):
        return part
    room = int(_length(part.lines) * share)
    if any(map(is_commit, part.lines)):
        cut = cut_down(part.lines, words, room, part.at + 1)
        return Around(cut.shown, part.at, part.end, tuple(number - 1 for number in cut.gone))
    first, end = _middle(part.lines, room)
    if end - first < FEWEST_LEFT_OUT:
        return part
    gap = f"[… lines {part.at + first + 1}-{part.at + end} left out]"
    gone = tuple(range(part.at + first, part.at + end))
    return Around((*part.lines[:first], gap, *part.lines[end:]), part.at, part.end, gone)


def _middle(lines: Sequence[str], room: int) -> tuple[int, int]:
    """The lines that leave, so that the beginning stays and half as much of the end."""
    first, end = 0, len(lines)
    head, tail = room * 2 // 3, room // 3
    while first < end and (head := head - len(lines[first]) - 1) >= 0:
        first += 1
    while first < end and (tail := tail - len(lines[end - 1]) - 1) >= 0:
        end -= 1
    return first, end


def _shown(patches: Sequence[FilePatch], words: Collection[str], room: int) -> list[Shown]:
    """For each file the hunks that stay, and those that leave."""
    roles = [_role(patch) for patch in patches]
    hidden = [
        role == "made" and _changes(patch) > FEW_CHANGES
        for patch, role in zip(patches, roles, strict=True)
    ]
    valued = [
        (patch, role)
        for patch, role, is_hidden in zip(patches, roles, hidden, strict=True)
        if not is_hidden
    ]
    others = iter(chosen(valued, words, room))
    return [
        Shown(gone=patch.hunks) if is_hidden else next(others)
        for patch, is_hidden in zip(patches, hidden, strict=True)
    ]


def _role(patch: FilePatch) -> Kind:
    top = [change.line for hunk in patch.hunks[:1] for change in hunk.changes[:6]]
    return "made" if any(map(says_made, top)) else kind_of(patch.path)


def _changes(patch: FilePatch) -> int:
    return sum(hunk.added + hunk.removed for hunk in patch.hunks)
