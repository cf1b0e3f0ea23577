"""Where a log tells how something failed: failed tests, stack traces, compilers' carets.

Of each such block the lines that may leave first are told too: what a traceback shows of
library code, the middle of a very long stack, a block that stood before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

MOST_ATTACHED, MOST_INDENTED = 400, 12
"""Lines that may belong to an error, and those in a row that do so by nothing but their place."""
LARGEST_TRACE, LARGEST_BLOCK = 30, 200
"""Lines of a stack, of a failed test, of which no more stay."""
END_SHOWN = 10
"""How many of them from its end, where it is longer."""
SAME_SHOWN = 2
"""Blocks that differ in numbers only, of which so many stay whole."""

# What begins a part that tells of failures only, and what ends it.
_SECTIONS = (
    (r"=+ (?:FAILURES|ERRORS) =+$", r"=+ .{1,200} =+$"),  # pytest
    (r"failures:$", r"test result: "),  # cargo test
    (r"\* What went wrong:", r"\* Try:|BUILD "),  # gradle
    (r" {0,6}\d+ failing$", r"npm |\S+ERR"),  # mocha
    (r"Failures:$", r"Finished in "),  # rspec
    (r"There (?:was|were) \d+ (?:failure|error)s?:$", r"(?:FAILURES|ERRORS)!$"),  # phpunit
)
_BEGINNINGS = "|".join(f"(?P<s{n}>{begins})" for n, (begins, _) in enumerate(_SECTIONS))
# One failed test by itself: jest and vitest, go.
_BULLET = r" {0,8}(?:●|⎯⎯|--- FAIL:) "
_STARTS = re.compile(f"{_BEGINNINGS}|(?P<bullet>{_BULLET})")
_ENDS = tuple(re.compile(ends) for _, ends in _SECTIONS)
# One failed test of a section: pytest, cargo, and the numbers of mocha, rspec and phpunit.
_TEST = re.compile(r"_{3,} .{1,300} _{3,}$|---- .{1,300} ----$| {0,6}\d+\) ")
# A line that belongs to the error above it, however far it is indented.
_ATTACHED = re.compile(
    r"\s+(?:at|in|from) |\s*\.\.\. \d+ more|Caused by: |\s+File \"|\s*(?:-->|\||=|\^|~)"
    r"|\s*>? ?\d+ ?\| |\t|goroutine \d+ |During handling of|The above exception|Traceback \("
    r"|\s{0,40}\S{1,300}:\d{1,7}:\d{1,5}: note: "
    r"|(?:[\w$]{1,60}\.){0,20}[A-Z]\w{0,60}(?:Error|Exception|Warning|Exit|Interrupt)\b|E  "
)
_FRAME_ENDS = re.compile(r"(\S{1,400}):\d+: ?\w*$")
_LIBRARY = re.compile(
    r"site-packages|dist-packages|/lib/python|node_modules|/usr/lib|\.venv/|<frozen|/rustc/|/go/pkg/"
)
_POINTED = re.compile(r"(?:>|E) ")
_DIGITS = b"0123456789"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that tell of one failure, *first* to *last*; those in *quiet* may leave first.

    *is_attached*: they belong to the first of them, and tell nothing without it.
    """

    first: int
    last: int
    quiet: frozenset[int] = frozenset()
    is_attached: bool = False


def failures(
    lines: Sequence[str], is_bad: Sequence[bool], is_stamped: Sequence[bool]
) -> list[Block]:
    """The blocks of *lines* that tell of failures, in their order; none overlaps another.

    *is_bad* says which lines are errors or warnings, *is_stamped* which have a time.
    """
    blocks: list[Block] = []
    position = 0
    while position < len(lines):
        starts = _STARTS.match(lines[position]) if lines[position] else None
        found: list[Block] = []
        if starts is not None and starts.lastgroup is not None:
            found = _started(lines, position, starts.lastgroup)
        elif is_bad[position]:
            found = _trace(lines, position, is_stamped)
        blocks += found
        position = found[-1].last + 1 if found else position + 1
    return [*_quiet_again(lines, blocks)]


def _started(lines: Sequence[str], at: int, start: str) -> list[Block]:
    """What begins here, by the name of its *start*."""
    return _bullet(lines, at) if start == "bullet" else _section(lines, at, _ENDS[int(start[1:])])


def _section(lines: Sequence[str], at: int, ends: re.Pattern[str]) -> list[Block]:
    """The failed tests of a section that begins here."""
    last = _last(lines, at, lambda line: ends.match(line) is None)
    starts = [at, *(n for n in range(at + 1, last + 1) if _TEST.match(lines[n])), last + 1]
    return [
        Block(first, below - 1, frozenset(_library_lines(lines, first, below - 1)))
        for first, below in pairwise(starts)
        if below > first
    ]


def _library_lines(lines: Sequence[str], first: int, last: int) -> Iterator[int]:
    """What a traceback of pytest shows of code that is not the project's own."""
    frame: list[int] = []
    for at in range(first + 1, last + 1):
        ends = _FRAME_ENDS.match(lines[at])
        if ends is None:
            if not _POINTED.match(lines[at]):
                frame.append(at)
            continue
        if _LIBRARY.search(ends[1]):
            yield from frame
        frame = []


def _bullet(lines: Sequence[str], at: int) -> list[Block]:
    """A failed test whose lines are indented below a heading."""
    margin = _indent(lines[at])
    last = _last(lines, at, lambda line: not line.strip() or _indent(line) > margin)
    while last > at and not lines[last].strip():
        last -= 1
    return [Block(at, last, _middle(at, last, LARGEST_BLOCK))]


def _trace(lines: Sequence[str], at: int, is_stamped: Sequence[bool]) -> list[Block]:
    """An error and the lines that belong to it: a stack, a caret, what it goes on with."""
    margin = _indent(lines[at])
    last = surely = at
    for below in range(at + 1, min(at + MOST_ATTACHED, len(lines))):
        line = lines[below]
        if is_stamped[below] or not line.strip():
            break
        if _ATTACHED.match(line):
            surely = below
        elif below - surely > MOST_INDENTED or (_indent(line) <= margin and not is_stamped[at]):
            break
        last = below
    if last == at:
        return []
    return [Block(at, last, _middle(at, last, LARGEST_TRACE), is_attached=True)]


def _last(lines: Sequence[str], at: int, goes_on: Callable[[str], bool]) -> int:
    """The last line, from *at* on, before one that does not go on."""
    for below in range(at + 1, len(lines)):
        if not goes_on(lines[below]):
            return below - 1
    return len(lines) - 1


def _middle(first: int, last: int, most: int) -> frozenset[int]:
    if last - first < most:
        return frozenset()
    return frozenset(range(first + most - END_SHOWN, last - END_SHOWN + 1))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _quiet_again(lines: Sequence[str], blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks; those that stood before, numbers apart, are quiet but for their ends."""
    seen: Counter[bytes] = Counter()
    for block in blocks:
        below = "\n".join(lines[block.first + 1 : block.last + 1])
        # Signs leave bytes many times as fast as they leave a text that is not all ASCII.
        said = below.encode("utf-8", "surrogatepass").translate(None, _DIGITS)
        seen[said] += 1
        if said and seen[said] > SAME_SHOWN:
            yield replace(block, quiet=frozenset(range(block.first + 1, block.last)))
        else:
            yield block
