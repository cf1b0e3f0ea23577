"""How search results that leave are named within the room there is.

All files by their paths, with the numbers of lines that left them; where that takes too much of
the room, the files that are worth least under their directories; and at last by how many they
are.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.compressors.finds.found_lines import FoundLine
from headroom.compressors.path_kinds import made_within

NUMBERS = (12, 4, 0)
"""Lines that are named of those that left one file, by how little room there is."""
SPARED = 5
"""Files with the best matches that are always named by their paths."""
NUMBER_CHARACTERS = 6
NOTE_CHARACTERS = 24
COUNT_CHARACTERS = 6
FEWEST_INSIDE = 3
COUNTED_CHARACTERS = 60

_TOP = re.compile(r"(?:[A-Za-z]:|\.{1,2})?[/\\]{0,2}(?:[^/\\]+[/\\]){0,2}")
_FIRST = re.compile(r"(?:[A-Za-z]:|\.{1,2})?[/\\]{0,2}(?:[^/\\]+[/\\])?")


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
    staying = {found[index].path for index in must}
    least_first = _least_first(found, worth, counts)
    free = [path for path in least_first[:-SPARED] if path not in staying]
    inside = Counter(above for path in counts for above in _above(path))
    fold = _Fold(sum(costs.values()))
    for path in free:
        if fold.total > most:
            fold.name(path, _home(path, inside), costs[path])
    for under_which in (str, _top, _first, _root):
        fold.count_under(under_which, most)
    return fold.naming(), fold.total


def _least_first(
    found: Sequence[FoundLine], worth: Sequence[float], counts: Mapping[str, int]
) -> list[str]:
    """The paths, those whose best match is worth least first, many matches being worth more."""
    best = dict.fromkeys(counts, 0.0)
    for one, value in zip(found, worth, strict=True):
        if value > best.get(one.path, value):
            best[one.path] = value
    return sorted(counts, key=lambda path: best[path] * (1 + math.log(counts[path])))


@dataclass(slots=True)
class _Fold:
    """Files put together under directories, and how many characters the names of all take."""

    total: int
    groups: dict[str, list[str]] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)

    def name(self, path: str, home: str, cost: int) -> None:
        """Name the file below this directory, instead of at that cost by itself."""
        if home not in self.groups:
            self.groups[home] = []
            self._pay(home, len(home) + NOTE_CHARACTERS)
        self.groups[home].append(path)
        self._pay(home, len(path) - len(home) + COUNT_CHARACTERS)
        self.total -= cost

    def count_under(self, under_which: Callable[[str], str], most: int) -> None:
        """Say of the files of directories only how many they are, until names have room."""
        together: defaultdict[str, list[str]] = defaultdict(list)
        for home in self.groups:
            together[under_which(home)].append(home)
        for under, homes in together.items():
            if self.total > most:
                self._count(homes, under)

    def _count(self, homes: Sequence[str], under: str) -> None:
        paths = [path for home in homes for path in self.groups.pop(home)]
        for home in homes:
            self._pay(home, -self.costs[home])
        self.groups[under] = paths
        self.counted.add(under)
        self._pay(under, len(under) + COUNTED_CHARACTERS)

    def naming(self) -> Naming:
        """What came of it."""
        homes = {path: home for home, paths in self.groups.items() for path in paths}
        return Naming(NUMBERS[-1], homes, frozenset(self.counted))

    def _pay(self, home: str, cost: int) -> None:
        self.costs[home] = self.costs.get(home, 0) + cost
        self.total += cost


def _above(path: str) -> Iterator[str]:
    """The directories that the file is in, the nearest first, as far as the top ones."""
    top = len(_top(path))
    cut = len(path)
    while (cut := max(path.rfind("/", 0, cut), path.rfind("\\", 0, cut))) >= max(top - 1, 0):
        yield path[: cut + 1]


def _home(path: str, inside: Mapping[str, int]) -> str:
    """The nearest directory of the file that has some of those files."""
    return next((above for above in _above(path) if inside[above] >= FEWEST_INSIDE), _top(path))


def _top(home: str) -> str:
    """The directory of made things that this one is in, else the top one."""
    made = made_within(home)
    if made:
        return home[:made] + "/"
    found = _TOP.match(home)
    return found[0] if found else ""


def _first(home: str) -> str:
    found = _FIRST.match(home)
    return found[0] if found else ""


def _root(_home: str) -> str:
    return ""


def _cost(path: str, count: int, numbers: int) -> int:
    note = NOTE_CHARACTERS if count > 1 else NOTE_CHARACTERS // 2
    return len(path) + note + NUMBER_CHARACTERS * min(count - 1, numbers)
