"""Facts made from an output itself, for kinds whose samples bring none: tables and documents.

The same text gives the same facts.  Of a table: first and last row, rows asked for by their
name, rare values, highest and lowest values.  Of a document: headings, sentences with numbers,
lines of its examples, the first and the last line.  Each fact is text, kind, question.
"""

from __future__ import annotations

import csv
import re
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

Thing = TypeVar("Thing")

Fact = tuple[str, str, str]
"""What must be seen, what kind of fact it is, and the question that it answers."""

FEWEST_ROWS = 10
SHORTEST_NAME = 4
ROWS_ASKED = 6
COLUMNS_ASKED = 3
MOST_VALUES_OF_A_CATEGORY = 12
RARE_SHARE = 0.02

HEADINGS_ASKED, SENTENCES_ASKED, EXAMPLES_ASKED = 8, 5, 3
SHORTEST_SENTENCE, LONGEST_SENTENCE = 40, 200
SHORTEST_EXAMPLE = 16

_HEADING = re.compile(r"#{1,5} +(.{3,120}?)(?: +#+)?")
_UNDERLINE = re.compile(r"([=\-~^*+#])\1{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\"(])")
_NUMBER = re.compile(r"\d")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{4,30}")
_PROSE = re.compile(r"(?:[-*+] +|\d{1,3}[.)] +)?[A-Z`*_\"(:]")


def made_needles(text: str, content_type: str) -> Iterator[Fact]:
    """The facts of a text of this kind; none for kinds that bring their own."""
    make = _MAKERS.get(content_type)
    if make is not None:
        yield from make(text)


def table_needles(text: str) -> Iterator[Fact]:
    """The facts of a table with a heading, as CSV."""
    read = list(csv.reader(text.splitlines()))
    heads, rows = (read[0], [row for row in read[1:] if any(row)]) if read else ([], [])
    if len(rows) < FEWEST_ROWS:
        return
    table = _Table(text, heads, rows)
    yield from table.ends()
    yield from table.asked_for()
    yield from table.rare()
    yield from table.extremes()


