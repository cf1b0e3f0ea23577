"""Long logs, builds and test runs, cut down to what tells how they went; the rest is counted.

    2024-05-01 12:00:01 INFO  server: listening on port 8080
    [… lines 2-640 left out: INFO 612, DEBUG 27]
    2024-05-01 12:06:58 ERROR pool: connection 3 lost
    Traceback (most recent call last):

Which lines stay is decided in `telling_log`.  What leaves is told where it stood, and in sum in
the marker: how many of each level, of which kinds, from when to when.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from headroom.compressors.base import Ask, Reduced, whole
from headroom.compressors.logs.line_tree import VALUE, Group
from headroom.compressors.logs.log_kind import is_log
from headroom.compressors.logs.telling_log import TellingLog
from headroom.compressors.names import names_in
from headroom.compressors.units import Naming, Unit, chosen, gaps, units_of, without

SHORTEST_CHARACTERS = 1_500
LARGEST_SHARE_KEPT = 0.8
MUST_SHARE = 0.6
"""Of the text, that must stay at most: where it is more, less of it must."""
EXTRA = 0.25
"""Of the room, for what is worth something, where what must stay takes all of it."""
NAMES = 0.25
"""Of the room, for names in lines that leave."""
SMALL_GAP = 120
"""Characters of a single line below which it is not worth a gap."""

FEWEST_TOLD = 5
MOST_KINDS, MOST_KINDS_IN_ALL = 2, 6
MOST_LEVELS = 4
LONGEST_NAME = 40
FEWEST_LETTERS = 4
FEWEST_TIMED = 10

_UNTOLD = re.compile(r"[\[\]\n\r\"]")
_VALUES = re.compile(r"\s[\s*]*\s|\s")
_AROUND_NAME = re.compile(r"^[\s*|:=-]+|[\s*|:=-]+$")

# JSON with one event in each line is a log, a list of events is a table.
_ARRAY = re.compile(r"\s{0,9}\[\s{0,9}[{\[]")


class LogDigest:
    """What programs print of their runs, and what they log."""

    name = "log_digest"
    kind = "log"
    strategy = "log"
    # What a shell printed can mostly be had again by running it again.
    tools = frozenset({"logs", "ci", "pipeline"})

    usual_tokens = 1_000
    # 1 of 22 texts of this kind in the recorded sessions (2026-11) lost something that was used
    # later: versions of packages, out of what an installation said on its way.
    asked_back = 0.05

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with what tells something, or None when it is no log or not long enough.

        All of it where nearly all of it tells something.
        """
        room = ask.room_or(self.usual_tokens)
        if len(text) < max(SHORTEST_CHARACTERS, room) or _ARRAY.match(text):
            return None
        if not is_log(text, ask.origin):
            return None
        units = units_of(text)
        log = TellingLog([unit.text for unit in units])
        kept = _kept(units, log, ask.words, room)
        if sum(len(units[at].text) for at in kept) > LARGEST_SHARE_KEPT * len(text):
            return whole(text)
        account = _Account(units, log)
        naming = Naming(_names(log), int(NAMES * room))
        reduced = without(units, kept, account.of_gap, naming)
        told = account.of_all([at for at in range(len(units)) if at not in kept])
        return replace(reduced, told=f" ({told})" if told else "")


def _kept(
    units: Sequence[Unit], log: TellingLog, asked: Collection[str], room: int
) -> frozenset[int]:
    """The numbers of the units that stay."""
    length = sum(len(unit.text) for unit in units)
    must = log.must_stay(asked, room, largest=max(room, int(MUST_SHARE * length)))
    beginnings = _beginnings(units)
    must |= {beginnings[at] for at in must}
    taken = sum(len(units[at].text) for at in must)
    lines = max(int((1 - NAMES) * room), taken + int(EXTRA * room))
    kept = chosen(units, must, log.worths(must), lines)
    small = (
        range(first, last + 1)
        for first, last in gaps(len(units), kept)
        if first == last and len(units[first].text) < SMALL_GAP and not log.goes_on[first]
    )
    return kept.union(*small)


