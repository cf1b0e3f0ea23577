"""Which numbers of a column are far outside of where most of them are."""

from __future__ import annotations

from collections.abc import Sequence

FAR_OUT = 3.0
"""Times the spread between the quartiles: Tukey's outer fence (Exploratory Data Analysis, 1977)."""
LEAST_NUMBERS = 8
MOST_FAR_OUT = 3


def far_out(ordered: Sequence[tuple[float, int]]) -> tuple[list[int], list[int]]:
    """The rows of numbers beyond the fences, the farthest first: below and above."""
    if len(ordered) < LEAST_NUMBERS:
        return [], []
    low, high = ordered[len(ordered) // 4][0], ordered[3 * len(ordered) // 4][0]
    spread = high - low
    # Where more than half are equal, whatever differs by as much as the value itself is far.
    reach = FAR_OUT * spread if spread else max(abs(high), 1.0)
    below = [row for value, row in ordered[:MOST_FAR_OUT] if value < low - reach]
    above = [row for value, row in ordered[: -MOST_FAR_OUT - 1 : -1] if value > high + reach]
    return below, above
