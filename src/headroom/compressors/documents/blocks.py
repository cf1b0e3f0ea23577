"""Prose read as blocks: headings, paragraphs, list items, code, tables, and their sections.

Markdown, reStructuredText, manuals, passages with numbers (`[3] A title`), pages in one line.
Each unit of the text (a line, or a part of a very long one) belongs to one block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "passage", "text", "item", "code", "table", "mark", "blank"]
"""Marks are rules between sections and comments that no reader sees."""

FENCE = re.compile(r"[ \t]{0,12}(```|~~~)")
_HEADING = re.compile(r"(#{1,6})[ \t]+\S")
_ITEM = re.compile(r"[ \t]{0,24}(?:[-*+•‣◦]|[0-9]{1,3}[.)]|\[[ xX]\])[ \t]+\S")
SIGNS = "=-~^\"'`*+#.:_"
LONGEST_LINE_OF_SIGNS = 200
_TABLE = re.compile(r"[ \t]{0,8}\|.*\|[ \t]*$|\+[-=+]{3,400}\+[ \t]*$")
_MANUAL_HEADING = re.compile(r"[A-Z][A-Z0-9 ,&/()-]{2,60}$")
_PASSAGE = re.compile(
    r"(?i)(?:\[([0-9]{1,3})\]|(?:document|passage|source|result|chunk|context|doc|section)"
    r" ?#?\[?([0-9]{1,3})\]?[:.)]?)(?:[ \t(:]|$)"
)
FEWEST_PASSAGES = 3
LONGEST_HEADING = 120
LONGEST_COMMENT = 40
"""Lines."""
LONGEST_TEXT = 800
"""Characters of a paragraph; a longer one goes on in another block."""
LEAST_PLAIN = 3
"""Of the lines, one in so many is not indented: else indentation does not mean code."""


@dataclass(frozen=True, slots=True)
class Block:
    """The units *first* to *end* of a text, and what they are.

    *section* is the number of the block that heads it, -1 before the first heading; *level* is
    that of a heading, 1 for the highest, else 0.
    """

    kind: Kind
    first: int
    end: int
    section: int
    level: int = 0


def read_blocks(lines: Sequence[str], parts: Sequence[bool]) -> list[Block]:
    """The blocks of a text whose units are *lines*, without their line ends and numbers.

    *parts* says which of them are parts of a longer line; those are blocks of their own.
    """
    reader = _Reader(lines, parts)
    blocks: list[Block] = []
    section = -1
    at = 0
    while at < len(lines):
        kind, end, level = reader.next(at)
        if kind in ("heading", "passage"):
            section = len(blocks)
        blocks.append(Block(kind, at, end, section, level))
        at = end
    return blocks


class _Reader:
    """Tells what begins at a line of a text, and where it ends."""

    def __init__(self, lines: Sequence[str], parts: Sequence[bool]) -> None:
        self._lines = lines
        self._parts = parts
        self._passages = _passages(lines)
        self._levels: dict[str, int] = {}
        said = [line for line in lines if line.strip()]
        plain = sum(not _is_indented(line) for line in said)
        self._is_manual = plain * LEAST_PLAIN <= len(said)

    def next(self, at: int) -> tuple[Kind, int, int]:
        """The kind of the block that begins here, where it ends, and its level."""
        line = self._lines[at]
        if not line.strip():
            return "blank", at + 1, 0
        if at in self._passages:
            return "passage", at + 1, 1
        if self._parts[at]:
            return "text", at + 1, 0
        if (mark := FENCE.match(line)) is not None:
            return "code", self._fence_end(at, mark[1]), 0
        heading = self._heading(at)
        if heading is not None:
            return "heading", *heading
        return self._body(at)

    def _body(self, at: int) -> tuple[Kind, int, int]:
        line = self._lines[at]
        if _sign_of(line):
            return "mark", at + 1, 0
        if line.startswith("<!--"):
            return "mark", self._comment_end(at), 0
        if _TABLE.match(line):
            return "table", self._end(at, lambda one: _TABLE.match(one) is not None), 0
        if _ITEM.match(line):
            return "item", self._paragraph_end(at), 0
        if _is_indented(line) and not self._is_manual:
            return "code", self._end(at, _is_indented), 0
        return "text", self._paragraph_end(at), 0

    def _heading(self, at: int) -> tuple[int, int] | None:
        """Where the heading ends that begins here, and its level; None where none begins."""
        line = self._lines[at]
        if (mark := _HEADING.match(line)) is not None:
            return at + 1, len(mark[1])
        if self._is_manual and _MANUAL_HEADING.match(line):
            return at + 1, 1
        below = self._line_of_signs(at + 1)
        if below and len(line) <= LONGEST_HEADING and not _sign_of(line):
            return at + 2, self._level(below)
        over = self._line_of_signs(at)
        if over and self._line_of_signs(at + 2) == over:
            return at + 3, self._level(over * 2)
        return None

    def _line_of_signs(self, at: int) -> str:
        return _sign_of(self._lines[at]) if at < len(self._lines) else ""

    def _level(self, signs: str) -> int:
        return self._levels.setdefault(signs, len(self._levels) + 1)

    def _fence_end(self, at: int, mark: str) -> int:
        for below in range(at + 1, len(self._lines)):
            found = FENCE.match(self._lines[below])
            if found is not None and found[1] == mark:
                return below + 1
        # A fence that is never closed is a line like others.
        return at + 1

    def _comment_end(self, at: int) -> int:
        for below in range(at, min(at + LONGEST_COMMENT, len(self._lines))):
            if "-->" in self._lines[below]:
                return below + 1
        return at + 1

    def _end(self, at: int, belongs: Callable[[str], bool]) -> int:
        end = at + 1
        while end < len(self._lines) and belongs(self._lines[end]) and not self._parts[end]:
            end += 1
        return end

    def _paragraph_end(self, at: int) -> int:
        end = at + 1
        size = len(self._lines[at])
        while end < len(self._lines) and size < LONGEST_TEXT and self._goes_on(end):
            size += len(self._lines[end])
            end += 1
        return end

    def _goes_on(self, at: int) -> bool:
        """Whether this line belongs to the paragraph or the item above it."""
        line = self._lines[at]
        begins = (FENCE, _HEADING, _ITEM, _TABLE)
        if not line.strip() or self._parts[at] or at in self._passages:
            return False
        if any(mark.match(line) for mark in begins):
            return False
        return self._heading(at) is None


def _is_indented(line: str) -> bool:
    return line.startswith(("    ", "\t")) and bool(line.strip())


def _passages(lines: Sequence[str]) -> frozenset[int]:
    """Where passages begin, if the text is made of such: their numbers rise by one."""
    found: list[int] = []
    for at, line in enumerate(lines):
        mark = _PASSAGE.match(line)
        is_first = at == 0 or not lines[at - 1].strip()
        if mark is not None and is_first and int(mark[1] or mark[2]) == len(found) + 1:
            found.append(at)
    return frozenset(found) if len(found) >= FEWEST_PASSAGES else frozenset()


def _sign_of(line: str) -> str:
    """The sign of which the line is made, three times and more; empty where it is not."""
    signs = line[: LONGEST_LINE_OF_SIGNS + 8].rstrip(" \t")
    sign = signs[:1]
    is_line = 3 <= len(signs) <= LONGEST_LINE_OF_SIGNS and sign in SIGNS
    return sign if is_line and not signs.strip(sign) else ""