def _beginnings(units: Sequence[Unit]) -> list[int]:
    """For each unit where its line begins: there stand the time and the level of its parts."""
    begins: list[int] = []
    for at, unit in enumerate(units):
        above = units[at - 1] if at else unit
        goes_on = at > 0 and unit.is_part and above.is_part and above.number == unit.number
        begins.append(begins[-1] if goes_on else at)
    return begins


def _names(log: TellingLog) -> list[list[str]]:
    """The names in each line; not of tests that passed, nor where each line has ids of its own."""
    telling = {line.text for line in log.lines if not line.stamp and line.tells != "passed"}
    known = dict(zip(telling, names_in(telling), strict=True))
    return [known.get(line.text, []) for line in log.lines]


class _Account:
    """Tells of units that leave how many there were of each kind, and from when to when."""

    def __init__(self, units: Sequence[Unit], log: TellingLog) -> None:
        self._log = log
        # Units may be equal; which one it is, only its identity says.
        self._at = {id(unit): at for at, unit in enumerate(units)}

    def of_gap(self, gone: Sequence[Unit]) -> str:
        """What to say where these units stood: `INFO 30, DEBUG 7`."""
        first = self._at[id(gone[0])]
        said = [at for at in range(first, first + len(gone)) if self._log.lines[at].text]
        kinds = self._log.group_of
        if first and said and all(kinds[at] == kinds[first - 1] for at in said):
            return "like the line above"
        if len(said) < FEWEST_TOLD:
            return ""
        parts = self._levels(said) or list(self._kinds(said, MOST_KINDS))
        # Where the line above has a time, and so has mostly the line below, it would be said twice.
        if not first or not self._log.lines[first - 1].stamp:
            parts += self._times(said)
        return ", ".join(parts)

    def of_all(self, gone: Sequence[int]) -> str:
        """What to say of all that left, in the marker."""
        said = [at for at in gone if self._log.lines[at].text]
        kinds = self._kinds(said, MOST_KINDS_IN_ALL)
        return ", ".join([*self._levels(said), *kinds, *self._times(said)])

    def _levels(self, numbers: Sequence[int]) -> list[str]:
        """How many have each level, if most have one, or how many tests passed."""
        lines = self._log.lines
        levels = [level for at in numbers if (level := lines[at].level)]
        if 2 * len(levels) < len(numbers):
            passed = sum(1 for at in numbers if lines[at].tells == "passed")
            return [f"passed {passed}"] if 3 * passed >= len(numbers) > 0 else []
        return [f"{level} {count}" for level, count in Counter(levels).most_common(MOST_LEVELS)]

    def _kinds(self, numbers: Sequence[int], most: int) -> Iterator[str]:
        kinds = Counter(self._log.group_of[at] for at in numbers)
        for kind, count in kinds.most_common(most):
            name = _name(self._log.groups[kind])
            if count > 1 and name:
                yield f'{count} "{name}"'

    def _times(self, numbers: Sequence[int]) -> list[str]:
        lines = self._log.lines
        stamps = [stamp for at in numbers if (stamp := lines[at].stamp)]
        if len(stamps) < FEWEST_TIMED or stamps[0] == stamps[-1]:
            return []
        return [f"{stamps[0]} to {stamps[-1]}"]


def _name(group: Group) -> str:
    """The words that lines of a kind share: `pool: connection * opened`."""
    words = _UNTOLD.sub("", " ".join(group.words))
    name = _AROUND_NAME.sub("", _VALUES.sub(_one_value, words))
    is_telling = group.words[0] != VALUE or " " in name
    if not is_telling or sum(map(str.isalpha, name)) < FEWEST_LETTERS:
        return ""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _one_value(blanks: re.Match[str]) -> str:
    return f" {VALUE} " if VALUE in blanks[0] else " "
