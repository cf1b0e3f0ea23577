"""What stands out in a column: rare values, numbers far outside, changes of level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from statistics import fmean

from headroom.compressors.jsontree.row_columns import Column

RARE_SHARE = 0.02
MOST_CATEGORIES = 12
"""Different values up to which a field sorts rows into kinds."""
LEAST_SERIES = 16
LEAST_LEVEL = 4
"""Rows for which a number must stay on a new level for the level to have changed."""
MOST_CHANGES = 4
CLEAR = 3.0
"""A change of level is at least so many times what one row differs from the next."""
AT_ONCE = 0.6
"""The share of the change that happens within a few rows; else it is a slope."""


def rare_values(column: Column, rows: int, *, most: int) -> dict[str, int]:
    """The rare values of a field that sorts *rows* rows into kinds, and how often each stands.

    *most* kinds, or a few in any case.
    """
    counts = column.counts
    if not 1 < len(counts) <= max(MOST_CATEGORIES, most):
        return {}
    least = max(RARE_SHARE * rows, 1)
    return {value: count for value, count in counts.items() if count <= least}


def level_changes(series: Sequence[tuple[float, int]]) -> list[int]:
    """The rows from which on a number is on another level, at most a few."""
    if len(series) < LEAST_SERIES:
        return []
    values = _clipped([value for value, _ in series])
    steps = [abs(after - before) for before, after in pairwise(values)]
    noise = _usual(steps)
    found: list[int] = []
    waiting = [(0, len(values))]
    while waiting and len(found) < MOST_CHANGES:
        start, end = waiting.pop()
        at = _change(values, start, end, noise)
        if at:
            found.append(at)
            waiting += (start, at), (at, end)
    return [series[at][1] for at in sorted(found)]


def _clipped(values: list[float]) -> list[float]:
    """The values without how far the farthest are out: one of them is no change of level."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 4], ordered[3 * len(ordered) // 4]
    spread = high - low
    if not spread:
        return values
    return [min(max(value, low - spread), high + spread) for value in values]


def _usual(steps: Sequence[float]) -> float:
    """What a step usually is: the mean of the smaller nine tenths, as changes are rare."""
    smaller = sorted(steps)[: max(9 * len(steps) // 10, 1)]
    return fmean(smaller)


def _change(values: Sequence[float], start: int, end: int, noise: float) -> int:
    """Where the level changes most between these places, 0 if it does not."""
    if end - start < 2 * LEAST_LEVEL:
        return 0
    part = values[start:end]
    mean = fmean(part)
    # The sum of what lies above the mean is farthest from zero where the level changes (CUSUM).
    sums = list(accumulate(value - mean for value in part[:-1]))
    cut = max(range(LEAST_LEVEL - 1, len(sums) - LEAST_LEVEL + 1), key=lambda at: abs(sums[at])) + 1
    change = abs(fmean(part[cut:]) - fmean(part[:cut]))
    before, after = part[max(cut - LEAST_LEVEL, 0) : cut], part[cut : cut + LEAST_LEVEL]
    at_once = max(min(after) - max(before), min(before) - max(after))
    if change <= CLEAR * noise or at_once < AT_ONCE * change:
        return 0
    return start + cut


def first_of_runs(column: Column, rows: int) -> Iterator[int]:
    """The rows in which another of few values begins, where each stands in one run or two."""
    kinds = len(column.counts)
    if len(column.values) != rows or rows < LEAST_SERIES or not 1 < kinds <= MOST_CHANGES + 1:
        return
    begins = [at for at, (one, next_) in enumerate(pairwise(column.values), 1) if one != next_]
    if len(begins) <= 2 * (kinds - 1):
        yield from (column.rows[at] for at in begins)
