"""Long source files: bodies of functions that the task does not touch are folded away.

    def area(shape):
        \"\"\"The area of a plane shape.\"\"\"
        ...  # [… lines 45-81 left out]

Signatures, types, imports, decorators, constants and the first lines of documentation stay;
what stays has its line numbers, and parses as before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.lines import glance, worth_it
from headroom.compressors.syntax.folds import Fold, Read, folded, folds, leaving
from headroom.compressors.syntax.frames import Section, file_named, sections
from headroom.compressors.syntax.grammars import Grammar
from headroom.compressors.syntax.outline import outline
from headroom.compressors.syntax.signs import by_path, by_signs
from headroom.compressors.syntax.touch import worths
from headroom.compressors.syntax.tree import Parsed, errors_in, parsed

LONGEST_CHARACTERS = 500_000
LONGEST_COMMAND = 4_000
CHARACTERS_PER_LINE = 200
"""On average: what is longer is not written by people, and has no lines to fold."""
LINES_PER_ERROR = 20
LINES_PER_ERROR_WHERE_GUESSED = 100
MOST_GRAMMARS = 3

# Long bodies are taken apart, so that what is asked for in them stays and the room is used.
PARTS_IN_ROOM = 6
LONGEST_PART = 2_400
SHORTEST_LONG_PART = 600

_SHOWS = re.compile(
    r"(?:^|[;&|({\n'\"])\s{0,9}(?:sudo )?(?:cat|bat|nl|head|tail|sed|less|more|view|open|type"
    r"|awk|git show|Get-Content|gc)\s([^|;&<>\n]{1,600})"
)
_FILE = re.compile(r"[^\s'\":]{1,300}\.[A-Za-z+]{1,4}(?=$|[\s'\":])")

_Shorter = tuple[Section, list[Fold], list[tuple[str, str]]]
"""A section, what leaves of it, and its rows without that."""


class Code:
    """Python, JavaScript, TypeScript, Go, Rust, Java, C, C++: files, and windows of files."""

    name = "code"
    kind = "code"
    strategy = "code_aware"
    # A file can be read again.
    tools: frozenset[str] = frozenset()
    usual_tokens = 4_000
    # Of 17 reads that were cut down to 2 000 tokens, 2 had lost something that was used later,
    # of 33 down to 1 000 tokens 7 (recorded sessions, 2026-11); down to 4 000 there were too few.
    asked_back = 0.15

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* without what its task does not touch, as far as its room needs it."""
        room = ask.source_room or ask.room_or(self.usual_tokens)
        if not room < len(text) <= LONGEST_CHARACTERS:
            return None
        rows = text.split("\n")
        found = (_read(section, ask, room) for section in sections(rows))
        read = [one for one in found if one is not None]
        shorter: list[_Shorter] = []
        taken = leaving([one for one, _ in read], len(text), room)
        for (one, tree), parts in zip(read, taken, strict=True):
            chosen = folds(one, parts)
            shown = list(folded(one.section, chosen)) if chosen else []
            if chosen and errors_in("\n".join(line for _, line in shown), tree) <= tree.errors:
                shorter.append((one.section, chosen, shown))
        reduced = _reduced(rows, shorter)
        return reduced if worth_it(reduced.before + reduced.after, text) else None


def _read(section: Section, ask: Ask, room: int) -> tuple[Read, Parsed] | None:
    tree = _tree(section, ask.origin)
    if tree is None:
        return None
    longest = max(min(room // PARTS_IN_ROOM, LONGEST_PART), SHORTEST_LONG_PART)
    parts = outline(tree, section.lines, longest=longest)
    return Read(section, parts, worths(parts, section.lines, section.numbers, ask.words)), tree


def _tree(section: Section, origin: Origin) -> Parsed | None:
    """The syntax tree of a section; None where it is no code that we know."""
    code = section.code
    if len(code) > CHARACTERS_PER_LINE * len(section.lines):
        return None
    named = _named(section, origin)
    grammars = named or by_signs(glance(code))
    tree = parsed(code, grammars[:MOST_GRAMMARS])
    lines_per_error = LINES_PER_ERROR if named else LINES_PER_ERROR_WHERE_GUESSED
    if tree is None or tree.errors > 2 + len(section.lines) // lines_per_error:
        return None
    return tree


def _named(section: Section, origin: Origin) -> tuple[Grammar, ...]:
    """The grammars of the files that the tool or its call names."""
    paths = [file_named(section), origin.path]
    for shown in _SHOWS.finditer(origin.command[:LONGEST_COMMAND]):
        paths += _FILE.findall(shown[1])
    grammars = dict.fromkeys(grammar for path in paths for grammar in by_path(path))
    if len(grammars) > 1:
        # A header is C or C++.
        likely = by_signs(glance(section.code))
        return tuple(sorted(grammars, key=lambda grammar: grammar not in likely))
    return tuple(grammars)


def _reduced(rows: Sequence[str], shorter: Sequence[_Shorter]) -> Reduced:
    before: list[str] = []
    at = gone = 0
    runs: list[tuple[int, int]] = []
    for section, chosen, shown in shorter:
        before += rows[at : section.first]
        before += (column + line for column, line in shown)
        at = section.first + len(section.lines)
        gone += sum(fold.last - fold.first + 1 for fold in chosen)
        runs += [(section.numbers[fold.first], section.numbers[fold.last]) for fold in chosen]
    if any(below[0] <= above[1] for above, below in pairwise(runs)):
        # Two files, each with a line 12.
        runs = []
    after = "\n".join(["", *rows[at:]]) if at < len(rows) else ""
    return Reduced("\n".join(before), gone, len(rows), "lines", after=after, gone_lines=tuple(runs))
