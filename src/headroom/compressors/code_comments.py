"""Documentation outside of functions: of each piece what stands behind its first line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from headroom.compressors.code_grammars import Grammar
from headroom.compressors.code_parts import Part, behind_opening, ordered, quotes
from headroom.compressors.code_rows import Rows, Span

if TYPE_CHECKING:
    from tree_sitter import Node

_LINE_COMMENT = re.compile(r"\s*(#|//[/!]?)(?= )")


class Comments:
    """Documentation outside of functions: of each what stands behind its first line."""

    def __init__(
        self, grammar: Grammar, rows: Rows, lines: Sequence[str], found: Mapping[str, list[Node]]
    ) -> None:
        self._grammar = grammar
        self._rows = rows
        self._lines = lines
        self._docstrings = found.get("docstring", [])
        self._comments = ordered(found.get("comment", []))

    def parts(self) -> Iterator[Part]:
        """All parts that are documentation."""
        for docstring in self._docstrings:
            span = self._rows.span(docstring)
            if self._rows.ends_line(docstring):
                yield self._part(
                    span, behind_opening(self._lines, span.first), "", quotes(docstring)
                )
        run: list[Node] = []
        for comment in self._comments:
            if not self._rows.span(comment).begins_line:
                continue
            if run and not self._goes_on(run[-1], comment):
                yield from self._of_comment(run)
                run = []
            run.append(comment)
        yield from self._of_comment(run)

    def _goes_on(self, above: Node, comment: Node) -> bool:
        """Whether these are two lines of one comment."""
        first, second = self._rows.span(above), self._rows.span(comment)
        return first.first == first.last == second.first - 1 and second.first == second.last

    def _of_comment(self, run: Sequence[Node]) -> Iterator[Part]:
        if not run:
            return
        span = self._rows.span(run[0]) + self._rows.span(run[-1])
        if len(run) > 1:
            begins = _LINE_COMMENT.match(self._lines[max(span.first, 0)])
            opening = begins[1] if begins is not None else self._grammar.comment
            yield self._part(span, span.first + 1, f"{opening} ", "")
            return
        first = behind_opening(self._lines, span.first)
        if first < span.last and self._rows.ends_line(run[0]):
            is_starred = self._lines[first].lstrip().startswith("*")
            yield self._part(span, first, "* " if is_starred else "", " */")

    def _part(self, span: Span, first: int, opening: str, closing: str) -> Part:
        below = span.last + 1
        return Part(first, span.last, below, span.start, opening, closing, is_code=False)
