"""What stands in a shortened listing for the entries that left it.

    [… 12 more in ./src/ left out: .py 11, .json 1]
    [… 1,243 more in ./ left out: .lock 3; all of ./node_modules/ (.js 820, .json 420)]
    [… 61 more in ./ left out: all of docs/ 40, tests/ 21]

What leaves counts to the nearest directory of which something stays; the directories of which
nothing does are named where they have some entries.  In a drawn tree a note hangs where an
entry hung.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from headroom.compressors.lists.listed import Lines, Listed
from headroom.compressors.lists.listed_worth import suffix

MANY = 4
"""Entries of which a directory must have so many to be named when it leaves as a whole."""
MOST_KINDS = 4
MOST_WHOLE = 40


@dataclass(slots=True)
class _Left:
    """What left a directory: its lines, the entries that left singly, whole directories."""

    lines: list[int] = field(default_factory=list)
    single: list[Listed] = field(default_factory=list)
    whole: defaultdict[str, list[Listed]] = field(default_factory=lambda: defaultdict(list))


def notes(found: Lines, kept: Collection[int]) -> dict[int, str]:
    """The notes, by the number of the line in whose place each stands."""
    said: dict[int, str] = {}
    for home, left in _left(found, kept).items():
        place = _place(found, left.lines)
        hanging = found[place]
        if hanging is not None and hanging.depth:
            said[place] = hanging.before + _note("", home, left)
        else:
            said[place] = _note(f" in {home}" if home else "", home, left)
    return said | _of_others(found, kept)


def not_worth_a_note(found: Lines, kept: Collection[int]) -> Iterator[int]:
    """The lines that leave although their names are shorter than the note of it."""
    for home, left in _left(found, kept).items():
        names = sum(len(one.name) + 1 for at in left.lines if (one := found[at]) is not None)
        if names < len(_note(f" in {home}", home, left)):
            yield from left.lines


def _left(found: Lines, kept: Collection[int]) -> dict[str, _Left]:
    """What left, by the nearest directory of which something stays."""
    named = [(at, one) for at, one in enumerate(found) if one is not None and not one.heads]
    gone = [(at, one) for at, one in named if at not in kept]
    held = {one.directory for at, one in named if at in kept}
    homes = _Homes({above for directory in held for above in _down_to(directory)})
    without = [homes.without(one) for _, one in gone]
    many = Counter(without)
    left: defaultdict[str, _Left] = defaultdict(_Left)
    for (at, one), home in zip(gone, without, strict=True):
        nearest = left[homes.nearest(one)]
        nearest.lines.append(at)
        (nearest.whole[home] if home and many[home] >= MANY else nearest.single).append(one)
    return left


class _Homes:
    """By directory, where what left it is counted."""

    def __init__(self, staying: Collection[str]) -> None:
        self._staying = staying
        self._first: dict[str, str] = {}
        self._last: dict[str, str] = {}

    def without(self, entry: Listed) -> str:
        """The topmost directory above the entry of which nothing stays, if there is one."""
        self._look(entry.directory)
        found = self._first[entry.directory]
        if found or not entry.is_directory:
            return found
        own = f"{entry.path.rstrip('/')}/"
        return "" if own in self._staying else own

    def nearest(self, entry: Listed) -> str:
        """The nearest directory above the entry of which something stays."""
        self._look(entry.directory)
        return self._last[entry.directory]

    def _look(self, directory: str) -> None:
        if directory not in self._first:
            above = list(_down_to(directory))
            gone = [one for one in above if one not in self._staying]
            staying = [one for one in above if one in self._staying]
            self._first[directory] = gone[0] if gone else ""
            self._last[directory] = staying[-1] if staying else ""


def _down_to(directory: str) -> Iterator[str]:
    """The directory and those above it, from the top."""
    yield ""
    cut = directory.find("/")
    while cut >= 0:
        yield directory[: cut + 1]
        cut = directory.find("/", cut + 1)


def _place(found: Lines, lines: Sequence[int]) -> int:
    """Which of these lines gives its place to the note: the last of those least deep."""
    depths = {at: one.depth for at in lines if (one := found[at]) is not None}
    least = min(depths.values())
    return max(at for at, depth in depths.items() if depth == least)


def _note(where: str, home: str, left: _Left) -> str:
    """What to say of the entries that left *home*."""
    said = [_kinds(left.single)] if left.single else []
    if len(left.whole) == 1:
        ((name, entries),) = left.whole.items()
        said.append(f"all of {name.removeprefix(home)} ({_kinds(entries)})")
    elif left.whole:
        sizes = sorted(left.whole.items(), key=lambda item: -len(item[1]))
        named = [f"{name.removeprefix(home)} {len(entries):,}" for name, entries in sizes]
        more = f", {len(named) - MOST_WHOLE} more" if len(named) > MOST_WHOLE else ""
        said.append(f"all of {', '.join(named[:MOST_WHOLE])}{more}")
    return f"[… {len(left.lines):,} more{where} left out: {'; '.join(said)}]"


def _kinds(entries: Sequence[Listed]) -> str:
    """`.py 11, .json 1`."""
    kinds = Counter(map(suffix, entries))
    return ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common(MOST_KINDS))


def _of_others(found: Lines, kept: Collection[int]) -> dict[int, str]:
    gone = [index for index, one in enumerate(found) if one is None and index not in kept]
    lines = f"{len(gone):,} other line{'' if len(gone) == 1 else 's'}"
    return {gone[0]: f"[… {lines} left out]"} if gone else {}
