"""How much room each part of a JSON document needs so that what the task points at stays."""

from __future__ import annotations

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_sizes import Sizes, is_table
from headroom.compressors.json_text import Array, Node, Object


class Needs:
    """The needs of the parts of one document, in characters of a table."""

    def __init__(self, sizes: Sizes, marks: Marks, most: int) -> None:
        """*most* characters stay whole for being next to what was asked for."""
        self._sizes = sizes
        self._marks = marks
        self._most = most
        self._known: dict[Node, int] = {}

    def of(self, node: Node) -> int:
        """The characters that *node* must have: it whole, or its least and what is asked in it."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = min(self._needs(node), self._sizes.of(node))
        return known

    def _needs(self, node: Node) -> int:
        least = self._sizes.least(node)
        if not self._marks.asked(node):
            return least
        if self.is_meant(node):
            return self._most
        parts = node.values if isinstance(node, Object) else ()
        parts = node.items if isinstance(node, Array) else parts
        asked = [part for part in parts if self._marks.asked(part)]
        more = sum(self.of(part) - self._sizes.least(part) for part in asked)
        if not isinstance(node, str) and is_table(node):
            more += sum(map(self._sizes.least, asked))
        return least + more

    def is_meant(self, node: Node) -> bool:
        """Whether it is this part that the task points at, not one inside it, and it is small."""
        if not self._marks.asked(node) or self._sizes.of(node) > self._most:
            return False
        if isinstance(node, str):
            return True
        if isinstance(node, Array):
            return any(isinstance(item, str) and self._marks.asked(item) for item in node.items)
        return any(map(self._marks.points_at, node.keys)) or any(
            isinstance(value, str) and self._marks.asked(value) for value in node.values
        )
