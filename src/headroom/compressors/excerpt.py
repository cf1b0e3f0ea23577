"""Parts of a long text for who asks: a range of lines, or the lines or rows that match words.

Nothing that is asked for comes back empty without a word: where nothing matches, the text's
outline says what there is to ask for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from headroom.compressors.jsontree.documents import documents, largest_table
from headroom.compressors.jsontree.style import Style, render
from headroom.compressors.relevance import scores
from headroom.compressors.units import line_numbers
from headroom.compressors.words import words_of

MOST_FOUND = 20
LONGEST_CHARACTERS = 65_536
LONGEST_UNIT = 4_000
OUTLINE_ENDS = 3
CLOSE_ENOUGH = 0.25
"""Of the best score: what matches less than that was not meant."""

WHOLE_QUERY = 100.0
"""What it adds to hold the query as it was written: more than any sum of its words."""

SEVERAL_TEXTS = "=== turn "
"""How a text begins into which several were put: neither a table nor numbered, whatever they
are."""

_RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:(-)\s*([0-9]{1,9})?\s*)?")


@dataclass(frozen=True, slots=True)
class Unit:
    """A line or a row of a text, and its number, counted from 1."""

    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was found: *units* of *of*, and what *unit* they are: `lines` or `rows`.

    *outline* says what the text is where nothing was found, or where there is more.  Where the
    lines show numbers of their own (*numbered*), those are their positions.
    """

    units: tuple[Unit, ...]
    of: int
    unit: str
    outline: str = ""
    numbered: bool = False

    def __str__(self) -> str:
        said = [one.text if self.numbered else f"{one.position}: {one.text}" for one in self.units]
        return "\n".join([*said, f"[{self.outline}]"] if self.outline else said)


def is_line_range(asked: str) -> bool:
    """Whether it is such a range as `line_range` takes."""
    return _RANGE.fullmatch(asked) is not None


def line_range(text: str, asked: str) -> Excerpt:
    """The lines `120-180`, `120-` or `120`, by the numbers that the text shows, if it does.

    Raises ValueError on anything else.
    """
    found = _RANGE.fullmatch(asked)
    if not found:
        raise ValueError(f"lines is {asked!r}, but a range such as 120-180 is needed")
    first = int(found[1])
    lines = text.split("\n")
    counted = list(range(1, len(lines) + 1))
    numbers = counted if text.startswith(SEVERAL_TEXTS) else line_numbers(lines)
    last = int(found[3]) if found[3] else max(numbers) if found[2] else first
    shown = zip(numbers, lines, strict=True)
    chosen = [Unit(number, line) for number, line in shown if first <= number <= last]
    if not chosen:
        return Excerpt((), len(lines), "lines", _outline(lines, "lines"))
    is_numbered = numbers != counted
    return replace(_bounded(chosen, len(lines), "lines"), numbered=is_numbered)


def search(text: str, query: str) -> Excerpt:
    """The lines, or for a JSON table the rows, that match *query* best, in their order."""
    units, unit = _units(text)
    worth = _worth(units, query)
    best = sorted(range(len(units)), key=lambda index: (-worth[index], index))[:MOST_FOUND]
    least = CLOSE_ENOUGH * worth[best[0]] if best else 0.0
    close = [i for i in sorted(best) if worth[i] > 0 and worth[i] >= least]
    wanted = [query.strip().lower(), *words_of(query)]
    found = [Unit(i + 1, _around(units[i], wanted)) for i in close]
    if not found:
        return Excerpt((), len(units), unit, f"no match; {_outline(units, unit)}")
    return _bounded(found, len(units), unit)


def _units(text: str) -> tuple[list[str], str]:
    if text.startswith(SEVERAL_TEXTS):
        return text.split("\n"), "lines"
    found = max(documents(text), key=lambda one: one.length, default=None)
    table = largest_table(found.root) if found is not None else None
    if table is None:
        return text.split("\n"), "lines"
    return [render(row, Style()) for row in table.items], "rows"


def _around(unit: str, wanted: Sequence[str]) -> str:
    """The unit, or of a long one the part in which the first of what is wanted stands."""
    if len(unit) <= LONGEST_UNIT:
        return unit
    lower = unit.lower()
    places = (lower.find(words) for words in wanted if words)
    at = next((place for place in places if place >= 0), 0)
    start = max(min(at - LONGEST_UNIT // 2, len(unit) - LONGEST_UNIT), 0)
    return unit[start : start + LONGEST_UNIT]


def _worth(units: Sequence[str], query: str) -> list[float]:
    wanted = frozenset(words_of(query))
    counts = [Counter(word for word in words_of(unit) if word in wanted) for unit in units]
    whole = query.strip().lower()
    return [
        score + (WHOLE_QUERY if whole and whole in unit.lower() else 0.0)
        for unit, score in zip(units, scores(counts, list(map(len, units))), strict=True)
    ]


def _bounded(units: Sequence[Unit], of: int, unit: str) -> Excerpt:
    """As many of these as one answer holds; where that is not all, how to ask for more."""
    kept = tuple(_fitting(units))
    if len(kept) == len(units):
        return Excerpt(kept, of, unit)
    following = units[len(kept)].position
    more = f"too long for one answer: {of} {unit} in all"
    if unit == "lines":
        more += f"; go on with lines {following}-{of}"
    return Excerpt(kept, of, unit, more)


def _fitting(units: Sequence[Unit]) -> Iterator[Unit]:
    room = LONGEST_CHARACTERS
    for index, one in enumerate(units):
        if len(one.text) > room:
            if not index:
                yield Unit(one.position, one.text[:room])
            return
        room -= len(one.text) + 1
        yield one


def _outline(units: Sequence[str], unit: str) -> str:
    shown = [f"{n}: {units[n - 1][:80]}" for n in range(1, min(OUTLINE_ENDS, len(units)) + 1)]
    if len(units) > OUTLINE_ENDS:
        shown.append(f"{len(units)}: {units[-1][:80]}")
    return f"the text has {len(units)} {unit}, such as {' | '.join(shown)}"
