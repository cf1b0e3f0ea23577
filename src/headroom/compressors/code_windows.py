"""What a window out of a file lacks to be whole: opening lines above it, closings below.

        return total
      } catch (error) {
        throw error
      }
    }

parses inside `function () { try {`.  What a window may lack is guessed from what it leaves
open or closes; the guess that leaves the fewest errors is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headroom.compressors.code_grammars import Grammar

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_LEVELS = 12
_CLOSED_BY = {
    "(": ")",
    "[": "]",
    "{": "}",
    "${": "}",
    "jsx_opening_element": "jsx_closing_element",
}
_DEFINES = ("def ", "class ", "@", "async def ")
_GOES_ON = re.compile(rb"\s{0,40}(else|catch|finally|except)\b")
_GLANCE = 60


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Lines above a window, and what closes it below."""

    above: tuple[str, ...] = ()
    below: str = ""

    def around(self, code: str) -> bytes:
        """The window as it parses."""
        return "\n".join((*self.above, code, self.below)).encode(errors="replace")

    def within(self, outer: Surroundings) -> Surroundings:
        """These, with others around them."""
        return Surroundings((*outer.above, *self.above), self.below + outer.below)


def by_text(code: str, grammar: Grammar) -> Iterator[Surroundings]:
    """What opens a comment or a long string in which a window begins, and closes one it ends in."""
    indented = code[: len(code) - len(code.lstrip())].rpartition("\n")[2]
    for opens, closes in grammar.long_texts:
        first_opened, first_closed = code.find(opens), code.find(closes)
        last_opened, last_closed = code.rfind(opens), code.rfind(closes)
        if opens == closes:
            if first_opened >= 0:
                yield Surroundings((indented + opens,))
                yield Surroundings((), closes)
                yield Surroundings((indented + opens,), closes)
            continue
        begins_inside = first_closed >= 0 and not 0 <= first_opened < first_closed
        ends_inside = last_opened > last_closed
        if begins_inside or ends_inside:
            yield Surroundings((opens,) if begins_inside else (), closes if ends_inside else "")


def by_indentation(code: str, grammar: Grammar) -> Iterator[Surroundings]:
    """Where blocks are told by indentation: one opening line for each level that is left."""
    levels = _levels_left(code)
    if not levels:
        return
    above: list[str] = []
    outer = ""
    for blanks, begins in levels:
        is_innermost = blanks == levels[-1][0]
        holds_definitions = begins.startswith(_DEFINES) or not is_innermost
        opening = grammar.class_opening if holds_definitions else grammar.function_opening
        above.append(outer + opening)
        outer = blanks
    yield Surroundings(tuple(above))


def _levels_left(code: str) -> list[tuple[str, str]]:
    """The levels of indentation that a window leaves in its course, outermost first."""
    levels: list[tuple[str, str]] = []
    for line in code.split("\n"):
        begins = line.lstrip(" \t")
        if not begins.strip():
            continue
        blanks = line[: len(line) - len(begins)]
        if not blanks:
            break
        if not levels or len(blanks) < len(levels[-1][0]):
            levels.append((blanks, begins))
    return levels[::-1][:MOST_LEVELS]


def by_brackets(found: Sequence[Node], source: bytes, grammar: Grammar) -> Iterator[Surroundings]:
    """Where blocks are told by brackets: what opens those that are closed, and closes the open."""
    opened, closed = _unmatched(sorted(found, key=lambda node: node.start_byte))
    if len(closed) > MOST_LEVELS:
        return
    below = "".join(map(_closing, reversed(opened)))
    inward = [_opened(closed[at:], source, grammar) for at in range(len(closed))][::-1]
    if below:
        yield Surroundings((), below)
    for outermost in _outermost(grammar, inward):
        more = len(outermost) - len(inward)
        yield Surroundings(tuple(outermost), below + "}" * more)


def _outermost(grammar: Grammar, inward: Sequence[str]) -> Iterator[list[str]]:
    """The openings, with the outermost for functions, for methods and for classes."""
    begins_block = bool(inward) and inward[0] == "{"
    if inward:
        yield [grammar.function_opening, *(inward[1:] if begins_block else inward)]
    if not grammar.class_opening:
        return
    if begins_block or not inward:
        yield [grammar.class_opening, *inward[1:]]
    method = [grammar.class_opening, grammar.method_opening or grammar.function_opening]
    if begins_block:
        yield [*method, *inward[1:]]
    if list(inward[:2]) == ["{", "{"]:
        yield [*method, *inward[2:]]


def _opened(closed: Sequence[Node], source: bytes, grammar: Grammar) -> str:
    """What opens the first of these, which the others close around."""
    node = closed[0]
    if node.type == "jsx_closing_element":
        return f"<{_tag(node)}>"
    if node.type != "}":
        return "x(" if node.type == ")" else "["
    goes_on = _GOES_ON.match(source, node.end_byte, node.end_byte + _GLANCE)
    if goes_on is not None:
        return grammar.condition_opening if goes_on[1] == b"else" else "try {"
    is_argument = len(closed) > 1 and closed[1].type == ")"
    return grammar.callback_opening if is_argument else "{"


def _unmatched(brackets: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The brackets that stay open, and those that close what was opened above."""
    opened: list[Node] = []
    closed: list[Node] = []
    for node in brackets:
        if node.type in _CLOSED_BY:
            opened.append(node)
        elif opened and _CLOSED_BY[opened[-1].type] == node.type:
            opened.pop()
        else:
            closed.append(node)
    return opened, closed


def _closing(opened: Node) -> str:
    return f"</{_tag(opened)}>" if opened.type == "jsx_opening_element" else _CLOSED_BY[opened.type]


def _tag(element: Node) -> str:
    name = element.child_by_field_name("name")
    text = name.text if name is not None else None
    return text.decode(errors="replace") if text is not None else ""
