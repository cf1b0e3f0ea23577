"""Long listings, cut down to what tells how things lie; the rest by directory, number and kind.

    ./src/app.py
    [… 12 more in ./src/ left out: .py 11, .json 1]
    [… 1,243 more in ./ left out: .lock 3; all of node_modules/ (.js 820, .json 420)]

Every entry that stays is as it was, with its directory.  What left is named where its
directory was: how many entries, and of which kinds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from headroom.compressors.base import Ask, Origin, Reduced, whole
from headroom.compressors.lists.listed import Lines, Listed, listed
from headroom.compressors.lists.listed_notes import not_worth_a_note, notes
from headroom.compressors.lists.listed_worth import named, worths
from headroom.compressors.units import ends_of, reduced_lines

FEWEST_ENTRIES = 40
LARGEST_SHARE_KEPT = 0.8
MOST_NAMED = 60
LARGEST = 3
"""So many of the largest files stay."""
ROW_CHARACTERS = 8
NOTE_CHARACTERS = 35
NOTED = 5

_LISTS = re.compile(
    r"(?i)(?:^|[\s/|;&(`'\"])(?:ls|ll|la|tree|find|fd|fdfind|dir|exa|eza|lsd|du|locate|glob|tar"
    r"|git (?:ls-files|ls-tree|status)|get-childitem|gci|rg|[ef]?grep|ag|unzip)(?=\s|$)"
)
_TOOL = re.compile(r"(?i)glob|list|find|tree|dir|files|(?:^|[_-])ls$")
# Paths that changed, each of which counts, and trees of packages.
_OTHER_LISTS = re.compile(
    r"\bgit (?:diff|show|log|stash)\b|--name-(?:only|status)"
    r"|\b(?:npm|pnpm|yarn|cargo|pip|pipdeptree|poetry|uv|mvn|gradle|go) \w"
)


class DirectoryDigest:
    """Names of files and directories."""

    name = "directory_digest"
    kind = "listing"
    strategy = "listing"
    tools: frozenset[str] = frozenset()

    usual_tokens = 1_000
    # Of three listings of recorded sessions that lost entries none was needed again (2026-11);
    # three are few, and paths are what is used next.
    asked_back = 0.2

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the entries that tell most, or None when it is no long listing."""
        room = ask.room_or(self.usual_tokens)
        if _OTHER_LISTS.search(ask.origin.command):
            return None
        lines = text.split("\n")
        found = listed(lines, names_alone=_is_listing(ask.origin))
        if len([one for one in found if one is not None and not one.heads]) < FEWEST_ENTRIES:
            return None
        if len(text) <= room:
            return whole(text)
        kept = _kept(found, ask.words, room)
        said = notes(found, kept)
        shown = said | {at: lines[at] for at in kept}
        before = "\n".join([shown[at] for at in sorted(shown)]).removesuffix("\n")
        if len(before) > LARGEST_SHARE_KEPT * len(text):
            return whole(text)
        return reduced_lines(before, len(lines), kept)


def _is_listing(origin: Origin) -> bool:
    """Whether the call was for a listing, as far as it is known."""
    return (_LISTS if origin.command else _TOOL).search(origin.command or origin.tool) is not None


def _kept(found: Lines, asked: frozenset[str], room: int) -> frozenset[int]:
    """The numbers of the lines that stay, counted from 0."""
    at = [index for index, one in enumerate(found) if one is not None and not one.heads]
    entries = [one for one in found if one is not None and not one.heads]
    kept = {at[number] for number in _chosen(entries, asked, room)}
    kept |= ends_of([index for index, one in enumerate(found) if one is None])
    kept |= set(not_worth_a_note(found, kept))
    return frozenset(kept | set(_headings(found, kept)))


def _headings(found: Lines, kept: Collection[int]) -> Iterator[int]:
    """The lines that head a directory of which something is kept."""
    staying = {one.directory for index in kept if (one := found[index]) is not None}
    for index, one in enumerate(found):
        if one is not None and one.heads and one.directory in staying:
            yield index


def _chosen(entries: Sequence[Listed], asked: frozenset[str], room: int) -> set[int]:
    """The numbers of the entries that stay: those that must, then by worth as many as fit."""
    worth = worths(entries, asked)
    parents = _parents(entries)
    chosen: set[int] = set()
    directories: set[str] = set()
    must = _must(entries, asked)
    by_worth = sorted(range(len(entries)), key=worth.__getitem__, reverse=True)
    left = room - min(_for_notes(entries), room // 3)
    for number in (*sorted(must), *by_worth):
        if number not in must:
            if not worth[number]:
                break
            if len(entries[number].name) >= left:
                continue
        new = list(_with_parents(number, parents, chosen))
        cost = sum(_cost(entries[one], directories) for one in new)
        if cost > left and number not in must:
            continue
        chosen.update(new)
        directories.update([entries[one].directory for one in new])
        left -= cost
    return chosen


def _for_notes(entries: Sequence[Listed]) -> int:
    """The characters of the notes, if each directory with some entries loses a few of them."""
    inside = Counter([entry.directory for entry in entries])
    return sum(NOTE_CHARACTERS + len(home) for home, n in inside.items() if n > NOTED)


def _must(entries: Sequence[Listed], asked: frozenset[str]) -> set[int]:
    """Both ends, what the task names, what git says something of, the largest files."""
    told = [n for n, entry in enumerate(entries) if entry.must_stay]
    sized = [n for n, entry in enumerate(entries) if entry.size and not entry.is_directory]
    largest = sorted(sized, key=lambda n: (-entries[n].size, n))[:LARGEST]
    return {0, len(entries) - 1, *named(entries, asked)[:MOST_NAMED], *told, *largest}


def _parents(entries: Sequence[Listed]) -> list[int]:
    """For each entry of a tree the number of the one that it hangs on, -1 for none."""
    if not any(entry.depth for entry in entries):
        return [-1] * len(entries)
    parents: list[int] = []
    branch: list[int] = []
    for number, entry in enumerate(entries):
        del branch[max(entry.depth - 1, 0) :]
        parents.append(branch[-1] if branch else -1)
        branch += [number] if entry.depth else []
    return parents


def _with_parents(number: int, parents: Sequence[int], chosen: Collection[int]) -> Iterator[int]:
    while number >= 0 and number not in chosen:
        yield number
        number = parents[number]


def _cost(entry: Listed, directories: Collection[str]) -> int:
    """The characters that an entry takes once directories are said once."""
    name = len(entry.name) + (ROW_CHARACTERS if entry.size else 1)
    if entry.depth:
        return name + entry.depth
    return name + (0 if entry.directory in directories else len(entry.directory) + 3)
