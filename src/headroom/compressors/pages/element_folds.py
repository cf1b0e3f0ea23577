"""Which elements of a long document may leave, and what says that they stood there.

Of elements that repeat beside one another the first, the last and those that tell something
stay; long texts leave; where that is not enough, so does what lies deep inside.  A gap is a
comment, so that what is left can still be parsed:

    <!-- [… lines 40-320 left out: 57 <dependency>] -->
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from headroom.compressors.names import chosen_names, names_of
from headroom.compressors.pages.element_spans import Span, Spans, around, children_of
from headroom.compressors.units import NAMED_GAP
from headroom.compressors.words import words_of

FEWEST_ALIKE = 8
STEPS = ((48, (0, 1_000, 300)), (24, (0, 300)), (12, (0, 300)), (6, (300,)), (3, (300, 150)))
"""How many of those alike stay from the start, and beyond how many characters the text of an
element leaves (0: never): the first of these with which it fits is taken."""
NAMES_SHARE = 0.3
"""Of the room, for the names in what leaves: see docs/decisions/0012."""
NEARLY = 1.5
"""Times the room: what is not longer keeps all of its levels."""
FEW_SHARE = 0.05
"""A word or a failure tells something only where at most this share of the elements holds it."""
FEWEST = 3
LONGEST_COMMENT = 600
MOST_TOLD = 4

_FAILURE = re.compile(
    r"(?i)\b(?:error|errors|failure|failures|failed|exception|fatal|denied|timed out)\b"
)
_NO_FAILURE = re.compile(r"""(?i)(?:error|failure)s?=["'](?:0|false|none)?["']""")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the text that leaves with so many *elements*; *said* says what it was."""

    start: int
    end: int
    elements: int
    said: str
    is_raw: bool = False


def gaps(text: str, spans: Spans, asked: Collection[str], room: int) -> list[Gap]:
    """What leaves so that about *room* characters stay, in the order of the text."""
    found: list[Gap] = []
    if len(text) > room:
        found = _folds(text, _Folding(text, spans, asked), int(room * (1 - NAMES_SHARE)))
    comments = [_of_comment(*one) for one in spans.comments if _is_long(one)]
    hidden = _Covered(found)
    both = [*found, *(gap for gap in comments if gap.start not in hidden)]
    both.sort(key=lambda gap: gap.start)
    return _with_names(text, both, int(room * NAMES_SHARE))


def _with_names(text: str, found: Sequence[Gap], room: int) -> list[Gap]:
    """The gaps, each with the names in it that are not shown elsewhere."""
    shown: set[str] = set()
    at = 0
    for gap in found:
        shown.update(names_of(text[at : gap.start]))
        at = gap.end
    shown.update(names_of(text[at:]))
    inside = [filter(_may_be_said, names_of(text[gap.start : gap.end])) for gap in found]
    return [
        replace(gap, said=f"{gap.said}; named there: {', '.join(names)}") if names else gap
        for gap, names in zip(found, chosen_names(inside, shown, room), strict=True)
    ]


def _may_be_said(name: str) -> bool:
    # Two dashes may not stand in a comment.
    return "--" not in name


def _folds(text: str, folding: _Folding, room: int) -> list[Gap]:
    found: list[Gap] = []
    for kept, lengths in STEPS:
        alike = folding.of_those_alike(kept)
        for longest in lengths:
            found = folding.with_long_texts(alike, longest)
            if _left(text, found) <= room:
                return found
    return found if _left(text, found) <= NEARLY * room else folding.deep_inside(found, room)


def _of_comment(start: int, end: int) -> Gap:
    return Gap(start, end, 0, f"a comment of {end - start:,} characters")


def _is_long(comment: tuple[int, int]) -> bool:
    return comment[1] - comment[0] > LONGEST_COMMENT


def _left(text: str, found: Sequence[Gap]) -> int:
    return len(text) - sum(gap.end - gap.start - NAMED_GAP for gap in found)


class _Folding:
    """The elements of one text, and which of them have to stay."""

    def __init__(self, text: str, spans: Spans, asked: Collection[str]) -> None:
        self._text = text
        self._elements = spans.elements
        self._children = children_of(spans.elements)
        self._starts = [span.start for span in spans.elements]
        self._telling = _telling(text, spans, asked)

    def of_those_alike(self, kept: int) -> list[Gap]:
        """The gaps among elements that repeat, where *kept* of each kind stay."""
        found: list[Gap] = []
        waiting = [-1]
        while waiting:
            parent = waiting.pop()
            children = self._children.get(parent, [])
            gone = self._repeated(children, kept)
            found += self._runs(children, gone)
            waiting += (number for number in children if number not in gone)
        return sorted(found, key=lambda gap: gap.start)

    def with_long_texts(self, found: list[Gap], longest: int) -> list[Gap]:
        """These gaps, and the long texts in elements that stay; 0 for no text."""
        if not longest:
            return found
        hidden = _Covered(found)
        texts = (gap for gap in self._texts(longest) if gap.start not in hidden)
        return sorted([*found, *texts], key=lambda gap: gap.start)

    def _texts(self, longest: int) -> Iterator[Gap]:
        for number, span in enumerate(self._elements):
            length = span.inner_end - span.inner_start
            if length > longest and number not in self._children and number not in self._telling:
                said = f"{length:,} characters"
                yield Gap(span.inner_start, span.inner_end, 0, said, span.is_raw)

    def _repeated(self, children: Sequence[int], kept: int) -> set[int]:
        alike: defaultdict[str, list[int]] = defaultdict(list)
        for number in children:
            alike[self._elements[number].name].append(number)
        return {
            number
            for numbers in alike.values()
            if len(numbers) >= max(FEWEST_ALIKE, kept + 2)
            for number in numbers[kept:-1]
            if number not in self._telling
        }

    def _runs(self, children: Sequence[int], gone: Collection[int]) -> Iterator[Gap]:
        """Those that leave, joined where nothing but blanks stands between."""
        run: list[int] = []
        for number in children:
            if number in gone and (not run or self._is_next(run[-1], number)):
                run.append(number)
                continue
            if run:
                yield from self._gap_of(run)
            run = [number] if number in gone else []
        if run:
            yield from self._gap_of(run)

    def _is_next(self, before: int, number: int) -> bool:
        between = self._text[self._elements[before].end : self._elements[number].start]
        return not between.strip() and self._elements[before].parent == (
            self._elements[number].parent
        )

    def _gap_of(self, run: Sequence[int]) -> Iterator[Gap]:
        start, end = self._elements[run[0]].start, self._elements[run[-1]].end
        if end - start > NAMED_GAP:
            names = Counter(self._elements[number].name for number in run)
            yield Gap(start, end, self._between(start, end), _counted(names))

    def _between(self, start: int, end: int) -> int:
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def deep_inside(self, found: Sequence[Gap], room: int) -> list[Gap]:
        """These gaps, and the insides of the elements from some depth on."""
        hidden = _Covered(found)
        shown = [number for number, s in enumerate(self._elements) if s.start not in hidden]
        lengths: defaultdict[int, int] = defaultdict(int)
        for number in shown:
            span = self._elements[number]
            lengths[span.depth] += span.inner_start - span.start + NAMED_GAP
        depths = sorted(lengths)
        sums = list(accumulate(lengths[depth] for depth in depths))
        # The root stays open: what it holds is the least that there is to say.
        deepest = depths[min(max(bisect_right(sums, room) - 1, 1), len(depths) - 1)]
        closed: list[Gap] = []
        for number in shown:
            span = self._elements[number]
            if span.depth >= deepest and number not in self._telling:
                closed += self._inside(span, closed)
        inside = _Covered(closed)
        return sorted(
            [*closed, *(gap for gap in found if gap.start not in inside)], key=lambda gap: gap.start
        )

    def _inside(self, span: Span, closed: Sequence[Gap]) -> Iterator[Gap]:
        length = span.inner_end - span.inner_start
        if length <= 2 * NAMED_GAP or (closed and span.start < closed[-1].end):
            return
        first = bisect_left(self._starts, span.inner_start)
        last = bisect_left(self._starts, span.inner_end)
        names = Counter(
            self._elements[number].name
            for number in range(first, last)
            if self._elements[number].depth == span.depth + 1
        )
        said = _counted(names) if names else f"{length:,} characters"
        yield Gap(span.inner_start, span.inner_end, last - first, said, span.is_raw)


class _Covered:
    """Whether a place lies inside of gaps that stand in order."""

    def __init__(self, found: Sequence[Gap]) -> None:
        self._starts = [gap.start for gap in found]
        self._ends = [gap.end for gap in found]

    def __contains__(self, place: int) -> bool:
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and place < self._ends[at]


def _counted(names: Mapping[str, int]) -> str:
    """`57 <dependency>, 3 <exclusion>`."""
    told = sorted(names.items(), key=lambda one: (-one[1], one[0]))
    more = sum(count for _, count in told[MOST_TOLD:])
    said = [f"{count} <{name}>" for name, count in told[:MOST_TOLD]]
    return ", ".join([*said, f"{more} others"] if more else said)


def _telling(text: str, spans: Spans, asked: Collection[str]) -> frozenset[int]:
    """The elements that hold a word that was asked for, or a failure, and those around them."""
    holding: defaultdict[str, set[int]] = defaultdict(set)
    failing: set[int] = set()
    for start, end, owner in spans.texts:
        piece = text[start:end]
        if asked:
            for word in words_of(piece):
                if word in asked:
                    holding[word].add(owner)
        if _FAILURE.search(piece) and _FAILURE.search(_NO_FAILURE.sub("", piece)):
            failing.add(owner)
    few = max(FEW_SHARE * len(spans.elements), FEWEST)
    found = {owner for owners in holding.values() if len(owners) <= few for owner in owners}
    found.update(sorted(failing)[: int(few)])
    return frozenset(_with_those_around(spans.elements, found))


def _with_those_around(elements: list[Span], found: Collection[int]) -> set[int]:
    around_all: set[int] = set()
    for number in found:
        for one in around(elements, number):
            if one in around_all:
                break
            around_all.add(one)
    return around_all
