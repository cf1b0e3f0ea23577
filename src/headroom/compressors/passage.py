"""Long output of no particular kind: what begins and ends it, what it warns of, what it names.

The last of the reducers, for what no other knows better.  Lines stay for what they are: the
beginning and the end, errors, headings, lines with a rare word of the task; then those that
name most that was not named before.  Of the lines that leave, the names stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from headroom.compressors.base import Ask, Reduced
from headroom.compressors.names import length_of, names_in
from headroom.compressors.relevance import hold_rare_words
from headroom.compressors.source_files import shows_source, source_room
from headroom.compressors.units import Naming, Unit, chosen, units_of, without

FEWEST_UNITS = 8
LEAST_LEFT_OUT = 0.2
"""Of the text: less is not worth a marker."""
NAMES_SHARE = 0.6
"""Of the room: of what agents used later of such output, 437 of 514 were names, and whole lines
the rest (31 recorded sessions, 2026-11)."""
HEAD_SHARE, TAIL_SHARE = 0.5, 0.15
"""Of the room for lines."""

MOST_ALIKE, ALIKE = 3, 40
"""So many lines stay that tell of the same trouble: that begin, but for digits, with so many
characters alike."""

_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
_AT_THE_ENDS, _ASKED_FOR, _WRONG, _OUTLINE, _NEW_NAMES = 10.0, 6.0, 4.0, 2.0, 100.0

# For small letters: searched eight times as fast as with (?i).
_TROUBLE = re.compile(
    r"error|exception|fail|fatal|critical|panic|traceback|denied|timed? ?out|refused|warning"
    r"|not found|cannot|undefined|invalid|unable"
)
_HEADING = re.compile(r"\s{0,40}(?:#{1,6} |def |class |func |fn |export |interface |type |struct )")


class Passage:
    """Text in lines or long lines, whatever it says."""

    name = "passage"
    kind = "passage"
    strategy = "text"
    tools = frozenset({"browser", "navigate", "click", "stdin"})
    usual_tokens = 600
    # Of 35 such outputs of recorded sessions that lost lines (2026-11), what left was used later
    # of four.
    asked_back = 0.11

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* cut to the room there is, or None where it fits nearly."""
        room = ask.room_or(self.usual_tokens)
        if shows_source(text, ask.origin):
            room = source_room(ask, room)
        if room > len(text) * (1 - LEAST_LEFT_OUT):
            return None
        units = units_of(text)
        if len(units) < FEWEST_UNITS:
            return None
        named = names_in(unit.text for unit in units)
        for_names = int(min(room * NAMES_SHARE, length_of(set(chain.from_iterable(named)))))
        lines = room - for_names
        asked = hold_rare_words((unit.text for unit in units), ask.words)
        trouble = [_TROUBLE.search(unit.text.lower()) is not None for unit in units]
        of_task = (_ASKED_FOR * one for one in asked)
        parts = (_at_the_ends(units, lines), of_task, _telling(units, named, trouble))
        worth = [sum(each) for each in zip(*parts, strict=True)]
        kept = chosen(units, _musts(units, asked, trouble, lines), worth, lines)
        if len(kept) == len(units):
            return None
        return without(units, kept, naming=Naming(named, for_names))


def _musts(
    units: Sequence[Unit], asked: Sequence[bool], trouble: Sequence[bool], room: int
) -> set[int]:
    """What goes wrong, each kind of it some times, and what was asked for; within the room."""
    alike: Counter[str] = Counter()
    musts: set[int] = set()
    for index, unit in enumerate(units):
        is_trouble = trouble[index]
        if is_trouble:
            shape = unit.text.translate(_WITHOUT_DIGITS)[:ALIKE]
            alike[shape] += 1
            is_trouble = alike[shape] <= MOST_ALIKE
        if (is_trouble or asked[index]) and len(unit.text) <= room:
            musts.add(index)
            room -= len(unit.text)
    return musts


def _at_the_ends(units: Sequence[Unit], room: int) -> Iterator[float]:
    after = sum(len(unit.text) for unit in units)
    before = 0
    for unit in units:
        before += len(unit.text)
        near = before <= room * HEAD_SHARE or after <= room * TAIL_SHARE
        after -= len(unit.text)
        yield _AT_THE_ENDS if near else 0.0


def _telling(
    units: Sequence[Unit], named: Sequence[Sequence[str]], trouble: Sequence[bool]
) -> Iterator[float]:
    seen: set[str] = set()
    for unit, names, wrong in zip(units, named, trouble, strict=True):
        fresh = len(seen)
        seen.update(names)
        worth = _NEW_NAMES * (len(seen) - fresh) / (len(unit.text) + 20)
        worth += _WRONG if wrong else 0.0
        yield worth + (_OUTLINE if _HEADING.match(unit.text) else 0.0)
