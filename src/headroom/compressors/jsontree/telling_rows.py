"""What each row of a table is worth when it is cut down: those that are not like the others.

The ends, errors, rare values, numbers far outside, changes of level, rows of another shape,
and rows that hold a word of the task which few rows hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from headroom.compressors.fences import far_out
from headroom.compressors.jsontree.marks import Marks, says
from headroom.compressors.jsontree.row_columns import Column
from headroom.compressors.jsontree.row_signs import (
    first_of_runs,
    level_changes,
    rare_values,
)
from headroom.compressors.jsontree.text import Node, Object

FIRST_ROWS, LAST_ROWS = 10, 5
FILLING_ROWS = 30
"""So many of the first rows stay where there is room: lists often begin with the best."""
FEW_ROWS_SHARE = 0.1
"""A word or a failure tells something only where at most this share of the rows holds it."""
FEWEST = 3
EXAMPLES_OF_A_KIND = 2
EXAMPLES_OF_A_FAILURE = 3
MOST_KINDS = 12
FAILURES = frozenset({"error", "errors", "failure", "failures", "failed", "fails", "exception"})
"""Words of a task that asks what went wrong."""
ONE_MORE = 0.001
"""What one more reason to stay adds."""

# What a row is worth for what it is; only the order counts.  What is MUST or more may stay beyond
# the room, what is URGENT or more farther beyond it, and what is KEPT stays in any case.
KEPT = 1_000.0
ASKED, ASKED_SIGN, FAILURE_EXAMPLE, URGENT = 100.0, 85.0, 80.0, 80.0
FAR, CHANGED, RARE, END, MUST = 76.0, 74.0, 72.0, 70.0, 60.0
FAILING, TELLS_OF_FAILURE, ODD_SHAPE, EXAMPLE, FARTHER, NEAR_END, FILLING = (
    *(55.0, 50.0, 45.0, 40.0, 30.0, 20.0, 10.0),
)


class Telling:
    """The worth of each row of one table."""

    def __init__(
        self,
        rows: Sequence[Node],
        columns: Sequence[Column],
        marks: Marks,
        wanted: frozenset[str],
        names: Sequence[str] = (),
    ) -> None:
        """*names* are those of the rows, if they are members of an object."""
        self.worth = [0.0] * len(rows)
        self.asked: set[int] = set()
        """The rows that the task asks for."""
        self._rows = rows
        self._names = names
        self._marks = marks
        self._wanted = wanted
        self._ends()
        self._named()
        self._holding_kept()
        self._asked_for()
        if marks.may_fail:
            self._failures(columns)
        for column in columns:
            self._signs(column)
        self._odd_shapes()

    def _put(self, rows: Iterable[int], worth: float) -> None:
        for row in rows:
            if worth > self.worth[row]:
                self.worth[row] = worth
            else:
                self.worth[row] += ONE_MORE

    def _ends(self) -> None:
        rows = len(self._rows)
        for place, row in enumerate((0, rows - 1, 1, rows - 2, 2)):
            self._put((min(row, rows - 1),), END - place)
        self._put(range(min(FIRST_ROWS, rows)), NEAR_END)
        self._put(range(max(rows - LAST_ROWS, 0), rows), NEAR_END)
        self._put(range(min(FILLING_ROWS, rows)), FILLING)

    def _named(self) -> None:
        """Members that the task calls by their names, and those that are to stay."""
        named = (n for n, name in enumerate(self._names) if self._marks.is_named(name))
        self._put(named, ASKED_SIGN)
        self._put((n for n, name in enumerate(self._names) if self._marks.keeps(name)), KEPT)

    def _holding_kept(self) -> None:
        """Rows with a member that is to stay, where few have it."""
        holding = [n for n, row in enumerate(self._rows) if self._marks.holds_kept(row)]
        if len(holding) <= _few(len(self._rows)):
            self._put(holding, ASKED)

    def _asked_for(self) -> None:
        """Rows that hold a word of the task which few rows hold; the rarer the word, the more."""
        holding: defaultdict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(self._rows):
            words = self._marks.words(row)
            if self._names:
                words |= self._marks.in_name(self._names[number])
            for word in words:
                holding[word].append(number)
        for rows in holding.values():
            if len(rows) <= _few(len(self._rows)):
                self._put(rows, ASKED + 1 / len(rows))
                self.asked.update(rows)

    def _failures(self, columns: Sequence[Column]) -> None:
        failing = [number for number, row in enumerate(self._rows) if self._marks.fails(row)]
        self._put(failing, FAILURE_EXAMPLE if len(failing) <= _few(len(self._rows)) else FAILING)
        for column in columns:
            for rows in self._by_failure(column).values():
                self._put(rows[:EXAMPLES_OF_A_FAILURE], FAILURE_EXAMPLE)
            telling = list(self._telling_of_failure(column))
            worth = TELLS_OF_FAILURE if FAILURES.isdisjoint(self._wanted) else URGENT
            self._put(telling[: _few(len(self._rows))], worth)

    def _telling_of_failure(self, column: Column) -> Iterator[int]:
        for value, row in zip(column.values, column.rows, strict=True):
            if value[0] == '"' and self._marks.tells_of_failure(value):
                yield row

    def _by_failure(self, column: Column) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        failures = {value for value in column.counts if self._marks.is_failure(value)}
        if failures:
            for value, row in zip(column.values, column.rows, strict=True):
                if value in failures:
                    found.setdefault(value, []).append(row)
        return dict(list(found.items())[:MOST_KINDS])

    def _signs(self, column: Column) -> None:
        asked = says(self._wanted, column.name)
        rows = len(self._rows)
        self._values_asked_for(column)
        rare = rare_values(column, rows, most=rows // 3 if asked else rows // 50)
        if rare or len(column.counts) <= MOST_KINDS:
            self._kinds(column, rare, asked=asked)
        if column.numbers:
            self._numbers(column, asked=asked)
        elif column.fills:
            self._changes(first_of_runs(column, rows), asked=asked)
            lengths = sorted(zip(map(len, column.values), column.rows, strict=True))
            self._put([row for side in far_out(lengths) for row in side], FARTHER)

    def _numbers(self, column: Column, *, asked: bool) -> None:
        """Where a series jumps to another level, and what is far outside between two jumps."""
        series = column.numbers
        jumps = level_changes(series) if column.fills else []
        self._changes(jumps, asked=asked)
        for level in _levels(series, jumps):
            ordered = sorted(level)
            for side in far_out(ordered):
                self._put(side[:1], ASKED_SIGN if asked else FAR)
                self._put(side[1:], ASKED_SIGN if asked else FARTHER)
            if asked:
                self._put((ordered[0][1], ordered[-1][1]), ASKED_SIGN)

    def _values_asked_for(self, column: Column) -> None:
        """The first rows that have a value which the task says, however many have it."""
        said = {value for value in column.counts if value[1:-1].lower() in self._wanted}
        for value in sorted(said)[:MOST_KINDS]:
            rows = [
                row for held, row in zip(column.values, column.rows, strict=True) if held == value
            ]
            self._put(rows[:EXAMPLES_OF_A_FAILURE], ASKED_SIGN + 2)

    def _kinds(self, column: Column, rare: dict[str, int], *, asked: bool) -> None:
        """Rows with a rare value, and examples of each kind."""
        met: Counter[str] = Counter()
        for value, row in zip(column.values, column.rows, strict=True):
            met[value] += 1
            if value in rare:
                first = RARE if met[value] == 1 else EXAMPLE
                self._put((row,), ASKED_SIGN + 1 / rare[value] if asked else first)
            elif met[value] <= EXAMPLES_OF_A_KIND and value[0] == '"':
                self._put((row,), ASKED_SIGN if asked else EXAMPLE)

    def _changes(self, rows: Iterable[int], *, asked: bool) -> None:
        """Where a series jumps, the rows on both sides of the jump."""
        for row in rows:
            self._put((row - 1, row), ASKED_SIGN if asked else CHANGED)

    def _odd_shapes(self) -> None:
        shapes = [row.keys if isinstance(row, Object) else type(row) for row in self._rows]
        counts = Counter(shapes)
        odd = [number for number, shape in enumerate(shapes) if counts[shape] <= FEWEST]
        if len(odd) <= _few(len(self._rows)):
            self._put(odd, ODD_SHAPE)


def _few(rows: int) -> int:
    return max(int(FEW_ROWS_SHARE * rows), FEWEST)


def _levels(
    series: Sequence[tuple[float, int]], jumps: Sequence[int]
) -> Iterator[Sequence[tuple[float, int]]]:
    ends = [at for at, (_, row) in enumerate(series) if row in jumps]
    for start, end in pairwise((0, *ends, len(series))):
        yield series[start:end]
