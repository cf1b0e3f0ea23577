"""What is no text inside a JSON document, pictures and the like in letters, replaced by notes."""

from __future__ import annotations

import re

from headroom.compressors.jsontree.long_text import SHORTEST_BLOB, blob_note
from headroom.compressors.jsontree.style import Style
from headroom.compressors.jsontree.text import Array, Node, Object, is_embedded

# What is handed back as it is: to get the next page, to prove who one is.
_HANDED_BACK = re.compile(r"(?i)token|cursor|next|continu|key|secret|signature|cookie|session")
_LONG = re.compile(rf'"[^"]{{{SHORTEST_BLOB}}}')


def may_hold_blobs(text: str) -> bool:
    """Whether a string in this JSON text is long enough to be one."""
    return _LONG.search(text) is not None


class Blobs:
    """Replaces the blobs of one document, and counts them."""

    def __init__(self, style: Style) -> None:
        self.count = 0
        self._style = style
        self._done: dict[Node, Node] = {}

    def without(self, node: Node) -> Node:
        """*node* with notes instead of blobs; the same object where it holds none."""
        known = self._done.get(node)
        if known is None:
            known = self._done[node] = self._without(node)
        return known

    def _without(self, node: Node) -> Node:
        if isinstance(node, str):
            return self._text(node)
        if isinstance(node, Array):
            items = tuple(
                self.without(item) if not isinstance(item, str) or _is_long(item) else item
                for item in node.items
            )
            return node if items == node.items else Array(items)
        values = tuple(
            self.without(value)
            if not isinstance(value, str)
            or (_is_long(value) and (is_embedded(node) or not _HANDED_BACK.search(key)))
            else value
            for key, value in zip(node.keys, node.values, strict=True)
        )
        return node if values == node.values else Object(node.keys, values)

    def _text(self, spelled: str) -> str:
        note = blob_note(self._style.show(spelled[1:-1]).replace("\\n", "\n").replace("\\r", ""))
        if not note:
            return spelled
        self.count += 1
        return self._style.spelled(note)


def _is_long(spelled: str) -> bool:
    return len(spelled) >= SHORTEST_BLOB
