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
from typing import NamedTuple

from headroom.compressors.lists.listed import Lines, Listed
from headroom.compressors.lists.listed_worth import suffix

MANY = 4
"""Entries of which a directory must have so many to be named when it leaves as a whole."""
MOST_KINDS = 4
MOST_WHOLE = 40
LONGEST_FRAME = 400
LONGEST_COUNT = 40
"""More characters than a note has around directories, twice four kinds included, and per number."""


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
        if names < _longest_note(home, left) and names < len(_note(f" in {home}", home, left)):
            yield from left.lines


def _longest_note(home: str, left: _Left) -> int:
    """More characters than the note has, counted without counting the kinds."""
    named = sum(map(len, left.whole)) + LONGEST_COUNT * len(left.whole)
    return LONGEST_FRAME + len(home) + named


def _left(found: Lines, kept: Collection[int]) -> dict[str, _Left]:
    """What left, by the nearest directory of which something stays."""
    named = [(at, one) for at, one in enumerate(found) if one is not None and not one.heads]
    gone = [(at, one) for at, one in named if at not in kept]
    held = {one.directory for at, one in named if at in kept}
    staying = _with_those_above(held)
    homes = {one: _home(one, staying) for one in {one.directory for _, one in gone}}
    without = [
        homes[one.directory].without or (_own(one, staying) if one.is_directory else "")
        for _, one in gone
    ]
    many = {home for home, count in Counter(without).items() if home and count >= MANY}
    left: defaultdict[str, _Left] = defaultdict(_Left)
    for (at, one), home in zip(gone, without, strict=True):
        nearest = left[homes[one.directory].nearest]
        nearest.lines.append(at)
        (nearest.whole[home] if home in many else nearest.single).append(one)
    return left


class _Home(NamedTuple):
    """Where what left a directory is counted.

    *without* is the topmost directory down to it of which nothing stays, if there is one;
    *nearest* the nearest of which something does.
    """

    without: str
    nearest: str


def _home(directory: str, staying: Collection[str]) -> _Home:
    above = list(_down_to(directory))
    gone = next((one for one in above if one not in staying), "")
    return _Home(gone, next((one for one in reversed(above) if one in staying), ""))


def _own(entry: Listed, staying: Collection[str]) -> str:
    """The entry as a directory, if nothing of what is in it stays."""
    own = f"{entry.path.rstrip('/')}/"
    return "" if own in staying else own


def _with_those_above(directories: Collection[str]) -> set[str]:
    """The directories and all those above them."""
    found = {""} if directories else set()
    for directory in directories:
        above = directory[: directory.rfind("/") + 1]
        while above not in found:
            found.add(above)
            above = above[: above.rfind("/", 0, -1) + 1]
    return found


def _down_to(directory: str) -> Iterator[str]:
    """The directory and those above it, from the top."""
    yield ""
    cut = directory.find("/")
    while cut >= 0:
        yield directory[: cut + 1]
        cut = directory.find("/", cut + 1)


def _place(found: Lines, lines: Sequence[int]) -> int:
    """Which of these lines gives its place to the note: the last of those least deep."""
    depths = [one.depth if (one := found[at]) is not None else 0 for at in lines]
    least = min(depths)
    return max(at for at, depth in zip(lines, depths, strict=True) if depth == least)


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
