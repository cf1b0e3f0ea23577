"""Which lines of `git log` stay when it is cut down, and how that is written.

Hashes and subjects first, of all commits that have room, then who and when, statistics and
messages; commits that the task names stay whole.  What left is told below each commit:

    commit 78a352f47ed6c1e9d750545e9b242289185b87e1
        Fix the order of levels
    [… lines 2-4, 6-19 left out]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.diffs.commit_log import HASH, ROUTINE, TELLING, Kind, commit_kinds
from headroom.compressors.path_kinds import kind_of
from headroom.compressors.relevance import relevance, terms_asked
from headroom.compressors.units import NAMED_GAP, runs

LEAST_RELEVANT = 1.0
ROOMS_IF_ASKED = 2
MOST_ASKED = 6
"""Commits that stay whole as the task is about them."""
BODY_FADES = 0.8
"""From line to line of a message, as what it is about stands at its beginning."""
_OF_ROUTINE = 0.3
_OF_TELLING = 2.0

_WORTH: Mapping[Kind, float] = MappingProxyType(
    {
        "commit": 9.0, "subject": 9.0, "total": 2.5, "head": 2.0, "body": 1.5, "stat": 1.0,
        "other": 1.0, "blank": 0.0, "trailer": 0.0,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Commit:
    """The lines of one commit, numbers of the first and of the one behind the last."""

    first: int
    end: int
    told: tuple[int, ...]
    """The lines by which it is known: hash and subject."""


@dataclass(frozen=True, slots=True)
class CutDown:
    """The lines that are shown of a log, gaps among them, and the numbers of those that left."""

    shown: tuple[str, ...]
    gone: tuple[int, ...]


def cut_down(lines: Sequence[str], words: Collection[str], room: int, first: int = 1) -> CutDown:
    """The log in so many characters; its first line has the number *first*."""
    kinds = list(commit_kinds(lines))
    commits = list(_commits(kinds))
    kept = _kept(commits, lines, kinds, words, room)
    shown = tuple(_written(lines, commits, kept, first))
    return CutDown(shown, tuple(first + at for at in range(len(lines)) if at not in kept))


def _commits(kinds: Sequence[Kind]) -> Iterator[_Commit]:
    firsts = [at for at, kind in enumerate(kinds) if kind == "commit"]
    for first, end in zip([0, *firsts], [*firsts, len(kinds)], strict=True):
        told = tuple(at for at in range(first, end) if kinds[at] in ("commit", "subject"))
        if first < end:
            yield _Commit(first, end, told)


def _kept(
    commits: Sequence[_Commit],
    lines: Sequence[str],
    kinds: Sequence[Kind],
    words: Collection[str],
    room: int,
) -> set[int]:
    """The numbers of the lines that stay, counted from 0."""
    last = max((at for at, line in enumerate(lines) if line.strip()), default=len(lines))
    kept = set(range(last, len(lines)))
    left = room - _length(lines, kept)
    others: list[tuple[float, int]] = []
    asked = _asked(commits, lines, words)
    for number, commit in enumerate(commits):
        cost = NAMED_GAP // 2 + _length(lines, set(commit.told) - kept)
        if cost > left and number not in asked:
            continue
        left -= cost
        kept.update(commit.told)
        others += ((-worth, at) for worth, at in _others(commit, lines, kinds))
    left += (ROOMS_IF_ASKED - 1) * room
    for number in sorted(asked):
        gone = set(range(commits[number].first, commits[number].end)) - kept
        if _length(lines, gone) <= left:
            kept |= gone
            left -= _length(lines, gone)
    left -= (ROOMS_IF_ASKED - 1) * room
    for worth, at in sorted(others):
        if worth < 0 and at not in kept and len(lines[at]) < left:
            kept.add(at)
            left -= len(lines[at]) + 1
    # A blank line between what stays costs nothing.
    kept |= {
        at
        for at, line in enumerate(lines)
        if not line.strip() and at - 1 in kept and at + 1 in kept
    }
    return kept | set(_small_gaps(commits, lines, kept))


def _small_gaps(
    commits: Sequence[_Commit], lines: Sequence[str], kept: Collection[int]
) -> Iterator[int]:
    """What would leave a commit where telling of it takes as much."""
    for commit in commits:
        gone = [at for at in range(commit.first, commit.end) if at not in kept]
        if len(gone) < commit.end - commit.first and _length(lines, gone) < NAMED_GAP:
            yield from gone


def _length(lines: Sequence[str], numbers: Collection[int]) -> int:
    return sum(len(lines[at]) + 1 for at in numbers)


def _others(
    commit: _Commit, lines: Sequence[str], kinds: Sequence[Kind]
) -> Iterator[tuple[float, int]]:
    """What the lines of a commit are worth by which it is not known."""
    subject = lines[commit.told[-1]] if commit.told else ""
    fading = _OF_ROUTINE if ROUTINE.search(subject) else 1.0
    for at in range(commit.first, commit.end):
        if at not in commit.told:
            yield _WORTH[kinds[at]] * _factor(kinds[at], lines[at], fading), at
            fading *= BODY_FADES if kinds[at] == "body" else 1.0


def _asked(
    commits: Sequence[_Commit], lines: Sequence[str], words: Collection[str]
) -> frozenset[int]:
    """The commits that the task is about: by their hash, or by rare words."""
    hashes = tuple(word for word in words if HASH.fullmatch(word))
    named = {
        number
        for number, commit in enumerate(commits)
        if hashes and lines[commit.first].removeprefix("commit ").startswith(hashes)
    }
    texts = ["\n".join(lines[commit.first : commit.end]) for commit in commits]
    answers = relevance(texts, terms_asked(words))
    least = max(max(answers, default=0.0) / 2, LEAST_RELEVANT)
    close = [number for number, answer in enumerate(answers) if answer >= least]
    return frozenset(named or (close if len(close) <= MOST_ASKED else ()))


def _factor(kind: Kind, line: str, fading: float) -> float:
    if not line.strip():
        return 0.0
    if kind == "stat":
        return 1.0 if kind_of(line.partition("|")[0].strip()) == "source" else 0.5
    if kind == "body":
        # A squashed commit's message is a list of subjects.
        is_subject = line[4:6] in ("* ", "- ")
        return _OF_TELLING if is_subject and TELLING.search(line) else fading
    return 1.0 if kind in ("commit", "subject") else fading


def _written(
    lines: Sequence[str], commits: Sequence[_Commit], kept: Collection[int], first: int
) -> Iterator[str]:
    """The lines that stay of each commit, and below them which ones of it left."""
    gone: list[int] = []
    whole = 0
    for commit in commits:
        shown = [at for at in range(commit.first, commit.end) if at in kept]
        if shown and whole:
            yield _gap(gone, first, whole)
            yield ""
            gone, whole = [], 0
        gone += (at for at in range(commit.first, commit.end) if at not in kept)
        if not shown:
            whole += bool(commit.told)
            continue
        is_apart = bool(gone) and not lines[commit.end - 1].strip()
        yield from (lines[at] for at in shown if not (is_apart and at == commit.end - 1))
        if gone:
            yield _gap(gone, first, 0)
        if is_apart:
            yield ""
        gone = []
    if gone:
        yield _gap(gone, first, whole)


def _gap(gone: Sequence[int], first: int, commits: int) -> str:
    found = runs(at + first for at in gone)
    ranges = ", ".join(f"{one}" if one == last else f"{one}-{last}" for one, last in found)
    noun = "line" if len(gone) == 1 else "lines"
    more = f": {commits} commits" if commits > 1 else ": a commit" if commits else ""
    return f"[… {noun} {ranges} left out{more}]"