class _Table:
    """Rows of a text; the name of a row is a cell of it that stands nowhere else in the text.

    Names are taken from the column that has most of them.
    """

    def __init__(self, text: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._text = text
        self._heads = heads
        self._rows = rows
        alone = [[self._is_alone(cell) for cell in row] for row in rows]
        best = max(range(len(heads)), key=lambda place: sum(map(_at(place), alone)), default=0)
        self._names = [
            _cell(row, best) if _at(best)(told) else ""
            for row, told in zip(rows, alone, strict=True)
        ]

    def ends(self) -> Iterator[Fact]:
        for kind, row in (("first", 0), ("last", -1)):
            cells = (cell for cell in self._rows[row] if self._is_alone(cell))
            found = self._names[row] or next(cells, "")
            if found:
                yield found, kind, f"What is the {kind} row?"

    def asked_for(self) -> Iterator[Fact]:
        named = [index for index in range(1, len(self._rows) - 1) if self._names[index]]
        for turn, index in enumerate(evenly(named, ROWS_ASKED)):
            row, name = self._rows[index], self._names[index]
            told = [
                (head, cell)
                for head, cell in zip(self._heads, row, strict=False)
                if head and len(cell) >= SHORTEST_NAME and cell != name and cell in self._text
            ]
            if not told:
                continue
            head, cell = told[turn % len(told)]
            query = f"For the row with {name}, what is {head}?"
            yield name, "id", query
            yield cell, "id", query

    def rare(self) -> Iterator[Fact]:
        found = [
            (place, index)
            for place in range(1, len(self._heads))
            for index in self._rare_rows(place)
        ]
        for place, index in evenly(found, COLUMNS_ASKED):
            query = f"Are there unusual values of {self._heads[place]}? In which row?"
            yield self._names[index], "rare", query

    def extremes(self) -> Iterator[Fact]:
        numbers = {
            place: values
            for place in range(1, len(self._heads))
            if (values := self._numbers(place)) and len(set(values)) > MOST_VALUES_OF_A_CATEGORY
        }
        for place in evenly(list(numbers), COLUMNS_ASKED):
            values = numbers[place]
            for word, best in (("highest", max(values)), ("lowest", min(values))):
                index = values.index(best)
                if values.count(best) > 1 or not self._names[index]:
                    continue
                query = f"Which row has the {word} {self._heads[place]}?"
                yield self._names[index], "outlier", query

    def _is_alone(self, cell: str) -> bool:
        return len(cell) >= SHORTEST_NAME and self._text.count(cell) == 1

    def _rare_rows(self, place: int) -> list[int]:
        values = [_cell(row, place) for row in self._rows]
        often = Tally(values)
        if not 2 <= len(often) <= MOST_VALUES_OF_A_CATEGORY:
            return []
        most = max(1, int(RARE_SHARE * len(values)))
        return [
            index
            for index, value in enumerate(values)
            if value and often[value] <= most and self._names[index]
        ]

    def _numbers(self, place: int) -> list[float]:
        try:
            return [float(_cell(row, place).rstrip("%")) for row in self._rows]
        except ValueError:
            return []


def _at(place: int) -> Callable[[Sequence[bool]], bool]:
    return lambda told: place < len(told) and told[place]


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def document_needles(text: str) -> Iterator[Fact]:
    """The facts of a document in Markdown or reStructuredText."""
    lines = text.splitlines()
    full = [line.strip() for line in lines if len(line.strip()) >= SHORTEST_NAME]
    headings = dict(_headings(lines))
    if not full:
        return
    yield full[0], "first", "How does the document begin?"
    yield full[-1], "last", "How does the document end?"
    for heading in evenly(list(dict.fromkeys(headings.values())), HEADINGS_ASKED):
        yield heading, "heading", "What sections does the document have?"
    passages = list(_passages(lines, headings))
    told = [one for one in passages if not one[2] and _NUMBER.search(one[1])]
    for heading, sentence, _ in evenly(told, SENTENCES_ASKED):
        yield sentence, "detail", f"What is said{_about(heading, sentence)}?"
    shown = [one for one in passages if one[2]]
    by_heading = {heading: line for heading, line, _ in reversed(shown)}
    for heading in evenly(list(by_heading), EXAMPLES_ASKED):
        yield by_heading[heading], "example", f"Which example is given{_about(heading, '')}?"


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fenced = False
    for index, (line, below) in enumerate(pairwise([*lines, ""])):
        fenced ^= line.lstrip().startswith("```")
        marked = _HEADING.fullmatch(line)
        if fenced:
            continue
        if marked:
            yield index, marked[1]
        elif (
            len(line) >= SHORTEST_NAME
            and _UNDERLINE.fullmatch(below)
            and len(below) >= len(line.rstrip())
            and line[0].isalnum()
        ):
            yield index, line.strip()


def _passages(lines: Sequence[str], headings: dict[int, str]) -> Iterator[tuple[str, str, bool]]:
    """Sentences, and lines of examples: heading, text, and whether it is an example."""
    heading, fenced = "", False
    for index, line in enumerate(lines):
        heading = headings.get(index, heading)
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            if len(line.strip()) >= SHORTEST_EXAMPLE:
                yield heading, line.strip(), True
        elif index not in headings and _PROSE.match(line):
            for sentence in _SENTENCE_END.split(line.strip()):
                if SHORTEST_SENTENCE <= len(sentence) <= LONGEST_SENTENCE:
                    yield heading, sentence, False


def _about(heading: str, sentence: str) -> str:
    """What a question says of a passage: its heading and a few of its words, but no numbers."""
    words = sorted(dict.fromkeys(_WORD.findall(sentence)), key=lambda word: -len(word))[:3]
    under = f" under {heading}" if heading else ""
    return f"{under} about {', '.join(words)}" if words else under


def evenly(things: Sequence[Thing], count: int) -> list[Thing]:
    """At most *count* of these, from all over them."""
    if len(things) <= count:
        return list(things)
    return [things[index * len(things) // count] for index in range(count)]


_MAKERS: MappingProxyType[str, Callable[[str], Iterable[Fact]]] = MappingProxyType(
    {"csv": table_needles, "markdown": document_needles, "rst": document_needles}
)
