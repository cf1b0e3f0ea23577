"""Which rows of a table must stay when it is cut down: those that are not like the others.

The ends, errors, rare values, numbers far outside, rows of another shape, and rows that hold
a word of the task which few rows hold.  Everything is counted in one walk over the rows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headroom.compressors.json_text import Node, Object
from headroom.compressors.words import words_of

FIRST_ROWS = 10
LAST_ROWS = 5
FEW_ROWS_SHARE = 0.1
"""A word or a failure tells something only where at most this share of the rows holds it."""
RARE_SHARE = 0.02
MOST_CATEGORIES = 12
"""Different values up to which a field sorts rows into kinds."""
FAR_OUT = 3.0
"""Times the spread between the quartiles: Tukey's outer fence (Exploratory Data Analysis, 1977)."""
LEAST_NUMBERS = 8
MOST_FAR_OUT = 3
EXAMPLES_OF_A_KIND = 2
LONGEST_VERDICT = 24
NESTED_LEVELS = 8

_FAILURE = re.compile(
    r"(?i)error|exception|fail|fatal|critical|panic|traceback|denied|timed? ?out|refused"
    r"|unhealthy|not.found"
)
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One scalar of a row: the names that lead to it, and its spelling."""

    field: str
    spelled: str


def telling(rows: Sequence[Node], asked: Collection[str]) -> frozenset[int]:
    """The numbers of the rows that stay, counted from 0; *asked* are words of the task."""
    cells = [tuple(cells_of(row)) for row in rows]
    wanted = {word.lower() for word in asked}
    found = set(range(min(FIRST_ROWS, len(rows))))
    found |= set(range(max(len(rows) - LAST_ROWS, 0), len(rows)))
    found |= {i for i, row in enumerate(cells) if _fails(row)}
    found |= _first([i for i, row in enumerate(cells) if _tells_of_failure(row)], len(rows))
    found |= _of_rare_kind(cells)
    found |= _far_out(cells)
    found |= _of_rare_shape(cells)
    found |= _asked_for(cells, wanted)
    return frozenset(found)


def kinds(rows: Sequence[Node], *, most: int) -> dict[str, Mapping[str, int]]:
    """The fields that sort these rows into at most *most* kinds, and how many each has."""
    counts = _values_by_field([tuple(cells_of(row)) for row in rows], most=most)
    return {
        field: values
        for field, values in counts.items()
        if 1 <= len(values) <= most and sum(values.values()) == len(rows)
    }


def cells_of(row: Node, name: str = "", depth: int = 0) -> Iterator[Cell]:
    """The scalars of a row; lists of them, and what lies deeper, by what leads to them."""
    if isinstance(row, str):
        yield Cell(name, row)
    elif depth == NESTED_LEVELS:
        return
    elif isinstance(row, Object):
        for key, value in zip(row.keys, row.values, strict=True):
            yield from cells_of(value, f"{name}.{key}" if name else key, depth + 1)
    else:
        for item in row.items:
            yield from cells_of(item, f"{name}[]", depth + 1)


def _first(numbers: Sequence[int], rows: int) -> set[int]:
    """All of them where they are few, else as many from the start: more of the same."""
    return set(numbers[: max(int(FEW_ROWS_SHARE * rows), FIRST_ROWS)])


def _few(numbers: Collection[int], rows: int) -> set[int]:
    return set(numbers) if len(numbers) <= max(FEW_ROWS_SHARE * rows, 1) else set()


def _fails(row: Sequence[Cell]) -> bool:
    """Whether a field says so in a word or two: a level, a status, a verdict."""
    return any(
        len(cell.spelled) <= LONGEST_VERDICT and _FAILURE.search(cell.spelled) for cell in row
    )


def _tells_of_failure(row: Sequence[Cell]) -> bool:
    return any(_FAILURE.search(cell.spelled) for cell in row)


def _of_rare_kind(rows: Sequence[Sequence[Cell]]) -> set[int]:
    """Rows with a rare value in a field that sorts rows into kinds, and examples of each kind."""
    rare: dict[tuple[str, str], float] = {}
    most = max(MOST_CATEGORIES, len(rows) // 50)
    for field, values in _values_by_field(rows, most=most).items():
        least = max(RARE_SHARE * len(rows), 1)
        if len(values) <= most:
            for value, count in values.items():
                examples = 0 if _NUMBER.fullmatch(value) else EXAMPLES_OF_A_KIND
                rare[field, value] = count if count <= least else examples
    found: set[int] = set()
    for index, row in enumerate(rows):
        for cell in row:
            left = rare.get((cell.field, cell.spelled), 0)
            if left > 0:
                rare[cell.field, cell.spelled] = left - 1
                found.add(index)
    return found


def _values_by_field(rows: Sequence[Sequence[Cell]], *, most: int) -> dict[str, Counter[str]]:
    """How often each value stands in each field; a field with too many is not counted on."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for cell in row:
            values = counts[cell.field]
            if len(values) <= most:
                values[cell.spelled] += 1
    return counts


def _far_out(rows: Sequence[Sequence[Cell]]) -> set[int]:
    """Rows with a number, or a length, far outside of what its field has elsewhere."""
    numbers: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for index, row in enumerate(rows):
        for cell in row:
            if _NUMBER.fullmatch(cell.spelled):
                numbers[cell.field].append((float(cell.spelled), index))
            elif cell.spelled[:1] == '"':
                numbers[f"{cell.field} length"].append((len(cell.spelled), index))
    outside: set[int] = set()
    for found in numbers.values():
        outside |= _outside(sorted(found))
    return outside


def _outside(ordered: Sequence[tuple[float, int]]) -> set[int]:
    """Those beyond the fences, the farthest on each side where there are many."""
    if len(ordered) < LEAST_NUMBERS:
        return set()
    low, high = ordered[len(ordered) // 4][0], ordered[3 * len(ordered) // 4][0]
    spread = high - low
    # Where more than half are equal, whatever differs by as much as the value itself is far.
    reach = FAR_OUT * spread if spread else max(abs(high), 1.0)
    below = [index for value, index in ordered if value < low - reach]
    above = [index for value, index in ordered if value > high + reach]
    return {*below[:MOST_FAR_OUT], *above[-MOST_FAR_OUT:]}


def _of_rare_shape(rows: Sequence[Sequence[Cell]]) -> set[int]:
    shapes = [frozenset(cell.field for cell in row) for row in rows]
    counts = Counter(shapes)
    least = max(RARE_SHARE * len(rows), 1)
    return _few([i for i, shape in enumerate(shapes) if counts[shape] <= least], len(rows))


def _asked_for(rows: Sequence[Sequence[Cell]], wanted: Collection[str]) -> set[int]:
    """Rows that hold a word of the task which few rows hold."""
    if not wanted:
        return set()
    holding: defaultdict[str, set[int]] = defaultdict(set)
    for index, row in enumerate(rows):
        for cell in row:
            for word in words_of(cell.spelled):
                if word in wanted:
                    holding[word].add(index)
    return {index for indexes in holding.values() for index in _few(indexes, len(rows))}
