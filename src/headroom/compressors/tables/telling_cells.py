"""Which rows of a table of cells tell something: what must stay, and what else is worth its room.

The same judgement as over JSON: the ends, failures, rare values, numbers far outside, the first
of each group, rows that hold a rare word of the task.  Column by column, in one walk.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from operator import ne

from headroom.compressors.failures import is_failure, tells_of_failure
from headroom.compressors.fences import LEAST_NUMBERS, far_out
from headroom.compressors.tables.grid import NUMBER, Cells
from headroom.compressors.words import words_of

FIRST_ROWS, LAST_ROWS = 3, 2
"""These must stay; as many again are worth something."""
FEW_ROWS_SHARE = 0.1
FEW_ROWS = 10
"""A word or a failure tells something only where so few rows hold it."""
EXAMPLES_OF_A_FAILURE = 3
MOST_ASKED = 12
CLOSE_TO_BEST = 0.5
LONG_WORD = 12
"""Characters up to which a longer word tells more: `shutdown.target` against `for`."""
FURTHER_WORDS = 0.2
RARE_SHARE = 0.02
MOST_CATEGORIES = 12
MOST_GROUPS = 40
ROWS_PER_GROUP = 8
NUMERIC_SHARE = 0.8
MOST_JUMPS = 2
JUMP = 8.0
"""Times the usual step from row to row."""

ASKED, RARE, OUTSIDE, FAILING, EXTREME = 4.0, 3.0, 2.5, 2.0, 1.5
GROUP, EXAMPLE, MENTIONED, END = 1.2, 1.0, 0.9, 0.8
"""What a row is worth for one reason; reasons add up, but for many columns only a little."""
FURTHER_REASONS = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rows that must stay, counted from 0, and what each row is worth."""

    must: frozenset[int]
    worth: tuple[float, ...]


def judged(rows: Sequence[Cells], asked: Collection[str]) -> Verdict:
    """What to keep of these rows; *asked* are words of the task, in small letters."""
    # A row that is the same as the one above it tells nothing.
    firsts = [at for at, row in enumerate(rows) if not at or row != rows[at - 1]]
    distinct = [rows[at] for at in firsts]
    judge = _Judge(len(distinct))
    judge.ends()
    for column in zip(*distinct, strict=True):
        judge.column(column)
    judge.asked(distinct, asked)
    verdict = judge.verdict()
    worth = [0.0] * len(rows)
    for at, value in zip(firsts, verdict.worth, strict=True):
        worth[at] = value
    return Verdict(frozenset(firsts[at] for at in verdict.must), tuple(worth))


def number_of(cell: str) -> float | None:
    """The number that a cell is, without its unit; None where it is none."""
    if cell[-1:].isdecimal():
        try:
            return float(cell)
        except ValueError:
            pass
    found = NUMBER.fullmatch(cell.strip('"'))
    return float(f"{found[1]}{found[2].replace(',', '')}") if found is not None else None


