"""A page as a row of blocks, before it is one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, an item, a row: one or more lines that stay or leave together."""

    text: str
    kind: str = "text"
    """`text`, `heading`, `item`, `term`, `row`, `code` or `gap`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page was fetched for: *words* of it that few texts of the page hold, and pictures."""

    words: frozenset[str] = frozenset()
    pictures: bool = False


@dataclass(slots=True)
class Written:
    """The blocks of a page, and how many elements left, by what they are."""

    blocks: list[Block] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)

    def leave(self, what: str, elements: int = 1) -> None:
        """Count *elements* that are not shown."""
        self.gone[what] = self.gone.get(what, 0) + elements


def joined(blocks: Sequence[Block]) -> str:
    """Blocks as text: items, terms, rows below one another, a blank line between all others."""
    pieces: list[str] = []
    above = ""
    for block in blocks:
        if pieces:
            close = block.kind == above and block.kind in {"item", "term", "row"}
            pieces.append("\n" if close else "\n\n")
        pieces.append(block.text)
        above = block.kind
    return "".join(pieces)
