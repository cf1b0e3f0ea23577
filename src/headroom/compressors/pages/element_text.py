"""Markup with gaps: what stays is verbatim, with the line numbers that it was shown with.

Long values that only a program reads (base64, the data of a path) are named by their length:

    <path d="[… 3,412 characters left out]"/>
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headroom.compressors.pages.element_folds import Gap
from headroom.compressors.units import SHOWN_NUMBER

LONGEST_VALUE = 300
FEWEST_NUMBERED = 0.6

_VALUE = re.compile(rf"""(?<=\s)([\w:.-]{{1,60}})=["']([^"'<>]{{{LONGEST_VALUE},}})(?=["'])""")
_DATA_NAMES = frozenset({"d", "points", "values", "path", "src", "href", "srcset", "data"})
_BEGINNINGS_OF_DATA_NAMES = ("data-", "xlink:")
_BASE64 = re.compile(
    rf"(?<=>)\s{{0,80}}((?:data:[\w/+.-]{{1,60}};base64,)?[A-Za-z0-9+/=_\s-]{{{LONGEST_VALUE},}})(?=<)"
)
_RUN = re.compile(r"\S{60}")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A text without the numbers of its lines, and what stood in front of each line."""

    text: str
    prefixes: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def starts(self) -> list[int]:
        """Where each line begins."""
        found = [0]
        for line in self.text.split("\n")[:-1]:
            found.append(found[-1] + len(line) + 1)
        return found


def without_numbers(text: str, first: int = 1) -> Numbered:
    """*text* as it stands in its file, where a viewer has put numbers in front of its lines.

    Lines without numbers are counted from *first*.
    """
    lines = text.split("\n")
    shown = [SHOWN_NUMBER.match(line) for line in lines]
    if sum(one is not None for one in shown) < FEWEST_NUMBERED * len(lines):
        return Numbered(text, ("",) * len(lines), tuple(range(first, first + len(lines))))
    prefixes = tuple(one[0] if one else "" for one in shown)
    numbers: list[int] = []
    for one in shown:
        numbers.append(int(one[1]) if one else (numbers[-1] + 1 if numbers else first))
    bare = "\n".join(line[len(prefix) :] for line, prefix in zip(lines, prefixes, strict=True))
    return Numbered(bare, prefixes, tuple(numbers))


@dataclass(frozen=True, slots=True)
class Cut:
    """A text with gaps; *lines* are the numbers of the lines that left whole."""

    text: str
    lines: tuple[tuple[int, int], ...]


def with_short_values(source: Numbered) -> tuple[Numbered, int]:
    """The text with the length of long values in their place; and how many these are.

    Lines that a value went on over are gone; the others have the numbers that they had.
    """
    found = [(one, 2) for one in _VALUE.finditer(source.text) if _is_value(one)]
    found += [(one, 1) for one in _BASE64.finditer(source.text) if _is_data(one[1])]
    if not found:
        return source, 0
    found.sort(key=lambda one: one[0].start())
    pieces: list[str] = []
    joined: set[int] = set()
    at = line = 0
    for one, group in found:
        start, end = one.span(group)
        line += source.text.count("\n", at, start)
        inside = source.text.count("\n", start, end)
        joined.update(range(line + 1, line + inside + 1))
        line += inside
        pieces += (source.text[at:start], f"[… {end - start:,} characters left out]")
        at = end
    pieces.append(source.text[at:])
    stay = [number for number in range(len(source.numbers)) if number not in joined]
    short = Numbered(
        "".join(pieces),
        tuple(source.prefixes[number] for number in stay),
        tuple(source.numbers[number] for number in stay),
    )
    return short, len(found)


def cut(source: Numbered, found: Sequence[Gap]) -> Cut:
    """The text with each of the gaps named where it stood."""
    return _Cutting(source).cut(found)


class _Cutting:
    def __init__(self, source: Numbered) -> None:
        self._source = source
        self._starts = source.starts
        self._is_numbered = any(source.prefixes)

    def cut(self, found: Sequence[Gap]) -> Cut:
        pieces: list[str] = []
        lines: list[tuple[int, int]] = []
        at = 0
        for gap in found:
            first, last = self._line(gap.start), self._line(max(gap.end - 1, gap.start))
            pieces += self._kept(at, gap.start, is_first=not pieces)
            pieces.append(self._named(gap, first, last))
            lines += self._whole(gap, first, last)
            at = gap.end
        pieces += self._kept(at, len(self._source.text), is_first=not pieces)
        return Cut("".join(pieces), tuple(lines))

    def _line(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _named(self, gap: Gap, first: int, last: int) -> str:
        numbers = self._source.numbers
        if first == last:
            said = f"[… left out: {gap.said}]"
        else:
            said = f"[… lines {numbers[first]}-{numbers[last]} left out: {gap.said}]"
        if gap.is_raw:
            return f"/* {said} */"
        # Two dashes may not stand in a comment.
        return f"<!-- {said.replace('--', '- -')} -->"

    def _whole(self, gap: Gap, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The lines of which nothing is left."""
        text = self._source.text
        if text[self._starts[first] : gap.start].strip():
            first += 1
        ending = text.find("\n", gap.end)
        if text[gap.end : ending if ending >= 0 else len(text)].strip():
            last -= 1
        if first <= last:
            yield self._source.numbers[first], self._source.numbers[last]

    def _kept(self, start: int, end: int, *, is_first: bool) -> Iterator[str]:
        """What stays, with the number in front of each line that begins in it."""
        text = self._source.text[start:end]
        if not self._is_numbered:
            yield text
            return
        line = self._line(start)
        for count, part in enumerate(text.split("\n")):
            begins = count > 0 or (is_first and start == 0)
            yield "\n" if count else ""
            yield f"{self._source.prefixes[line + count] if begins else ''}{part}"


def _is_value(found: re.Match[str]) -> bool:
    name, value = found.groups()
    is_named = name in _DATA_NAMES or name.startswith(_BEGINNINGS_OF_DATA_NAMES)
    return found.string[found.start(2) - 1] == found.string[found.end(2)] and (
        is_named or _is_data(value)
    )


def _is_data(value: str) -> bool:
    """Whether nobody reads this: next to no blanks in it."""
    return _RUN.search(value) is not None and value.count(" ") * 20 < len(value)
