"""How search results that leave are named within the room there is.

All files by their paths, with the numbers of lines that left them; where that takes too much of
the room, the files that are worth least under their directories; and at last by how many they
are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.compressors.found_lines import FoundLine
from headroom.compressors.path_kinds import made_within

NUMBERS = (12, 4, 0)
"""Lines that are named of those that left one file, by how little room there is."""
NUMBER_CHARACTERS = 6
NOTE_CHARACTERS = 24
COUNT_CHARACTERS = 6
FEWEST_INSIDE = 3
COUNTED_CHARACTERS = 60
COUNTING, COUNTING_TOP = 3.0, 5.0
"""How much worse it is to count the files of a directory than to name them, and to count those
of a whole tree.
"""

_TOP = re.compile(r"(?:[A-Za-z]:|\.{1,2})?[/\\]{0,2}(?:[^/\\]+[/\\]){0,2}")


@dataclass(frozen=True, slots=True)
class Naming:
    """How what leaves is named: so many *numbers* per file; together what is *folded*.

    *folded* leads from the path of a file to the directory under which it is named, *counted*
    are the directories of which only that is said how many files they have.
    """

    numbers: int
    folded: Mapping[str, str] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()


def naming_of(
    found: Sequence[FoundLine], worth: Sequence[float], must: Collection[int], most: int
) -> tuple[Naming, int]:
    """The way of naming that takes at most so many characters, and how many it takes."""
    counts = Counter(one.path for one in found if one.is_of_a_file)
    costs: dict[str, int] = {}
    for numbers in NUMBERS:
        costs = {path: _cost(path, count, numbers) for path, count in counts.items()}
        if sum(costs.values()) <= most:
            return Naming(numbers), sum(costs.values())
    best: defaultdict[str, float] = defaultdict(float)
    for one, value in zip(found, worth, strict=True):
        best[one.path] = max(best[one.path], value)
    staying = {found[index].path for index in must}
    homes: defaultdict[str, list[str]] = defaultdict(list)
    inside = Counter(above for path in counts for above in _above(path))
    for path in counts:
        homes[path if path in staying else _home(path, inside)].append(path)
    steps = _steps({home: paths for home, paths in homes.items() if home not in staying}, best)
    return _folded(homes, costs, steps, most)


@dataclass(frozen=True, slots=True)
class _Step:
    """Files of some directories, named together *under* one of them from now on."""

    priority: float
    homes: tuple[str, ...]
    under: str
    cost: int
    counted: bool = False


def _steps(homes: Mapping[str, Sequence[str]], worth: Mapping[str, float]) -> list[_Step]:
    """All that can be done, what costs the least worth first."""
    steps: list[_Step] = []
    inside: defaultdict[str, list[str]] = defaultdict(list)
    best = {home: max(worth[path] for path in paths) for home, paths in homes.items()}
    for home, paths in homes.items():
        inside[_top(home)].append(home)
        names = sum(len(path) - len(home) + COUNT_CHARACTERS for path in paths)
        counted = len(home) + COUNTED_CHARACTERS
        steps.append(_Step(best[home], (home,), home, len(home) + NOTE_CHARACTERS + names))
        steps.append(_Step(best[home] * COUNTING, (home,), home, counted, counted=True))
    for top, below in inside.items():
        priority = max(best[home] for home in below) * COUNTING_TOP
        cost = len(top) + COUNTED_CHARACTERS
        steps.append(_Step(priority, tuple(below), top, cost, counted=True))
    return sorted(steps, key=lambda step: (step.priority, step.under, step.cost))


def _folded(
    homes: Mapping[str, Sequence[str]], costs: Mapping[str, int], steps: Sequence[_Step], most: int
) -> tuple[Naming, int]:
    now = {home: sum(costs[path] for path in paths) for home, paths in homes.items()}
    total = sum(now.values())
    folded: dict[str, str] = {}
    counted: set[str] = set()
    for step in steps:
        if total <= most:
            break
        before = sum(now[home] for home in step.homes)
        if step.cost >= before:
            continue
        total -= before - step.cost
        now |= dict.fromkeys(step.homes, 0) | {step.homes[0]: step.cost}
        folded |= {path: step.under for home in step.homes for path in homes[home]}
        counted |= {step.under} if step.counted else set()
    return Naming(NUMBERS[-1], folded, frozenset(counted)), total


def _above(path: str) -> Iterator[str]:
    """The directories that the file is in, the nearest first, as far as the top ones."""
    top = len(_top(path))
    cut = len(path)
    while (cut := max(path.rfind("/", 0, cut), path.rfind("\\", 0, cut))) >= max(top - 1, 0):
        yield path[: cut + 1]


def _home(path: str, inside: Mapping[str, int]) -> str:
    """The directory of made things that the file is in, else the nearest with some files."""
    made = made_within(path)
    if made:
        return path[:made] + "/"
    return next((above for above in _above(path) if inside[above] >= FEWEST_INSIDE), _top(path))


def _top(home: str) -> str:
    found = _TOP.match(home)
    return found[0] if found else ""


def _cost(path: str, count: int, numbers: int) -> int:
    return len(path) + NOTE_CHARACTERS + NUMBER_CHARACTERS * min(count, numbers)
