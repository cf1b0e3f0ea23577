"""On which lines of a laid out JSON document its parts stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headroom.compressors.json_notes import is_note
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Node, Object, is_embedded

NONE: frozenset[str] = frozenset()


class GoneLines:
    """Finds the lines of what left a document."""

    def __init__(self, style: Style, kept: Mapping[Node, Sequence[int]]) -> None:
        """*kept* says for each new array or object which elements of the old one it has."""
        self.runs: list[tuple[int, int]] = []
        self._style = style
        self._kept = kept
        self._breaks: dict[Node, int] = {}

    def find(self, old: Node, new: Node, line: int) -> None:
        """Add the lines of what *old*, which begins on *line*, has and *new* has not."""
        if old is new or isinstance(old, str) or not self.breaks(old):
            return
        parts = _parts(old)
        if isinstance(new, str):
            self._add(line + 1, line + self.breaks(old) - 1)
            return
        line += 1
        remaining = _data(old, new)
        stays = frozenset(self._kept.get(new, range(len(parts))))
        for number, part in enumerate(parts):
            height = self.breaks(part) + 1
            if number not in stays:
                self._add(line, line + height - 1)
            else:
                self.find(part, next(remaining, part), line)
            line += height

    def find_rows(self, old: Array, new: Array, line: int) -> None:
        """The same for documents that each have a line."""
        stays = frozenset(self._kept.get(new, range(len(old.items))))
        for number in range(len(old.items)):
            if number not in stays:
                self._add(line + number, line + number)

    def breaks(self, node: Node) -> int:
        """The line breaks inside *node* as it is laid out."""
        if isinstance(node, str) or not self._style.newline:
            return 0
        known = self._breaks.get(node)
        if known is None:
            known = self._breaks[node] = self._count(node)
        return known

    def _count(self, node: Array | Object) -> int:
        if isinstance(node, Object) and is_embedded(node):
            return 0
        parts = _parts(node)
        if not parts:
            return 2 if self._style.open else 0
        is_flat = isinstance(node, Array) and all(isinstance(item, str) for item in parts)
        if is_flat and self._style.inline is not None:
            return 0
        return 1 + sum(self.breaks(part) + 1 for part in parts)

    def _add(self, first: int, last: int) -> None:
        if last < first:
            return
        if self.runs and self.runs[-1][1] == first - 1:
            first = self.runs.pop()[0]
        self.runs.append((first, last))


def _parts(node: Array | Object) -> Sequence[Node]:
    return node.items if isinstance(node, Array) else node.values


def _data(old: Array | Object, new: Array | Object) -> Iterator[Node]:
    """The elements of *new* that are those of the old one, notes left out."""
    if isinstance(new, Array):
        return (item for item in new.items if not isinstance(item, str) or not is_note(item))
    known = frozenset(old.keys) if isinstance(old, Object) else NONE
    return (value for key, value in zip(new.keys, new.values, strict=True) if key in known)
