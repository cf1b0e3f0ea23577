"""The units that a text may lose: lines, and the parts of lines that are very long.

What leaves is named where it stood, by the numbers that the text itself shows, if it does:

    [… lines 12-48 left out: INFO 30, DEBUG 7; they name src/pool.py, conn_4711]
    ends the sentence. [… 1,240 characters left out]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

from headroom.compressors.base import Reduced
from headroom.compressors.names import chosen_names

LONGEST_LINE = 1_000
"""Characters beyond which a line has parts: a sixth of what tools tell stands in such lines (61
recorded sessions, 2026-11)."""
USUAL_PART = 240
LONGEST_PART = 1_000
NAMED_GAP = 60
"""Characters that name a gap: a smaller one is not worth making."""
FIRST_OTHERS, LAST_OTHERS = 20, 5
"""Lines around results that stay: what a tool says before and after."""

# Where a long line may be cut: behind a sentence, an item, a tag.
_JOINT = re.compile(r"[.!?;]\s|[}\])>,]\s?(?=[\[{(<\"'\w])|\s[|·•]\s|\\n")
SHOWN_NUMBER = re.compile(r" {0,12}([0-9]{1,8})(?: ?[\t→|:]|  )")


class Unit(NamedTuple):
    """A line with its line break, or a part of a long one.

    *number* is the number that the text shows for the line, else its place, counted from 1.
    """

    text: str
    number: int
    is_part: bool = False


Told = Callable[[Sequence[Unit]], str]
"""What to say of units that leave; empty for nothing."""


def units_of(text: str) -> list[Unit]:
    """The units of *text*, which joined are the text."""
    lines = text.split("\n")
    ended = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    numbers = line_numbers(ended)
    if max(map(len, ended), default=0) <= LONGEST_LINE:
        return list(map(Unit, ended, numbers))
    units: list[Unit] = []
    for line, number in zip(ended, numbers, strict=True):
        if len(line) <= LONGEST_LINE:
            units.append(Unit(line, number))
        else:
            units += (Unit(part, number, is_part=True) for part in _parts(line))
    return units


def chosen(
    units: Sequence[Unit], must: Collection[int], worth: Sequence[float], room: int
) -> frozenset[int]:
    """The numbers of the units that stay, counted from 0.

    Those that *must*, then by *worth* as many as have *room* (characters), the earlier first
    among equals; none whose worth is not positive.  Gaps that are too small to name stay.
    """
    kept = set(must)
    left = room - sum(len(units[index].text) for index in kept)
    worthy = [index for index, value in enumerate(worth) if value > 0]
    for index in sorted(worthy, key=lambda index: -worth[index]):
        if index in kept or len(units[index].text) > left:
            continue
        kept.add(index)
        left -= len(units[index].text)
    for first, last in gaps(len(units), kept):
        if sum(len(unit.text) for unit in units[first : last + 1]) < NAMED_GAP:
            kept.update(range(first, last + 1))
    return frozenset(kept)


def gaps(length: int, kept: Collection[int]) -> list[tuple[int, int]]:
    """The runs of what is not kept of so many units, first and last of each."""
    return runs(index for index in range(length) if index not in kept)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of numbers that follow one another."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def ends_of(others: Sequence[int]) -> set[int]:
    """Those that stay of the lines that are no results: the first and the last."""
    return {*others[:FIRST_OTHERS], *others[-LAST_OTHERS:]}


def reduced_lines(before: str, length: int, kept: Collection[int]) -> Reduced:
    """What a reducer says of a text of *length* lines of which it writes those that it *kept*."""
    return Reduced(
        before=before,
        gone=length - len(kept),
        of=length,
        unit="lines",
        gone_lines=tuple((first + 1, last + 1) for first, last in gaps(length, kept)),
    )


@dataclass(frozen=True, slots=True)
class Naming:
    """The names in each unit, and how many characters there are for those that leave."""

    names: Sequence[Sequence[str]]
    room: int


def without(
    units: Sequence[Unit],
    kept: Collection[int],
    told: Told | None = None,
    naming: Naming | None = None,
) -> Reduced:
    """The text of the units that are *kept*, with each gap named.

    *told* says more of a gap; with *naming*, the names in it are said that are not shown
    elsewhere.
    """
    holes = gaps(len(units), kept)
    names = _names(naming, kept, holes) if naming is not None else [[] for _ in holes]
    pieces: list[str] = []
    gone_lines: list[tuple[int, int]] = []
    at = 0
    for (first, last), named in zip(holes, names, strict=True):
        gone = units[first : last + 1]
        pieces += (unit.text for unit in units[at:first])
        pieces += _named(gone, told(gone) if told is not None else "", named)
        gone_lines += _lines(gone)
        at = last + 1
    pieces += (unit.text for unit in units[at:])
    parts = any(unit.is_part for unit in units)
    return Reduced(
        before="".join(pieces).removesuffix("\n"),
        gone=len(units) - len(kept),
        of=len(units),
        unit="parts" if parts else "lines",
        gone_lines=tuple(gone_lines),
    )


def _names(
    naming: Naming, kept: Collection[int], holes: Sequence[tuple[int, int]]
) -> list[list[str]]:
    shown = {name for index in kept for name in naming.names[index]}
    gone = [chain.from_iterable(naming.names[first : last + 1]) for first, last in holes]
    return chosen_names(gone, shown, naming.room)


def _named(gone: Sequence[Unit], more: str, names: Sequence[str]) -> Iterator[str]:
    said = f": {more}" if more else ""
    if names:
        said += f"; named there: {', '.join(names)}"
    if gone[0].is_part or gone[-1].is_part:
        characters = sum(len(unit.text) for unit in gone)
        # A line break that leaves with the last part belongs to what stays.
        ending = "\n" if gone[-1].text.endswith("\n") else ""
        yield f" [… {characters:,} characters left out{said}] {ending}"
        return
    first, last = gone[0].number, gone[-1].number
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    yield f"[… {lines} left out{said}]\n"


def _lines(gone: Sequence[Unit]) -> list[tuple[int, int]]:
    whole = [unit.number for unit in gone if not unit.is_part]
    return [(whole[0], whole[-1])] if whole else []


def line_numbers(lines: Sequence[str]) -> list[int]:
    """For each line the number that is shown for it, where lines are numbered, else its place."""
    places = list(range(1, len(lines) + 1))
    shown: list[int | None] = []
    bare = 0
    for line in lines:
        found = SHOWN_NUMBER.match(line)
        shown.append(int(found[1]) if found else None)
        bare += found is None
        # Those that are left cannot be enough: most texts are known here by their first third.
        if (len(lines) - bare) * 3 < len(lines) * 2:
            return places
    rising = sum(1 for above, below in pairwise(shown) if above is not None and below == above + 1)
    if rising * 3 < len(lines) * 2:
        return places
    numbers: list[int] = []
    for number in shown:
        numbers.append(number if number is not None else (numbers[-1] if numbers else 1))
    return numbers


def _parts(line: str) -> Iterator[str]:
    start = 0
    for joint in _JOINT.finditer(line):
        end = joint.end()
        while end - start > LONGEST_PART:
            yield line[start : start + LONGEST_PART]
            start += LONGEST_PART
        if end - start >= USUAL_PART:
            yield line[start:end]
            start = end
    for at in range(start, len(line), LONGEST_PART):
        yield line[at : at + LONGEST_PART]
