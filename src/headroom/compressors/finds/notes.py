"""Search results with lines left out, and what names those: by line, by file, by directory.

    src/app.py:12:def run():
    [… lines 57, 88, 90-92 left out]
    [… src/old.py: lines 3, 9; src/older.py: line 4 left out]
    [… build/: 31 files (.js 30, .map 1), 112 lines left out]

What identifiers stood in the lines that left is told as far as there is room.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from headroom.compressors.finds.found_lines import FoundLine
from headroom.compressors.finds.names import Naming
from headroom.compressors.names import chosen_names, names_of
from headroom.compressors.units import LONGEST_LINE

WIDTH = 160
MOST_SUFFIXES = 3

_SUFFIX = re.compile(r"[^/\\.](\.\w{1,10})$")


def written(
    lines: Sequence[str],
    found: Sequence[FoundLine],
    kept: Collection[int],
    naming: Naming,
    room: int,
) -> list[str]:
    """The lines that are *kept*, and notes of the others.

    *room* are the characters that there are for names in lines that leave.
    """
    names = _names(lines, found, kept, room)
    return list(_Notes(lines, found, kept, naming, names, _counts(found, naming)).written())


def _names(
    lines: Sequence[str], found: Sequence[FoundLine], kept: Collection[int], room: int
) -> dict[str, list[str]]:
    """By file, the names in the lines that leave it while others stay."""
    shown = {name for index in kept for name in names_of(lines[index])}
    staying = {found[index].path for index in kept}
    leaving: defaultdict[str, list[str]] = defaultdict(list)
    for index, one in enumerate(found):
        if one.is_of_a_file and one.path in staying and index not in kept:
            leaving[one.path] += names_of(lines[index][one.start : one.start + LONGEST_LINE])
    names = chosen_names(list(leaving.values()), shown, room)
    return dict(zip(leaving, names, strict=True))


def _counts(found: Sequence[FoundLine], naming: Naming) -> Mapping[str, Counter[str]]:
    """By directory how many lines each of the files has that are named under it."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        home = naming.folded.get(one.path)
        if home is not None and one.is_of_a_file:
            counts[home][one.path] += 1
    return counts


@dataclass(frozen=True, slots=True)
class _Notes:
    lines: Sequence[str]
    found: Sequence[FoundLine]
    kept: Collection[int]
    naming: Naming
    names: Mapping[str, Sequence[str]]
    counts: Mapping[str, Counter[str]]

    def written(self) -> Iterator[str]:
        told: set[str] = set()
        waiting: list[str] = []
        for path, run in groupby(range(len(self.lines)), key=lambda at: self.found[at].path):
            indexes = list(run)
            staying = [index for index in indexes if index in self.kept]
            leaving = [index for index in indexes if index not in self.kept]
            if not staying:
                waiting += self._gone(path, leaving, told)
                continue
            yield from _joined(waiting)
            waiting = []
            yield from (self.lines[index] for index in staying)
            if named := self._named(leaving, more=True):
                names = self.names.get(path, ())
                also = f"; named there: {', '.join(names)}" if names else ""
                yield f"[… {named} left out{also}]"
        yield from _joined(waiting)

    def _gone(self, path: str, leaving: Sequence[int], told: set[str]) -> Iterator[str]:
        """What to say of a run of which nothing stays."""
        directory = self.naming.folded.get(path)
        if directory is None:
            named = self._named(leaving)
            if named:
                yield f"{path}: {named}" if path else named
        elif directory not in told:
            told.add(directory)
            yield self._folded(directory)

    def _named(self, leaving: Sequence[int], *, more: bool = False) -> str:
        """`lines 3, 9-11, 7 more and 12 of context`, or only how many."""
        kinds = Counter(self.found[index].kind for index in leaving)
        matches = [index for index in leaving if self.found[index].kind == "match"]
        said = []
        ranges = list(self._ranges(matches)) if self.naming.numbers else []
        if ranges:
            said.append(f"line{'s' if len(matches) > 1 else ''} {', '.join(ranges)}")
        elif matches:
            said.append(_counted(len(matches), "more line" if more else "line"))
        if kinds["context"]:
            said.append(_counted(kinds["context"], "line") + " of context")
        if kinds["other"]:
            said.append(_counted(kinds["other"], "other line"))
        return " and ".join(said)

    def _ranges(self, shown: Sequence[int]) -> Iterator[str]:
        """The numbers of these lines, as ranges where they follow one another."""
        numbers = dict.fromkeys(self.found[i].number for i in shown if self.found[i].number)
        long = {self.found[i].number: len(self.lines[i]) for i in shown if self._is_long(i)}
        runs: list[tuple[int, int]] = []
        for number in numbers:
            follows = runs and runs[-1][1] == number - 1 and number not in long
            runs[-1:] = [(runs[-1][0], number)] if follows else [*runs[-1:], (number, number)]
        left = len(runs) - self.naming.numbers
        for first, last in runs[: self.naming.numbers] if left > 1 else runs:
            length = f" ({long[first]:,} characters)" if first in long else ""
            yield f"{first}{length}" if first == last else f"{first}-{last}{length}"
        if left > 1:
            yield f"{left} more"

    def _is_long(self, index: int) -> bool:
        return len(self.lines[index]) > LONGEST_LINE

    def _folded(self, home: str) -> str:
        """`src/old/: a.py 3, b.py 1`, or `build/: 31 files (.js 30, .map 1), 112 lines`."""
        lines = self.counts[home]
        if home not in self.naming.counted:
            named = ", ".join(f"{path.removeprefix(home)} {n}" for path, n in lines.items())
            return f"{home}: {named}" if home else named
        if len(lines) == 1:
            return f"{next(iter(lines))}: {_counted(lines.total(), 'line')}"
        suffixes = Counter(s[1] for path in lines if (s := _SUFFIX.search(path)))
        kinds = ", ".join(f"{name} {n}" for name, n in suffixes.most_common(MOST_SUFFIXES))
        more = f" ({kinds})" if kinds else ""
        said = f"{_counted(len(lines), 'file')}{more}, {_counted(lines.total(), 'line')}"
        return f"{home}: {said}" if home else said


def _joined(said: Sequence[str]) -> Iterator[str]:
    """The notes of neighbours, several in a row."""
    row = ""
    for one in said:
        if row and len(row) + len(one) > WIDTH:
            yield f"[… {row} left out]"
            row = ""
        row = f"{row}; {one}" if row else one
    if row:
        yield f"[… {row} left out]"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
