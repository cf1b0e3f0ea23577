"""On which rows the nodes of a syntax tree stand, and whether they have those to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from headroom.compressors.syntax.tree import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST_INDENTATION = 400
# Nodes that only hold the members of the node in which they stand.
_LISTS = frozenset({"statement_list"})
_TAGS = frozenset({"jsx_opening_element", "jsx_closing_element"})


@dataclass(frozen=True, slots=True)
class Span:
    """Rows from *first* to *last*, counted from 0, for what stands between two bytes.

    It *begins_line* where only blanks stand before it.
    """

    first: int
    last: int
    start: int
    end: int
    begins_line: bool

    def __add__(self, below: Span) -> Span:
        last, end = max(self.last, below.last), max(self.end, below.end)
        return Span(self.first, last, self.start, end, self.begins_line)


class Rows:
    """The lines of code that was parsed."""

    def __init__(self, code: Parsed, lines: Sequence[str]) -> None:
        self._above = len(code.surroundings.above)
        self._source = code.source
        self._sizes = [0, *accumulate(len(line) + 1 for line in lines)]
        self.count = len(lines)

    def size(self, first: int, last: int) -> int:
        """The characters of some rows, line breaks included."""
        return self._sizes[min(last + 1, self.count)] - self._sizes[max(first, 0)]

    def span(self, node: Node) -> Span:
        """The rows of one node."""
        start, end = node.start_point, node.end_point
        # Some nodes take the line break behind them along.
        last = end.row - 1 if end.column == 0 and end.row > start.row else end.row
        return Span(
            start.row - self._above,
            last - self._above,
            node.start_byte,
            node.end_byte,
            self._begins_line(node.start_byte, start.column),
        )

    def ends_line(self, node: Node) -> bool:
        """Whether only blanks stand behind a node."""
        rest = self._source[node.end_byte : node.end_byte + LONGEST_INDENTATION]
        return not rest.partition(b"\n")[0].strip() or node.end_point.column == 0

    def members(self, parent: Node) -> list[Span]:
        """What a list of statements or items consists of; those that share a row together."""
        found: list[Span] = []
        for node in _children(parent):
            span = self._of_text(node) if node.type == "jsx_text" else self.span(node)
            if span is None:
                continue
            if found and span.first <= found[-1].last:
                span = found.pop() + span
            found.append(span)
        return found

    def _begins_line(self, start: int, column: int) -> bool:
        if column > LONGEST_INDENTATION:
            return False
        return not self._source[start - column : start].strip()

    def _of_text(self, node: Node) -> Span | None:
        """The rows of text between elements, without the blanks around it; None if only blanks."""
        text = self._source[node.start_byte : node.end_byte]
        said = text.strip()
        if not said:
            return None
        span = self.span(node)
        before = text[: text.index(said)]
        first = span.first + before.count(b"\n")
        last = first + said.count(b"\n")
        return Span(first, last, span.start, span.end, b"\n" in before or span.begins_line)


def _children(parent: Node) -> Iterator[Node]:
    for child in parent.named_children:
        if child.type in _LISTS:
            yield from child.named_children
        elif child.type not in _TAGS:
            yield child
