"""Bodies of functions, and parts of long ones; the items of long literals outside of functions.

Signatures, types, imports, constants and decorators are in none of these.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from headroom.compressors.code_grammars import Grammar
from headroom.compressors.code_parts import Part, behind_opening, ordered, outermost, quotes
from headroom.compressors.code_rows import Rows, Span

if TYPE_CHECKING:
    from tree_sitter import Node

FEWEST_ROWS = 3
FIRST_ITEMS = 3
"""Of a literal outside of functions; with the last one they show what its items are."""
DEEPEST = 12

_ELEMENT = "jsx_element"
# Lists of statements: outside of functions they are the code of a module, which stays.
_STATEMENTS = frozenset(
    {
        *("block", "statement_block", "switch_body", "switch_block", "match_block"),
        *("compound_statement", "expression_switch_statement", "type_switch_statement"),
        *("select_statement", "constructor_body"),
    }
)


class Bodies:
    """Bodies of functions, and long literals outside of them."""

    def __init__(
        self,
        grammar: Grammar,
        rows: Rows,
        lines: Sequence[str],
        found: Mapping[str, list[Node]],
        *,
        longest: int,
    ) -> None:
        """*longest* is how many characters may leave as one part, if they can be taken apart."""
        self._grammar = grammar
        self._rows = rows
        self._lines = lines
        self._longest = longest
        self._docstrings = {node.start_byte: node for node in found.get("docstring", ())}
        bodies = ordered(found.get("body", []))
        self._owners = _owners(bodies, ordered(found.get("owner", [])))
        # Between `match` and its cases nothing else may stand in Python.
        cases = {node.start_byte for node in found.get("cases", ())}
        lists = [node for node in found.get("list", ()) if node.start_byte not in cases]
        self._lists = _sound(ordered(lists))
        self._list_starts = [node.start_byte for node in self._lists]
        self._body_starts = [body.start_byte for body in bodies]
        self._broken = outermost([body for body in bodies if body.has_error])
        self._broken_starts = [body.start_byte for body in self._broken]
        roots = (*_sound(bodies), *(one for one in self._lists if self._is_root(one)))
        self._roots = outermost(ordered(roots))

    def parts(self) -> Iterator[Part]:
        """All parts that are code."""
        for root in self._roots:
            owner = self._owners.get(root.start_byte, root)
            yield from self._apart(root, self._rows.span(owner).first)

    def _is_root(self, node: Node) -> bool:
        """Whether a list that is no body may be taken apart by itself."""
        # Inside a body that does not parse, what does is taken by itself.
        at = bisect_left(self._broken_starts, node.start_byte) - 1
        if at >= 0 and node.start_byte < self._broken[at].end_byte:
            return True
        if node.type == _ELEMENT:
            return True
        if node.type in _STATEMENTS:
            return False
        at = bisect_left(self._body_starts, node.start_byte)
        return at == len(self._body_starts) or self._body_starts[at] >= node.end_byte

    def _apart(self, root: Node, owner: int) -> Iterator[Part]:
        """A body as one part, or taken apart where it is long."""
        waiting = [(root, 0)]
        while waiting:
            parent, depth = waiting.pop()
            is_apart = depth < DEEPEST and self._is_long(self._rows.span(parent), self._longest)
            members = self._rows.members(parent)
            if parent is root and _is_literal(root):
                members = members[FIRST_ITEMS:-1]
            run: list[Span] = []
            for span in members:
                inner = self._within(span) if is_apart else []
                waiting += ((each, depth + 1) for each in inner)
                if inner or (run and self._rows.size(run[0].first, span.last) > self._longest):
                    yield from self._leaving(parent, run, owner)
                    run = []
                if not inner:
                    run.append(span)
            yield from self._leaving(parent, run, owner)

    def _leaving(self, parent: Node, run: Sequence[Span], owner: int) -> Iterator[Part]:
        """One part for the members of a run that have their rows to themselves."""
        free = [span for span in run if self._is_free(parent, span)]
        if not free:
            return
        opening, closing = self._named_between(parent)
        first, last = free[0].first, free[-1].last
        docstring = self._docstrings.get(free[0].start)
        if docstring is not None:
            behind = behind_opening(self._lines, first)
            if behind <= self._rows.span(docstring).last:
                first, opening, closing = behind, "", quotes(docstring)
            elif len(free) > 1:
                first = free[1].first
            else:
                return
        yield Part(first, last, owner, parent.start_byte, opening, closing)

    def _named_between(self, parent: Node) -> tuple[str, str]:
        """What stands before and behind the name of a gap among the members of *parent*."""
        if parent.type == _ELEMENT:
            return "{/* ", " */}"
        if parent.type == "block" and self._grammar.nothing:
            return f"{self._grammar.nothing}  {self._grammar.comment} ", ""
        return f"{self._grammar.comment} ", ""

    def _is_free(self, parent: Node, span: Span) -> bool:
        """Whether nothing else stands on the first and the last row of a member."""
        around = self._rows.span(parent)
        is_closed = parent.type != "block" or bool(self._grammar.brackets)
        if is_closed and not around.first < span.first <= span.last < around.last:
            return False
        return span.begins_line and span.first >= 0 and span.last < self._rows.count

    def _is_long(self, span: Span, most: int) -> bool:
        """Whether this is more than one part, or begins above a window."""
        return span.first < 0 or self._rows.size(span.first, span.last) > most

    def _within(self, span: Span) -> list[Node]:
        """The lists by which a long member is taken apart; none for others."""
        if not self._is_long(span, self._longest // 2):
            return []
        first = bisect_left(self._list_starts, span.start)
        last = bisect_left(self._list_starts, span.end)
        return outermost(self._lists[first:last])


def _is_literal(node: Node) -> bool:
    return node.type not in _STATEMENTS and node.type != _ELEMENT


def _owners(bodies: Sequence[Node], owners: Sequence[Node]) -> dict[int, Node]:
    """For each body, by its first byte, the function that it is of; both in their order."""
    found: dict[int, Node] = {}
    waiting: list[Node] = []
    at = 0
    for body in bodies:
        while at < len(owners) and owners[at].start_byte <= body.start_byte:
            waiting.append(owners[at])
            at += 1
        if waiting:
            found[body.start_byte] = waiting.pop()
    return found


def _sound(nodes: Sequence[Node]) -> list[Node]:
    """Those of several rows that parse."""
    return [
        node
        for node in nodes
        if node.end_point.row - node.start_point.row >= FEWEST_ROWS - 1 and not node.has_error
    ]