def numbers_of(column: Sequence[str]) -> list[tuple[float, int]]:
    """The numbers of a column with their rows, where nearly all of it are numbers; else none."""
    some = column[:: max(len(column) // 50, 1)]
    filled = [cell for cell in some if cell]
    numeric = sum(number_of(cell) is not None for cell in filled)
    if not filled or numeric < NUMERIC_SHARE * len(filled):
        return []
    read = {cell: number_of(cell) for cell in set(column)}
    return [(number, at) for at, cell in enumerate(column) if (number := read[cell]) is not None]


def _score(weights: Sequence[float]) -> float:
    """The best word counts, the others a little: many words of every sentence are no name."""
    best = max(weights, default=0.0)
    return best + FURTHER_WORDS * (math.fsum(weights) - best)


class _Judge:
    """Gathers the reasons for which rows stay."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._must: set[int] = set()
        self._best = [0.0] * rows
        self._reasons = [0] * rows

    def verdict(self) -> Verdict:
        worth = tuple(
            best + FURTHER_REASONS * max(reasons - 1, 0)
            for best, reasons in zip(self._best, self._reasons, strict=True)
        )
        return Verdict(frozenset(self._must), worth)

    def ends(self) -> None:
        self._must |= set(range(min(FIRST_ROWS, self._rows)))
        self._must |= set(range(max(self._rows - LAST_ROWS, 0), self._rows))
        self._add(range(min(2 * FIRST_ROWS, self._rows)), END)
        self._add(range(max(self._rows - 2 * LAST_ROWS, 0), self._rows), END)

    def column(self, column: Sequence[str]) -> None:
        counts = Counter(column)
        self._failures(column, counts)
        if len(counts) < 2:
            return
        if len(counts) <= max(MOST_CATEGORIES, self._rows // 50):
            self._kinds(column, counts)
        numbers = numbers_of(column)
        if numbers:
            self._jumps(numbers)
            self._outside(sorted(numbers))
        elif len(counts) <= MOST_GROUPS:
            self._groups(column, counts)

    def asked(self, rows: Sequence[Cells], asked: Collection[str]) -> None:
        """Rows by the words of the task that few rows hold: the rarer, the more."""
        wanted = frozenset(asked)
        if not wanted:
            return
        found = [wanted.intersection(words_of("\n".join(row))) for row in rows]
        holding = Counter(word for words in found for word in words)
        few = max(FEW_ROWS_SHARE * self._rows, 1)
        weights = {
            word: math.log(1 + self._rows / count) * min(len(word), LONG_WORD)
            for word, count in holding.items()
            if count <= few
        }
        scores = [_score([weights[word] for word in words if word in weights]) for words in found]
        common = {word for word, count in holding.items() if few < count <= self._rows // 2}
        self._add([at for at, words in enumerate(found) if not common.isdisjoint(words)], MENTIONED)
        best = max(scores, default=0.0)
        if not best:
            return
        order = sorted(range(self._rows), key=lambda at: (-scores[at], at))
        close = [at for at in order[:MOST_ASKED] if scores[at] >= CLOSE_TO_BEST * best]
        self._must.update(close)
        self._add([at for at in order if scores[at] > 0], ASKED)

    def _add(self, rows: Collection[int], worth: float) -> None:
        for at in rows:
            self._best[at] = max(self._best[at], worth)
            self._reasons[at] += 1

    def _failures(self, column: Sequence[str], counts: Mapping[str, int]) -> None:
        """Rows that failed: all where they are few, else some of each way to fail."""
        telling = {cell for cell in counts if tells_of_failure(cell)}
        if not telling:
            return
        rows: defaultdict[str, list[int]] = defaultdict(list)
        for at, cell in enumerate(column):
            if cell in telling:
                rows["" if not is_failure(cell) else cell].append(at)
        stories = rows.pop("", [])
        few = max(FEW_ROWS_SHARE * self._rows, FEW_ROWS)
        are_few = sum(map(len, rows.values())) <= few
        for found in list(rows.values())[:FEW_ROWS]:
            self._must.update(found if are_few else found[:EXAMPLES_OF_A_FAILURE])
        if len(stories) <= few:
            self._add(stories, FAILING)

    def _kinds(self, column: Sequence[str], counts: Mapping[str, int]) -> None:
        """Rare values of a column that sorts rows into kinds, and an example of each kind."""
        least = max(RARE_SHARE * self._rows, 1)
        left = {cell: count if count <= least else 1 for cell, count in counts.items()}
        for at, cell in enumerate(column):
            if left[cell] > 0:
                left[cell] -= 1
                self._add((at,), RARE if counts[cell] <= least else EXAMPLE)

    def _groups(self, column: Sequence[str], counts: Mapping[str, int]) -> None:
        """The first row of each group, where rows stand in groups."""
        starts = list(compress(range(1, self._rows), map(ne, column, column[1:])))
        if len(starts) < 2 * len(counts) and ROWS_PER_GROUP * len(starts) < self._rows:
            self._add(starts, GROUP)

    def _jumps(self, numbers: Sequence[tuple[float, int]]) -> None:
        """Where a number differs from the one above it far more than they mostly do."""
        steps = [
            (abs(here[0] - above[0]), here[1])
            for above, here in pairwise(numbers)
            if here[0] != above[0]
        ]
        if len(steps) >= LEAST_NUMBERS:
            steps.sort()
            usual = steps[len(steps) // 2][0]
            self._add([at for step, at in steps[-MOST_JUMPS:] if step > JUMP * usual], GROUP)

    def _outside(self, ordered: Sequence[tuple[float, int]]) -> None:
        """The least and the greatest number, and those beyond the fences."""
        if len(ordered) < LEAST_NUMBERS:
            return
        if ordered[0][0] < ordered[1][0]:
            self._add((ordered[0][1],), EXTREME)
        if ordered[-1][0] > ordered[-2][0]:
            self._add((ordered[-1][1],), EXTREME)
        for side in far_out(ordered):
            self._add(side, OUTSIDE)
