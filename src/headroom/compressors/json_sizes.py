"""How many characters each part of a JSON document takes where it is written as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from headroom.compressors.json_text import Array, Node, Object
from headroom.compressors.shapes import EXTENDED, Costs, Shapes, find_shapes

SHORTEST_SHARED = 24
LABEL = 3

FEW = 6
"""Elements up to which an array is no table: all stay when it is cut down."""
FEW_SCALARS = 12
MANY_MEMBERS = 32
"""Members from which an object is a table with names for its rows."""
MOST_OF_A_RECORD = 96
"""Members up to which an object of all kinds of values is taken for a record."""
SHORTEST_TEXT = 240
"""Characters up to which a text stays whole."""
NOTE = 28
"""Characters of a note that says what was left out, and what it stands in."""

USUAL_NOTE = 4
"""The same in a column where most cells are such a note."""


class Sizes:
    """The sizes of the parts of one document: keys, usual values and copies count for little."""

    def __init__(self, root: Node) -> None:
        self._shapes: Shapes = find_shapes([root], Costs())
        self._times, self.names = _times_met(root)
        self._known: dict[Node, int] = {}
        self._least: dict[Node, int] = {}
        self._cells: dict[Object, list[int]] = {}

    def of(self, node: Node) -> int:
        """The characters of *node* and all that is in it; of a copy, its share of the original."""
        known = self._known.get(node)
        if known is None:
            size = self._size(node)
            times = self._times[node]
            if times > 1 and size >= SHORTEST_SHARED:
                size = size // times + LABEL
            known = self._known[node] = size
        return known

    def _size(self, node: Node) -> int:
        if isinstance(node, str):
            return len(node)
        if isinstance(node, Array):
            return 2 + sum(map(self.of, node.items))
        return 2 + sum(self.cells(node))

    def alone(self, node: Node) -> int:
        """The characters of *node* where it is written out, however often it is met."""
        return self._size(node)

    def declared(self) -> int:
        """The characters of all columns, with what is usual in them."""
        columns = [column for shape in self._shapes.columns for column in shape]
        usual = (one.default for one in columns if one.default not in (None, EXTENDED))
        return sum(len(one.key) for one in columns) + sum(self.of(one) for one in usual if one)

    def cells(self, node: Object) -> list[int]:
        """The characters of each member of *node*, as a cell of its table if it is in one."""
        known = self._cells.get(node)
        if known is None:
            known = self._cells[node] = self._cells_of(node)
        return known

    def _cells_of(self, node: Object) -> list[int]:
        of = self.of
        shape = self._shapes.shape_of(node)
        if shape is None:
            pairs = zip(node.keys, node.values, strict=True)
            return [len(key) + of(value) for key, value in pairs]
        columns = self._shapes.columns[shape]
        places = self._shapes.by_keys[node.keys][1]
        sizes = [0] * len(node.keys)
        for column, cell, at in zip(columns, self._shapes.cells(node), places, strict=True):
            if at < 0:
                continue
            if cell == column.default:
                sizes[at] = int(column.positional)
            elif cell != EXTENDED:
                sizes[at] = of(cell) + (0 if column.positional else len(column.key) + 1)
        return sizes

    def least(self, node: Node) -> int:
        """What *node* takes when it is cut down as far as it is readable."""
        known = self._least.get(node)
        if known is None:
            known = self._least[node] = min(self.of(node), self._cut_down(node))
        return known

    def _cut_down(self, node: Node) -> int:
        if isinstance(node, str):
            return SHORTEST_TEXT
        least = self.least
        if isinstance(node, Object):
            cells = zip(self.cells(node), node.values, strict=True)
            return 2 + sum(
                min(cell, SHORTEST_TEXT if isinstance(value, str) else USUAL_NOTE)
                for cell, value in cells
            )
        if is_table(node):
            return NOTE + sum(map(least, (*node.items[:2], node.items[-1])))
        return sum(map(least, node.items))


def is_table(node: Array | Object) -> bool:
    """Whether *node* has so many elements that it loses some when it is cut down."""
    if isinstance(node, Object):
        return len(node.keys) > MANY_MEMBERS and _is_map(node)
    if len(node.items) <= FEW:
        return False
    return len(node.items) > FEW_SCALARS or not all(isinstance(one, str) for one in node.items)


def _is_map(node: Object) -> bool:
    """Whether the keys of *node* are names of rows, not of the fields of one record."""
    scalars = sum(isinstance(value, str) for value in node.values)
    return scalars in (0, len(node.values)) or len(node.values) > MOST_OF_A_RECORD


def is_grid(items: Sequence[Node]) -> bool:
    """Whether these are lists of scalars, as many in each: rows without the names of columns."""
    first = items[0]
    return isinstance(first, Array) and all(
        isinstance(item, Array)
        and len(item.items) == len(first.items)
        and all(isinstance(cell, str) for cell in item.items)
        for item in items
    )


def _times_met(root: Node) -> tuple[Counter[Node], Counter[str]]:
    """How often each part stands in the document, copies of what it stands in not counted.

    And how often each key does.
    """
    times: Counter[Node] = Counter()
    signatures: Counter[tuple[str, ...]] = Counter()
    seen: set[Node] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str) or node in seen:
            continue
        seen.add(node)
        if isinstance(node, Object):
            signatures[node.keys] += 1
        parts = node.items if isinstance(node, Array) else node.values
        times.update(parts)
        waiting.extend(parts)
    names: Counter[str] = Counter()
    for keys, count in signatures.items():
        for key in keys:
            names[key] += count
    return times, names
