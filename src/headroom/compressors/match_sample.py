"""Long search results, cut down to the matches that tell most; the rest by file and line.

Every match that stays is as it was.  What left out is named where it stood: by its lines below
those of its file, by its path where nothing of the file stays, and where there are more files
than can be named, by directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from headroom.compressors.base import Ask, Origin, Reduced, whole
from headroom.compressors.finds.found_lines import FEWEST_MATCHES, FoundLine, found_lines
from headroom.compressors.finds.names import Naming, naming_of
from headroom.compressors.finds.notes import written
from headroom.compressors.finds.worth import Wanted, asked_files, worths
from headroom.compressors.lines import glance
from headroom.compressors.units import LONGEST_LINE, NAMED_GAP, ends_of, reduced_lines

SMALLEST_SHARE_FOUND = 0.6
"""Of the text, in lines that show lines of files."""
LARGEST_SHARE_KEPT = 0.8
MOST_DIAGNOSES = 0.2
MOST_ASKED = 40
SHARE_FOR_NAMES, SHARE_FOR_LINES = 0.6, 0.4
"""Of the room, for what names files and lines, and for lines."""
SHARE_FOR_WORDS = 0.15
"""Of the room, for names in the lines that leave."""
SHARE_IN_NAMES = 0.1
"""Of the text, for names even where that is more than the room: paths are what is used next."""

_LIKELY = re.compile(
    r"^(?:[^\s:][^:\n]{0,300}:|\s{0,8}(?:Line |L)?[0-9]{1,7}\s?[:|-])", re.MULTILINE
)
_SEARCHES = re.compile(
    r"(?i)(?:^|[\s/|;&(`'\"])(?:[efz]?grep|rg|ag|ack|ugrep|findstr|select-string|sls|ast-grep"
    r"|semgrep)(?:\.exe)?(?=\s|$)"
)
_TOOL = re.compile(r"(?i)grep|search|(?:^|_)rg$|find")
# `src/a.py:3:1: E501 …`, `a.c:7:2: error: …`: of a linter or compiler, each one worth reading.
_DIAGNOSIS = re.compile(
    r"(?:[0-9]{1,5}:)?\s{0,4}\[?(?:(?:error|warning|fatal|note|info|hint)\b|[A-Z]{1,4}[0-9]{2,5}\b)"
)


class MatchSample:
    """Lines of files that a search found."""

    name = "match_sample"
    kind = "search"
    strategy = "search"
    tools: frozenset[str] = frozenset()

    usual_tokens = 1_500
    # Of six results of recorded sessions that lost matches none was needed again (2026-11); at
    # 1,000 tokens two were.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the matches that tell most, or None when it is no long search result."""
        room = ask.room_or(self.usual_tokens)
        if len(_LIKELY.findall(glance(text))) < FEWEST_MATCHES:
            return None
        lines = text.split("\n")
        found = found_lines(lines, of_one_file=_is_search(ask.origin))
        if not found or not _is_kind(lines, found, ask.origin):
            return None
        if len(text) <= room:
            return whole(text)
        kept, naming = _kept(lines, found, Wanted.of(ask.words), room)
        named = int(SHARE_FOR_WORDS * room)
        before = "\n".join(written(lines, found, kept, naming, named)).removesuffix("\n")
        if len(before) > LARGEST_SHARE_KEPT * len(text):
            return whole(text)
        return reduced_lines(before, len(lines), kept)


def _is_search(origin: Origin) -> bool:
    """Whether the call was a search, as far as it is known."""
    if origin.command:
        return _SEARCHES.search(origin.command) is not None
    return _TOOL.search(origin.tool) is not None


def _is_kind(lines: Sequence[str], found: Sequence[FoundLine], origin: Origin) -> bool:
    """Whether most of the text is what a search found, and not what a compiler complains of."""
    shown = [index for index, one in enumerate(found) if one.is_of_a_file]
    characters = sum(len(lines[index]) + 1 for index in shown)
    if characters < SMALLEST_SHARE_FOUND * sum(len(line) + 1 for line in lines):
        return False
    if _is_search(origin):
        return True
    diagnoses = sum(_DIAGNOSIS.match(lines[at], found[at].start) is not None for at in shown)
    return diagnoses <= MOST_DIAGNOSES * len(shown)


def _kept(
    lines: Sequence[str], found: Sequence[FoundLine], wanted: Wanted, room: int
) -> tuple[frozenset[int], Naming]:
    """The numbers of the lines that stay, counted from 0, and how the others are named."""
    must = _must(lines, found, wanted)
    worth = worths(lines, found, wanted)
    length = sum(map(len, lines))
    most = int(max(SHARE_FOR_NAMES * room, SHARE_IN_NAMES * length))
    naming, characters = naming_of(found, worth, must, most)
    kept = set(must)
    left = max(room - characters, int(SHARE_FOR_LINES * room))
    left -= sum(len(lines[index]) for index in must)
    for index in sorted(range(len(lines)), key=lambda index: (-worth[index], index)):
        if worth[index] <= 0:
            break
        one = found[index]
        cost = len(lines[index]) - (len(one.path) if one.start > len(one.path) else 0)
        if index in kept or cost > min(left, LONGEST_LINE) or one.path in naming.folded:
            continue
        kept.add(index)
        left -= cost
    return frozenset(_whole(lines, found, kept)), naming


def _must(lines: Sequence[str], found: Sequence[FoundLine], wanted: Wanted) -> set[int]:
    """What stays whatever the room: both ends, lines that were asked for, other lines."""
    shown = [index for index, one in enumerate(found) if one.is_of_a_file]
    ends = [index for index in (shown[0], shown[-1]) if len(lines[index]) <= LONGEST_LINE]
    asked = [index for index in shown if wanted.is_place(found[index])][:MOST_ASKED]
    files = asked_files(found, wanted)
    first = {found[index].path: index for index in reversed(shown) if found[index].path in files}
    others = [index for index, one in enumerate(found) if one.kind == "other"]
    asked += list(first.values())[:MOST_ASKED]
    return {*ends, *asked, *ends_of(others)}


def _whole(lines: Sequence[str], found: Sequence[FoundLine], kept: set[int]) -> Iterator[int]:
    """What is *kept*, the headings of its files, and what is too short to be left out of them."""
    for _, run in groupby(range(len(found)), key=lambda index: found[index].path):
        indexes = list(run)
        staying = [index for index in indexes if index in kept]
        shown = [i for i in indexes if i not in kept and found[i].is_of_a_file]
        rest = sum(len(lines[index]) - len(found[index].path) for index in shown)
        yield from staying
        if staying:
            yield from (index for index in indexes if found[index].kind == "heading")
        if staying and rest < NAMED_GAP:
            yield from shown
