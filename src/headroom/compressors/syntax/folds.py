"""Folds: which parts of a text of code leave, and the lines that stand there instead.

    def area(shape):
        ...  # [… lines 45-81 left out; named there: outline_of, is_closed]

A fold has the line number, the indentation and the comment signs of what it stands for, so
that what stays parses as before.  It tells the names that stand nowhere in what stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from headroom.compressors.names import chosen_names, names_of
from headroom.compressors.syntax.frames import Section
from headroom.compressors.syntax.parts import Part

SMALL_OVERSHOOT = 400
"""Characters that may leave beyond what must, rather than look for a part that fits better."""
MEANT = 2.0
"""From this worth on a part is what the task is about, and not touched by chance."""
FOLD_CHARACTERS = 50
NAMES_SHARE = 0.1
"""Of what leaves: so many characters of the names in it stay.  Without them twice as much of what
was used later was gone (recorded sessions, 2026-11)."""

# Tags that close, and Go's arrows, are no part of a name.
_SIGNS = re.compile(r"</[\w.]{0,60}>|<-")
_QUOTES = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class Read:
    """A section that is code, its parts, and how much the task touches each of them."""

    section: Section
    parts: Sequence[Part]
    worths: Sequence[float]

    def size(self, part: Part) -> int:
        """The characters of the text that leave with a part."""
        rows = slice(part.first, part.last + 1)
        lines, columns = self.section.lines[rows], self.section.columns[rows]
        return sum(map(len, lines)) + sum(map(len, columns)) + part.last - part.first + 1


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of a section that leave, from *first* to *last*, told between *opening* and *closing*.

    *is_code* is false for mere documentation.
    """

    first: int
    last: int
    opening: str
    closing: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class _Choice:
    """One part that may leave, of the section *at* this place."""

    at: int
    part: Part
    worth: float
    size: int
    owner_size: int

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The lower, the sooner it leaves."""
        return int(self.worth), -self.owner_size, self.at, self.part.first

    @property
    def gain(self) -> int:
        """The characters that leave, less those that tell of it."""
        return self.size - int(NAMES_SHARE * self.size) - FOLD_CHARACTERS

    def least(self, room: int, skeleton: int) -> int:
        """The characters that should stay; half of the room for what is meant, at any rate."""
        return max(room, skeleton + room // 2) if self.worth >= MEANT else room


def leaving(read: Sequence[Read], length: int, room: int) -> list[list[Part]]:
    """For each section the parts that leave, so that about *room* of *length* characters stay.

    What the task touches least goes first; of that the longest functions and comments, as few
    long folds read better than many.  Half of the room is left to what the task is about,
    however long all the rest is.
    """
    choices = sorted(_choices(read), key=lambda choice: choice.rank)
    skeleton = length - sum(choice.gain for choice in choices)
    found: list[list[Part]] = [[] for _ in read]
    too_long: list[_Choice] = []
    for choice in choices:
        excess = length - choice.least(room, skeleton)
        if excess <= 0:
            break
        if choice.size > 2 * excess + SMALL_OVERSHOOT:
            too_long.append(choice)
            continue
        found[choice.at].append(choice.part)
        length -= choice.gain
    for choice in sorted(too_long, key=lambda choice: (int(choice.worth), choice.size)):
        if length > choice.least(room, skeleton):
            found[choice.at].append(choice.part)
            length -= choice.gain
    return found


def _choices(read: Sequence[Read]) -> Iterator[_Choice]:
    for at, one in enumerate(read):
        sizes = [one.size(part) for part in one.parts]
        of_owner: dict[int, int] = {}
        for part, size in zip(one.parts, sizes, strict=True):
            of_owner[part.owner] = of_owner.get(part.owner, 0) + size
        for part, worth, size in zip(one.parts, one.worths, sizes, strict=True):
            yield _Choice(at, part, worth, size, of_owner[part.owner])


def folds(read: Read, parts: Sequence[Part]) -> list[Fold]:
    """The folds for *parts*; those that follow one another in one place become one."""
    found: list[Fold] = []
    place = 0
    for part in sorted(parts, key=lambda part: part.first):
        above = found[-1] if found and place == part.place else None
        if above is not None and _is_blank(read.section.lines[above.last + 1 : part.first]):
            found[-1] = replace(above, last=part.last, is_code=above.is_code or part.is_code)
        else:
            found.append(Fold(part.first, part.last, part.opening, part.closing, part.is_code))
        place = part.place
    return found


def folded(section: Section, chosen: Sequence[Fold]) -> Iterator[tuple[str, str]]:
    """The rows of a section, with what leaves named in its place: what is in front, the line."""
    rows = list(zip(section.columns, section.lines, strict=True))
    at = 0
    for fold, names in zip(chosen, _names(section, chosen), strict=True):
        yield from rows[at : fold.first]
        yield _named(section, fold, names)
        at = fold.last + 1
    yield from rows[at:]


def _named(section: Section, fold: Fold, names: Sequence[str]) -> tuple[str, str]:
    rows = range(fold.first, fold.last + 1)
    # The first row of documentation may be blank, and `nl` gives such a row no number.
    line = next((line for row in rows if (line := section.lines[row]).strip()), "")
    column = next((column for row in rows if (column := section.columns[row]).strip()), "")
    blanks = line[: len(line) - len(line.lstrip())].rstrip("\r")
    first, last = section.numbers[fold.first], section.numbers[fold.last]
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    said = f"; named there: {', '.join(names)}" if names else ""
    ending = "\r" if section.lines[fold.last].endswith("\r") else ""
    named = f"{blanks}{fold.opening}[… {lines} left out{said}]{fold.closing}{ending}"
    return column, named


def _names(section: Section, chosen: Sequence[Fold]) -> list[list[str]]:
    """For each fold some of the names that are to be read nowhere else."""
    kept: list[str] = []
    at = 0
    for fold in chosen:
        kept += section.lines[at : fold.first]
        at = fold.last + 1
    shown = set(names_of("\n".join((*kept, *section.lines[at:]))))
    gone = [_gone(section, fold) for fold in chosen]
    room = int(NAMES_SHARE * sum(map(len, gone)))
    # In a string of Python a backslash means more than itself.
    names = ([name for name in names_of(text) if "\\" not in name] for text in gone)
    return chosen_names(list(names), shown, room)


def _gone(section: Section, fold: Fold) -> str:
    """What leaves with a fold, as far as it is code."""
    if not fold.is_code:
        return ""
    gone = _SIGNS.sub(" ", "\n".join(section.lines[fold.first : fold.last + 1]))
    return gone.partition(fold.closing)[2] if fold.closing in _QUOTES else gone


def _is_blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)
