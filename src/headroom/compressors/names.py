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


def names_of(text: str) -> list[str]:
    """The names in *text*, in reading order, as often as they stand there."""
    words = [word for word in _WORD.findall(text) if not _is_plain(word)]
    return [
        name
        for name in (word.rstrip(_ENDS) for word in words)
        if SHORTEST_NAME <= len(name) <= LONGEST_NAME and _NAMING.search(name)
    ]


def names_in(texts: Iterable[str]) -> list[list[str]]:
    """The names in each of *texts*: what they have in common is looked at once."""
    known = _Known()
    return [[name for word in _WORD.findall(text) if (name := known[word])] for text in texts]


class _Known(dict[str, str]):
    """The name that a word is, or nothing, for each word that was asked for."""

    def __missing__(self, word: str) -> str:
        self[word] = name = "".join(names_of(word))
        return name


def chosen_names(
    gaps: Sequence[Iterable[str]], shown: Collection[str], room: int
) -> list[list[str]]:
    """For each gap those of its names, the first of each, that fit in *room*.

    Not those that are *shown* elsewhere, and none twice.  *room* is in characters over all;
    each gap has its share of it.
    """
    taken = set(shown)
    waiting: list[list[str]] = []
    for names in gaps:
        fresh = [name for name in dict.fromkeys(names) if name not in taken]
        taken.update(fresh)
        waiting.append([name for name in fresh if not _says_nothing(name)])
    wanted = sum(map(length_of, waiting))
    share = min(1.0, room / wanted) if wanted else 0.0
    return [list(_fitting(names, share * length_of(names))) for names in waiting]


def length_of(names: Iterable[str]) -> int:
    """How many characters these names take, with what stands between them."""
    return sum(len(name) + 2 for name in names)


def _is_plain(word: str) -> bool:
    """Whether this is a word as they stand in sentences; most are, and this is quick."""
    return word.isalpha() and word[1:].islower()


def _says_nothing(name: str) -> bool:
    """Whether this is a word with a hyphen, a date, or a digest that nobody can type."""
    return any(known.fullmatch(name) for known in (_PLAIN, _DATE, _DIGEST))


def _fitting(names: Sequence[str], room: float) -> Iterator[str]:
    for name in names:
        if len(name) + 2 > room:
            continue
        room -= len(name) + 2
        yield name
