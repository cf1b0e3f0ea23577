"""Hunks with fewer lines of context, and headers that say what is left in them.

Each piece that stays begins where its header says, so what is shown still applies: with
`git apply` and `patch` as they are where a line of context is left on both sides, with
`git apply --unidiff-zero` where none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headroom.compressors.diffs.reader import Change, Hunk, sides_of

SHORTEST_GAP = 60
"""Characters of context between two changes that are worth a header of their own."""


def trimmed(hunk: Hunk, context: int) -> Iterator[Hunk]:
    """The pieces of *hunk* with at most so many lines of context around changes."""
    runs = _runs(hunk.changes, context)
    if runs == [(0, len(hunk.changes))] or not runs:
        yield hunk
        return
    starts = list(hunk.starts)
    at = line = 0
    for first, end in runs:
        _advance(starts, hunk.changes[at:first])
        line += sum(change.height for change in hunk.changes[at:first])
        yield _piece(hunk, tuple(starts), first, end, hunk.at + line)
        _advance(starts, hunk.changes[first:end])
        line += sum(change.height for change in hunk.changes[first:end])
        at = end


def cut(hunk: Hunk, at: int) -> tuple[Hunk, Hunk]:
    """*hunk* in two, with the first *at* lines and with the others."""
    below = list(hunk.starts)
    _advance(below, hunk.changes[:at])
    line = hunk.at + sum(change.height for change in hunk.changes[:at])
    head = _piece(hunk, hunk.starts, 0, at, hunk.at)
    tail = _piece(hunk, tuple(below), at, len(hunk.changes), line)
    return replace(head, cut_from=hunk.header), replace(tail, cut_from=hunk.header)


def _runs(changes: Sequence[Change], context: int) -> list[tuple[int, int]]:
    """The stretches that stay, first and end of each."""
    runs: list[tuple[int, int]] = []
    for at, change in enumerate(changes):
        if change.is_context:
            continue
        first, end = max(at - context, 0), min(at + 1 + context, len(changes))
        if runs and _is_short(changes[runs[-1][1] : first]):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((first, end))
    return runs


def _is_short(between: Sequence[Change]) -> bool:
    return sum(len(change.line) + 1 for change in between) < SHORTEST_GAP


def _advance(starts: list[int], changes: Sequence[Change]) -> None:
    for change in changes:
        for side, is_on in enumerate(sides_of(change.marks)):
            starts[side] += is_on


def _piece(hunk: Hunk, starts: tuple[int, ...], first: int, end: int, at: int) -> Hunk:
    changes = hunk.changes[first:end]
    counts = [0] * len(starts)
    _advance(counts, changes)
    ranges = [_range(start, count) for start, count in zip(starts, counts, strict=True)]
    ring = "@" * len(starts)
    # What a later piece stands in is not known: its own section may begin in what left.
    ending = "\r" if hunk.header.endswith("\r") else ""
    section = hunk.section if first == 0 or first <= _first_change(hunk) else ending
    parents = " ".join(f"-{one}" for one in ranges[:-1])
    header = f"{ring} {parents} +{ranges[-1]} {ring}{section}"
    return Hunk(header, starts, section, changes, at)


def _first_change(hunk: Hunk) -> int:
    return next((i for i, change in enumerate(hunk.changes) if not change.is_context), 0)


def _range(start: int, count: int) -> str:
    """`12,3`; the line before where nothing is shown, as diffs have it."""
    if count == 0:
        return f"{start - 1},0"
    return f"{start}" if count == 1 else f"{start},{count}"
