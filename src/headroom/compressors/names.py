"""The names in a text: paths, identifiers, versions, numbers; what an agent looks for later.

Where lines leave a text, the names in them stay: by far most of what agents take from a long
output are its names, and a name says what there is to ask for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

SHORTEST_NAME, LONGEST_NAME = 7, 160

_WORD = re.compile(r"[\w./\\@~+-]{7,400}")
# A digit, a separator of paths or identifiers between two characters, or camelCase.
_NAMING = re.compile(r"\d|[^\W_][_./\\@-][^\W_]|[/~]\w|__|[a-z][A-Z]")
_PLAIN = re.compile(r"[A-Za-z]+-[A-Za-z]+(?:-[A-Za-z]+)?")
_DIGEST = re.compile(r"[0-9a-f]{24,}|[\w+=-]{60,}")
_DATE = re.compile(r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:T[0-9]{2})?")
_ENDS = ".-/\\+"


def names_of(text: str) -> Iterator[str]:
    """The names in *text*, in reading order, as often as they stand there."""
    for found in _WORD.finditer(text):
        name = found[0].rstrip(_ENDS)
        if SHORTEST_NAME <= len(name) <= LONGEST_NAME and _NAMING.search(name):
            yield name


def chosen_names(gaps: Sequence[str], shown: Collection[str], room: int) -> list[list[str]]:
    """For each of these stretches of text its names, the first of each, that fit in *room*.

    Not those that are *shown* elsewhere, and none twice.  *room* is in characters over all;
    each stretch has its share of it.
    """
    taken = set(shown)
    waiting: list[list[str]] = []
    for gap in gaps:
        fresh = [name for name in dict.fromkeys(names_of(gap)) if name not in taken]
        fresh = [name for name in fresh if not _says_nothing(name)]
        taken.update(fresh)
        waiting.append(fresh)
    wanted = sum(length_of(names) for names in waiting)
    share = min(1.0, room / wanted) if wanted else 0.0
    return [list(_fitting(names, share * length_of(names))) for names in waiting]


def length_of(names: Iterable[str]) -> int:
    """How many characters these names take, with what stands between them."""
    return sum(len(name) + 2 for name in names)


def _says_nothing(name: str) -> bool:
    """Whether this is a word with a hyphen, a date, or a digest that nobody can type."""
    return any(known.fullmatch(name) for known in (_PLAIN, _DATE, _DIGEST))


def _fitting(names: Sequence[str], room: float) -> Iterator[str]:
    for name in names:
        if len(name) + 2 > room:
            continue
        room -= len(name) + 2
        yield name
