"""What of code may be left out as one, and what the walks that find such parts share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_BARE_OPENING = re.compile(r"\s*(?:[rRbBuUfF]{0,2}(?:\"\"\"|''')\\?|/\*+!?)\s*$")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that may be left out together, from *first* to *last*, counted from 0.

    What leaves is named between *opening* and *closing*, so that the rest still parses.
    *owner* is the row where the function begins that it belongs to; *is_code* is false for mere
    documentation.  Parts of one *place* that follow one another leave as one.
    """

    first: int
    last: int
    owner: int
    place: int
    opening: str
    closing: str = ""
    is_code: bool = True


def ordered(nodes: Sequence[Node]) -> list[Node]:
    """*nodes* as they stand in the text, outer before inner."""
    return sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))


def outermost(nodes: Sequence[Node]) -> list[Node]:
    """Those that stand in no other; *nodes* in their order."""
    found: list[Node] = []
    for node in nodes:
        if not found or node.start_byte >= found[-1].end_byte:
            found.append(node)
    return found


def behind_opening(lines: Sequence[str], row: int) -> int:
    """The row behind the first that says something."""
    is_bare = 0 <= row < len(lines) and _BARE_OPENING.match(lines[row])
    return row + 2 if is_bare else row + 1


def quotes(docstring: Node) -> str:
    """What closes a docstring of several lines."""
    text = docstring.text
    return text[-3:].decode(errors="replace") if text is not None else ""
