"""What stands in a shortened listing for the entries that left it.

    [… 12 more in ./src/ left out: .py 11, .json 1]
    [… ./node_modules/ left out, 1,240 entries: .js 800, .json 300, .ts 90]

A directory of which nothing stays is named where it has many entries; the others count to the
nearest directory of which something does.  In a drawn tree a note hangs where an entry hung.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from headroom.compressors.listed import Lines, Listed
from headroom.compressors.listed_worth import suffix

MANY = 10
"""Entries of which a directory must have so many to be named when it leaves as a whole."""
MOST_KINDS = 4


def notes(found: Lines, kept: Collection[int]) -> dict[int, str]:
    """The notes, by the number of the line in whose place each stands."""
    said: dict[int, str] = {}
    for indexes, note in _noted(found, kept):
        entries = [one for index in indexes if (one := found[index]) is not None]
        place = _place(entries)
        drawn = entries[place].before if entries[place].depth else ""
        said[indexes[place]] = drawn + note
    return said | _of_others(found, kept)


def not_worth_a_note(found: Lines, kept: Collection[int]) -> Iterator[int]:
    """The lines that leave although their names are shorter than the note of it."""
    for indexes, note in _noted(found, kept):
        names = sum(len(one.name) + 1 for index in indexes if (one := found[index]) is not None)
        if names < len(note):
            yield from indexes


def _noted(found: Lines, kept: Collection[int]) -> Iterator[tuple[list[int], str]]:
    """The lines that one note stands for, and the note."""
    gone = [
        (index, one)
        for index, one in enumerate(found)
        if one is not None and not one.heads and index not in kept
    ]
    staying = {
        above
        for index in kept
        if (one := found[index]) is not None and not one.heads
        for above in _above(one)
    }
    homes = [_first_without(one, staying) for _, one in gone]
    many = Counter(homes)
    inside: defaultdict[str, list[int]] = defaultdict(list)
    for (index, one), home in zip(gone, homes, strict=True):
        whole = home if home and many[home] >= MANY else _last_with(one, staying)
        inside[whole].append(index)
    for home, indexes in inside.items():
        entries = [one for index in indexes if (one := found[index]) is not None]
        yield indexes, _note(home, entries, is_whole=home not in staying)


def _above(entry: Listed) -> Iterator[str]:
    """The directories that an entry is in, from the top, none of them the root."""
    yield ""
    cut = entry.path.find("/")
    while 0 <= cut < len(entry.path) - 1:
        yield entry.path[: cut + 1]
        cut = entry.path.find("/", cut + 1)


def _first_without(entry: Listed, staying: Collection[str]) -> str:
    """The topmost directory above the entry of which nothing stays, if there is one."""
    own = [f"{entry.path.rstrip('/')}/"] if entry.is_directory else []
    return next((above for above in (*_above(entry), *own) if above not in staying), "")


def _last_with(entry: Listed, staying: Collection[str]) -> str:
    """The nearest directory above the entry of which something stays."""
    return max((above for above in _above(entry) if above in staying), key=len, default="")


def _place(entries: Sequence[Listed]) -> int:
    """Which of the entries gives its place to the note: the last of those least deep."""
    least = min(entry.depth for entry in entries)
    return max(number for number, entry in enumerate(entries) if entry.depth == least)


def _note(home: str, entries: Sequence[Listed], *, is_whole: bool) -> str:
    kinds = Counter(suffix(entry) or "others" for entry in entries)
    told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common(MOST_KINDS))
    count = f"{len(entries):,}"
    if is_whole:
        return f"[… {home} left out, {count} entries: {told}]"
    return f"[… {count} more{f' in {home}' if home else ''} left out: {told}]"


def _of_others(found: Lines, kept: Collection[int]) -> dict[int, str]:
    gone = [index for index, one in enumerate(found) if one is None and index not in kept]
    return {gone[0]: f"[… {len(gone):,} other lines left out]"} if gone else {}
