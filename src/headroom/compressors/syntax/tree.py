"""The syntax tree of code that may be a window out of a file: begun or cut in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from headroom.compressors.syntax.grammars import Grammar, brackets_query, loaded, parts_query
from headroom.compressors.syntax.windows import (
    Surroundings,
    by_brackets,
    by_indentation,
    by_text,
)

if TYPE_CHECKING:
    from tree_sitter import Node, Query, Tree

LINES_PER_ERROR = 50
"""In a language that is the right one: macros, and what grammars do not know yet."""
FEWEST_LINES_PER_ERROR = 4
"""With more errors than that no surroundings help."""
CHUNK_BYTES = 65_536

# A parser takes 2 to 9 steps for a thousand bytes of code, 24 where much of it is wrong; it
# takes no more than this for any text (tried on the sources of eight languages, 2026-11).
BYTES_PER_STEP = 25
FEWEST_STEPS = 1_000
# A node with very many children is walked in quadratic time; those of errors alone are so wide.
WIDEST_ERROR = 4_000
MOST_ERRORS = 4_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """Code that was parsed."""

    grammar: Grammar
    surroundings: Surroundings
    source: bytes
    tree: Tree
    errors: int

    def captures(self) -> dict[str, list[Node]]:
        """What the grammar's query captures, by name, in no order."""
        return _captures(parts_query(self.grammar), self.tree.root_node)


def parsed(code: str, grammars: Iterable[Grammar]) -> Parsed | None:
    """The tree of *code* in the language that leaves the fewest errors.

    None where no grammar is installed, or none makes anything of it.  Where the first leaves
    few errors, the others are not tried.
    """
    best: Parsed | None = None
    lines = code.count("\n") + 1
    for grammar in grammars:
        tree = _parsed(code, grammar, Surroundings())
        if tree is not None and (best is None or tree.errors < best.errors):
            best = tree
        if best is not None and best.errors <= lines // LINES_PER_ERROR:
            break
    if best is None or best.errors > max(lines // FEWEST_LINES_PER_ERROR, 8):
        return None
    return _within(code, best)


def errors_in(code: str, like: Parsed) -> int:
    """How many errors *code* has in the same surroundings; very many where it is no code."""
    found = _parsed(code, like.grammar, like.surroundings)
    return MOST_ERRORS if found is None else found.errors


def _within(code: str, plain: Parsed) -> Parsed:
    """The tree in the surroundings that leave the fewest errors."""
    grammar = plain.grammar
    # Python's parser takes the rest of a function for statements of the module.
    is_inside = not grammar.brackets and code[:1] in " \t"
    inner = plain
    if plain.errors:
        for surroundings in by_text(code, grammar):
            other = _parsed(code, grammar, surroundings)
            if other is not None and other.errors < inner.errors:
                inner = other
    best = inner
    if inner.errors or is_inside:
        for outer in _lacking(code, inner):
            other = _parsed(code, grammar, inner.surroundings.within(outer))
            if other is not None and other.errors < best.errors + is_inside:
                best = other
            if not best.errors:
                break
    return best


def _lacking(code: str, plain: Parsed) -> Iterator[Surroundings]:
    if not plain.grammar.brackets:
        return by_indentation(code, plain.grammar)
    found = _captures(brackets_query(plain.grammar), plain.tree.root_node).get("bracket", [])
    return by_brackets(found, plain.source, plain.grammar)


def _parsed(code: str, grammar: Grammar, surroundings: Surroundings) -> Parsed | None:
    language = loaded(grammar)
    if language is None:
        return None
    from tree_sitter import Parser  # noqa: PLC0415  (an extra, imported when used)

    source = surroundings.around(code)
    steps = count()
    most = max(len(source) // BYTES_PER_STEP, FEWEST_STEPS)
    try:
        tree = Parser(language).parse(
            lambda start, _: source[start : start + CHUNK_BYTES],
            progress_callback=lambda _, __: next(steps) > most,
        )
    except ValueError:
        # How the parser says that it was stopped.
        return None
    errors = _errors(tree.root_node)
    return None if errors is None else Parsed(grammar, surroundings, source, tree, errors)


def _errors(root: Node) -> int | None:
    """How many nodes are errors, or None where that is beyond counting."""
    found = 0
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found += 1
            if node.child_count > WIDEST_ERROR or found > MOST_ERRORS:
                return None
        waiting += (child for child in node.children if child.has_error)
    return found


def _captures(query: Query, node: Node) -> dict[str, list[Node]]:
    from tree_sitter import QueryCursor  # noqa: PLC0415  (as above)

    return QueryCursor(query).captures(node)
