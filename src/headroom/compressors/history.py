"""Histories (`git log`, with or without statistics): each commit stays, what it says at length
leaves.

Trailers leave first, then statistics and messages; subjects and hashes stay, whole messages
of commits that the task names.  Of one-line logs the newest stay, and of the older ones those
that fix or revert something.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from headroom.compressors.base import Ask, Reduced, whole
from headroom.compressors.diffs.commit_choice import cut_down
from headroom.compressors.diffs.commit_log import (
    HASH,
    ROUTINE,
    TELLING,
    commit_kinds,
    is_commit,
    one_line_commits,
)
from headroom.compressors.lines import glance
from headroom.compressors.relevance import relevance, terms_asked
from headroom.compressors.units import Unit, chosen, gaps, runs, units_of, without
from headroom.compressors.words import words_of

FEWEST_CHARACTERS = 1_500
FEWEST_COMMITS = 3
MOST_OTHER_SHARE = 10
"""At most one line in so many may be no part of a log."""
LARGEST_SHARE = 0.55
"""Of a one-line log that may stay: to save less is not worth a gap."""
NEWEST = 12
MOST_RELEVANT = 3.0

_COMMITS = re.compile(r"^(?:commit |[*|\\/_ ]{0,40})[0-9a-f]{7,64}\b", re.MULTILINE)


class History:
    """What git logs of commits without their patches."""

    name = "history"
    kind = "diff"
    strategy = "history"
    tools: frozenset[str] = frozenset()

    usual_tokens = 2_000
    # No recorded session had a log long enough to lose something: a guess, on the safe side.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with its commits told more briefly, or None when it is no long history."""
        room = ask.room_or(self.usual_tokens)
        if len(text) < max(FEWEST_CHARACTERS, room):
            return None
        if len(_COMMITS.findall(glance(text))) < FEWEST_COMMITS:
            return None
        # What the call asked for is all of the text: its words tell nothing apart.
        words = ask.words - frozenset(words_of(ask.origin.command))
        lines = text.split("\n")
        if sum(map(is_commit, lines)) >= FEWEST_COMMITS:
            return _of_messages(lines, words, room) or whole(text) if _is_log(lines) else None
        return _of_one_liners(text, words, min(room, int(LARGEST_SHARE * len(text))))


def _of_messages(lines: Sequence[str], words: Collection[str], room: int) -> Reduced | None:
    cut = cut_down(lines, words, room)
    if not cut.gone:
        return None
    before = "\n".join(cut.shown).removesuffix("\n")
    return Reduced(before, len(cut.gone), len(lines), "lines", gone_lines=tuple(runs(cut.gone)))


def _is_log(lines: Sequence[str]) -> bool:
    others = sum(kind == "other" for kind in commit_kinds(lines))
    return others * MOST_OTHER_SHARE <= len(lines)


def _of_one_liners(text: str, words: Collection[str], room: int) -> Reduced | None:
    """The newest, what fixes something, what the task names and its neighbours."""
    units = units_of(text)
    commits = one_line_commits([unit.text.rstrip("\r\n") for unit in units])
    if commits is None:
        return None
    hashes = tuple(word for word in words if HASH.fullmatch(word))
    answers = relevance([subject for _, subject in commits], terms_asked(words))
    must = {*range(min(NEWEST, len(units))), len(units) - 1}
    worth = [1.0 - at / len(commits) for at in range(len(commits))]
    for at, (name, subject) in enumerate(commits):
        if name and any(name.startswith(one) or one.startswith(name) for one in hashes):
            must.update(range(max(at - 1, 0), min(at + 2, len(units))))
        worth[at] += min(answers[at], MOST_RELEVANT)
        worth[at] += 1.0 if TELLING.search(subject) else -0.4 * bool(ROUTINE.search(subject))
    kept = chosen(units, must, worth, room)
    kept |= {first for first, last in gaps(len(units), kept) if first == last}
    return without(units, kept, _routine) if len(kept) < len(units) else None


def _routine(gone: Sequence[Unit]) -> str:
    """How many of those that left say nothing but that versions changed or branches met."""
    count = sum(bool(ROUTINE.search(unit.text)) for unit in gone)
    if not count:
        return ""
    if count == len(gone):
        return "merges and updates"
    return f"{count} {'merge or update' if count == 1 else 'merges and updates'} among them"
