"""Which lines of a log must stay when it is cut down, and what the others are worth.

The ends, errors, outcomes, failed tests and stack traces, lines that are like no others, and
lines that hold a word of the task which few lines hold must stay, each up to a share of the
room.  Warnings, values that are not like the others, steps, the lines around an error, the
first and the last of each kind are worth something, by that order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate

from headroom.compressors.logs.failure_blocks import Block, failures
from headroom.compressors.logs.line_tree import Group, groups
from headroom.compressors.logs.telling_lines import GOES_ON, looked_at

FIRST_LINES, LAST_LINES = 3, 5
FIRST_ERRORS = 3
"""Errors of one kind that stay, beside the last and those that differ in more than numbers."""

# Times the room.  Chosen on half of the recorded samples: with less for what is like no other,
# facts asked for are missing; with more, nothing is gained.
OUTCOMES, ERRORS, ASKED, FAILURES, ONE_OFFS = 1.0, 5.0, 0.5, 4.0, 5.0
ONE_OFFS_OF_TELLING = 0.5
"""Of what does not only say that it goes on, that lines which are like no others may take."""

SCALES = (1.0, 0.5, 0.25, 0.1)
"""Of the last two of these, one after the other, where all that must stay is too much."""

MOST_HOLDING = 4
MOST_HOLDING_SHARE = 0.02
"""A word of the task tells something where at most so many lines hold it."""
MOST_WORDS = 256
FEW_ALIKE, LESS_TELLING = 3, 2
"""A line of a kind with more lines tells less: as one so many times as long."""
MANY_DOINGS = 8
"""Lines from which on what is being done to each of many only says that it goes on."""
MANY_ALIKE = 20
USUAL_SHARE = 0.8
MOST_ODD = 2
"""In a kind of many lines, where such a share has one value, others so rare are odd."""

WARNING, ODD, STEP, FIRST, NEAR, ONE_OFF, LAST = 6.0, 5.5, 5.0, 4.5, 4.0, 3.0, 2.0
QUIET, WENT_ON = 1.0, 0.5
AROUND_AN_ERROR = 2

_DOING = re.compile(r"\s{0,20}[A-Za-z][a-z]{2,20}ing\b")
_HAS_DIGIT = re.compile(r"[0-9]")
# Words that name something: with digits, with the signs of paths and identifiers, or long.
_NAMING = re.compile(r"[\d_./@:-]|[^\W\d_]{7}")


class TellingLog:
    """A log as it is looked at: its lines, their kinds, the blocks that tell of failures."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.lines = looked_at(texts)
        self.groups = groups(line.masked for line in self.lines)
        self.group_of = [0] * len(texts)
        for number, group in enumerate(self.groups):
            for member in group.members:
                self.group_of[member] = number
        self.blocks = failures(
            [line.text for line in self.lines],
            [line.tells in ("error", "warning") for line in self.lines],
            [line.stamp != "" for line in self.lines],
        )
        self._quiet = {at for block in self.blocks for at in block.quiet}
        self._attached = {
            at
            for block in self.blocks
            if block.is_attached
            for at in range(block.first + 1, block.last + 1)
        }
        self._lengths = [len(text) for text in texts]
        alike = [len(self.groups[number].members) for number in self.group_of]
        self.goes_on = [
            line.tells in GOES_ON
            if line.tells
            else many >= MANY_DOINGS and _DOING.match(line.text) is not None
            for line, many in zip(self.lines, alike, strict=True)
        ]
        """For each line, whether it only says that it goes on."""

    def must_stay(self, asked: Collection[str], room: int, *, largest: int) -> set[int]:
        """The numbers of the lines that stay, counted from 0; *asked* are words of the task.

        Where that is more than *largest* characters, less of what is like no other, and of
        what failed tests say, stays; errors themselves do.
        """
        always = self._ends()
        shares = (
            (self._outcomes(), OUTCOMES),
            (self._errors(), ERRORS),
            (self._asked_for(asked), ASKED),
        )
        for numbers, share in shares:
            always |= self._fitting(numbers, int(share * room))
        one_offs = self._one_offs()
        taken = list(accumulate(self._lengths[at] for at in one_offs))
        telling = sum(
            length
            for length, goes_on in zip(self._lengths, self.goes_on, strict=True)
            if not goes_on
        )
        must = always
        for scale in SCALES:
            most = int(scale * min(ONE_OFFS * room, ONE_OFFS_OF_TELLING * telling))
            must = always.union(one_offs[: bisect_right(taken, most)])
            must |= self._fitting(self._loud(must), int(scale * FAILURES * room))
            if sum(self._lengths[at] for at in must) <= largest:
                break
        return must

    def worths(self, must: Collection[int]) -> list[float]:
        """What each line is worth, beside those that *must* stay; nothing for most."""
        worth = [0.0] * len(self.lines)
        for group in self.groups:
            self._weigh(group, worth)
        for at, line in enumerate(self.lines):
            if not line.text:
                worth[at] = 0.0
            elif line.tells == "step":
                worth[at] = max(worth[at], STEP)
        errors = [at for at in must if self.lines[at].tells == "error" and at not in self._quiet]
        self._weigh_around(errors, worth)
        for at in self._attached:
            worth[at] = 0.0
        for at in self._quiet:
            worth[at] = QUIET
        return worth

    def _ends(self) -> set[int]:
        """The first and the last lines, and before the last those that tell something."""
        said = [at for at, line in enumerate(self.lines) if line.text]
        telling = [at for at in said[FIRST_LINES:] if not self.goes_on[at]]
        return {*said[:FIRST_LINES], *said[-1:], *telling[-LAST_LINES:]}

    def _fitting(self, numbers: Iterable[int], room: int) -> set[int]:
        """As many of these, in their order, as have room."""
        fitting: set[int] = set()
        for at in numbers:
            if at in fitting:
                continue
            room -= self._lengths[at]
            if room < 0:
                break
            fitting.add(at)
        return fitting

    def _kinds_of(self, tells: str) -> list[list[int]]:
        """The lines that tell this, by their kinds."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for at, line in enumerate(self.lines):
            if line.tells == tells:
                found[self.group_of[at]].append(at)
        return list(found.values())

    def _outcomes(self) -> Iterator[int]:
        kinds = self._kinds_of("outcome")
        yield from (kind[-1] for kind in kinds)
        yield from (kind[0] for kind in kinds)

    def _errors(self) -> Iterator[int]:
        """Of each kind the first and the last, then all that differ in words, then some more."""
        kinds = self._kinds_of("error")
        yield from (kind[0] for kind in kinds)
        yield from (kind[-1] for kind in kinds)
        seen: set[str] = set()
        for at in sorted(at for kind in kinds for at in kind):
            wording = self.lines[at].wording
            if wording not in seen:
                seen.add(wording)
                yield at
        yield from (at for kind in kinds for at in kind[1:FIRST_ERRORS])

    def _loud(self, must: Collection[int]) -> Iterator[int]:
        """What the blocks that tell of failures say, but for what may leave first."""
        for block in self.blocks:
            if not block.is_attached or block.first in must:
                yield from (at for at in _numbers(block) if self.lines[at].text)

    def _one_offs(self) -> list[int]:
        """The lines that are like no others, numbers apart: the short ones of small kinds first."""
        often = Counter(line.wording for line in self.lines)
        found = {
            at
            for at, line in enumerate(self.lines)
            if often[line.wording] == 1 and not self.goes_on[at]
        }
        return sorted(found - self._quiet - self._attached, key=self._commonness)

    def _commonness(self, at: int) -> int:
        alike = self.groups[self.group_of[at]].members
        return self._lengths[at] * (1 if len(alike) <= FEW_ALIKE else LESS_TELLING)

    def _asked_for(self, asked: Collection[str]) -> Iterator[int]:
        """Lines that hold a word of the task which few lines hold; ids, then rare words first."""
        naming = sorted(filter(_NAMING.search, asked), key=lambda word: (-len(word), word))
        if not naming:
            return
        whole = "\n".join([line.text for line in self.lines]).lower()
        most = max(MOST_HOLDING, int(MOST_HOLDING_SHARE * len(self.lines)))
        # Without what repeats, a text is a fraction as long, and most words stand nowhere.
        distinct = "\n".join(set(whole.split()))
        nexts = list(accumulate([len(line) + 1 for line in whole.split("\n")]))
        found: list[tuple[bool, int, list[int]]] = []
        for word in naming[:MOST_WORDS]:
            if word not in distinct and word.split() == [word]:
                continue
            if 0 < whole.count(word) <= 2 * most:
                holding = _holding(word, whole, nexts)
                telling = [at for at in holding if at == holding[0] or not self.goes_on[at]]
                if len(holding) <= most:
                    found.append((not _HAS_DIGIT.search(word), len(telling), telling))
        found.sort(key=lambda one: one[:2])
        yield from (holding[0] for _, _, holding in found)
        yield from (at for _, _, holding in found for at in holding)

    def _weigh(self, group: Group, worth: list[float]) -> None:
        """What the lines of one kind are worth: the first, the last, those with odd values."""
        members = group.members
        first, last = FIRST, LAST
        tells = self.lines[members[0]].tells
        if tells == "warning":
            first = last = WARNING
        elif self.goes_on[members[0]]:
            first = last = WENT_ON if len(members) >= MANY_DOINGS else 0.0
        elif len(members) == 1:
            first = last = ONE_OFF
        elif len(members) >= MANY_ALIKE:
            for at in _odd(members, [self.lines[at].event.split(" ") for at in members]):
                worth[at] = ODD
        worth[members[-1]] = max(worth[members[-1]], last)
        worth[members[0]] = max(worth[members[0]], first)

    def _weigh_around(self, errors: Collection[int], worth: list[float]) -> None:
        for distance in range(1, AROUND_AN_ERROR + 1):
            least = NEAR - distance / 4
            for near in {at + side for side in (-distance, distance) for at in errors}:
                if 0 <= near < len(worth) and worth[near] < least and not self.goes_on[near]:
                    worth[near] = least


def _numbers(block: Block) -> Iterator[int]:
    return (at for at in range(block.first, block.last + 1) if at not in block.quiet)


def _holding(word: str, text: str, nexts: Sequence[int]) -> list[int]:
    """The numbers of the lines that hold *word*; *nexts* says where the line after each begins."""
    holding: list[int] = []
    found = text.find(word)
    while found >= 0:
        at = bisect_right(nexts, found)
        holding.append(at)
        found = text.find(word, nexts[at] - 1)
    return holding


def _odd(members: Sequence[int], words: Sequence[Sequence[str]]) -> Iterator[int]:
    """The lines that have another value where nearly all have the same."""
    for column in zip(*words, strict=True):
        if column.count(column[0]) == len(column):
            continue
        counts = Counter(column)
        usual, often = counts.most_common(1)[0]
        if often < USUAL_SHARE * len(column):
            continue
        for at, value in zip(members, column, strict=True):
            if value != usual and counts[value] <= MOST_ODD:
                yield at
