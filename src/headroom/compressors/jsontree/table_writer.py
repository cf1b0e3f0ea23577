"""A JSON tree written as tables: columns once, usual values left out, equal parts once.

The notation, by example (`docs/encodings/records.md` has more):

    [2 rows(id,name,.state=open,owner(login,team))    an array of two objects, a line each
    7,Broken link,(mia,web)                           state is open, as usual
    &1: 9,Slow start,(jon,core),.state=closed         this row is called 1
    ]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from headroom.compressors.jsontree.notes import is_note
from headroom.compressors.jsontree.shapes import (
    ABSENT,
    COMMA_COST,
    EXTENDED,
    Column,
    Costs,
    Shapes,
    find_shapes,
)
from headroom.compressors.jsontree.spelling import FLOW, LINE, ROW, Speller
from headroom.compressors.jsontree.style import Style
from headroom.compressors.jsontree.text import Array, Node, Object, is_embedded

SHORTEST_SHARED = 6
"""Tokens below which a part is written again rather than referred to: it reads better."""
LEAST_LISTS = 3
_LONG = 15
"""Tokens from which a container is worth lines of its own."""


def write_table(root: Node, style: Style) -> tuple[str, str]:
    """The table of *root*, and a few words on the signs in it, empty when it needs none."""
    writer = _Writer(root, style)
    return writer.text(), writer.legend()


class _Walk:
    """Goes the way of the writer once, to know what is met more than once, and where."""

    def __init__(self, shapes: Shapes, costs: Costs) -> None:
        self.uses: dict[int, set[object]] = {}
        """By shape, the columns and arrays that say its columns; None: an object on its own."""
        self._shapes = shapes
        self._costs = costs
        self._met: Counter[Node] = Counter()
        self._done: set[tuple[Node, int | None]] = set()
        self._written: dict[Node, float] = {}

    def shared(self) -> set[Node]:
        """What is worth a label: met again, and longer than its labels."""
        of = self._cost
        return {
            node
            for node, times in self._met.items()
            if times > 1
            and of(node) >= SHORTEST_SHARED
            and times * (of(node) - 2) > of(node) + 4
            and not _is_note(node)
        }

    def _cost(self, node: Node) -> float:
        """Roughly the tokens of *node* where it is written: in a row, usual values cost nothing."""
        if isinstance(node, str):
            return self._costs.of(node)
        known = self._written.get(node)
        if known is None:
            known = self._written[node] = self._cost_written(node)
        return known

    def _cost_written(self, node: Array | Object) -> float:
        shape = self._shapes.shape_of(node)
        if isinstance(node, Array):
            return 2 + sum(map(self._cost, node.items))
        if shape is None:
            return 2 + sum(map(self._costs.of, node.keys)) + sum(map(self._cost, node.values))
        cells = zip(self._shapes.columns[shape], self._shapes.cells(node), strict=True)
        return sum(
            COMMA_COST if value == column.default else self._cost(value) for column, value in cells
        )

    def visit(self, node: Node, expected: int | None = None) -> int | None:
        """Count *node*; returns the shape to expect of the next one in the same container."""
        self._met[node] += 1
        if isinstance(node, str):
            return expected
        shape = self._shapes.shape_of(node)
        if shape is not None and shape != expected:
            self._use(shape, None)
        if (node, expected) not in self._done:
            self._done.add((node, expected))
            self._enter(node, shape, expected)
        return expected if shape is None else shape

    def _enter(self, node: Array | Object, shape: int | None, expected: int | None) -> None:
        if isinstance(node, Object) and shape is not None:
            self._row(node, shape)
            return
        rows = row_shape(node, self._shapes, self._costs)
        if rows is not None:
            if rows != expected:
                self._use(rows, node)
            expected = rows
        elif isinstance(node, Object) and not is_embedded(node):
            expected = None
        for item in node.items if isinstance(node, Array) else node.values:
            expected = self.visit(item, expected)

    def _use(self, shape: int, where: object) -> None:
        uses = self.uses.get(shape)
        if uses is None:
            uses = self.uses[shape] = set()
            for column in self._shapes.columns[shape]:
                if column.child is not None:
                    self._use(column.child, (shape, column.key))
                if column.default not in (None, ABSENT, EXTENDED):
                    self.visit(column.default or ABSENT, column.child)
        uses.add(where)

    def _row(self, node: Object, shape: int) -> None:
        cells = self._shapes.cells(node)
        for column, value in zip(self._shapes.columns[shape], cells, strict=True):
            if value != column.default and value != ABSENT:
                self.visit(value, column.child)


def row_shape(node: Node, shapes: Shapes, costs: Costs) -> int | None:
    """The shape of all items of an array that is written as lines, else None."""
    if not isinstance(node, Array) or len(node.items) < 2 or costs.of(node) < _LONG:
        return None
    found = {shapes.shape_of(item) for item in data_of(node)}
    return found.pop() if len(found) == 1 else None


def is_grid(node: Array) -> bool:
    """Whether *node* is an array of lists of scalars that each get a line."""
    lists = data_of(node)
    return len(lists) >= LEAST_LISTS and all(
        isinstance(item, Array)
        and len(item.items) > 1
        and all(isinstance(cell, str) for cell in item.items)
        for item in lists
    )


def data_of(node: Array) -> Sequence[Node]:
    """The items of *node* without the notes among them."""
    return [item for item in node.items if not _is_note(item)]


def _is_note(node: Node) -> bool:
    return isinstance(node, str) and is_note(node)


class _Writer:
    def __init__(self, root: Node, style: Style) -> None:
        self._root = root
        self._speller = Speller(style)
        self._costs = Costs()
        self._shapes = find_shapes([root], self._costs)
        walk = _Walk(self._shapes, self._costs)
        walk.visit(root)
        self._uses = walk.uses
        self._shared = walk.shared()
        self._labels: dict[Node, str] = {}
        self._defaults = self._constants = self._absences = False
        self._names = self._name_shapes()
        self._pieces: list[str] = []
        self._put = self._pieces.append

    def text(self) -> str:
        """Declarations of the shapes that several places use, then the tree."""
        for shape, name in self._names.items():
            self._put(f"#{name}=")
            self._declare(shape)
            self._put("\n")
        self._value(self._root, LINE, None)
        return "".join(self._pieces)

    def legend(self) -> str:
        """What the reader must know of the signs that were used."""
        known = (
            (self._defaults, "blank = column's default"),
            (self._constants, ".x=1: is 1 unless the row says .x="),
            (self._absences, "~ = absent"),
            (bool(self._labels), "*1 = copy of &1"),
        )
        return ", ".join(words for used, words in known if used)

    def _name_shapes(self) -> dict[int, str]:
        taken: Counter[str] = Counter()
        names: dict[int, str] = {}
        for shape in self._shapes.order:
            uses = self._uses.get(shape, set())
            if not uses or (len(uses) == 1 and None not in uses):
                continue
            name = "".join(c for c in self._shapes.names[shape] if c.isalnum() or c == "_") or "row"
            taken[name] += 1
            names[shape] = name if taken[name] == 1 else f"{name}.{taken[name]}"
        return names

    def _declare(self, shape: int) -> None:
        separator = "("
        for column in self._shapes.columns[shape]:
            self._put(separator if column.positional else f"{separator}.")
            self._constants |= not column.positional
            separator = ","
            self._put(self._speller.name(column.key))
            if column.text:
                self._put(":str")
            if column.child is not None:
                if column.child in self._names:
                    self._put(f"(#{self._names[column.child]})")
                else:
                    self._declare(column.child)
            if column.base:
                self._defaults |= column.positional
                self._put(
                    f"={self._speller.name(column.base)}+{self._speller.quoted(column.suffix)}"
                )
            elif column.default is not None and (column.positional or column.default != ABSENT):
                self._put("=")
                self._defaults |= column.positional
                if column.default != '""':
                    self._cell(column.default, FLOW, column)
        self._put(")")

    def _value(self, node: Node, place: int, expected: int | None, *, text: bool = False) -> None:
        label = self._label(node)
        if label:
            self._put(label if label[0] == "*" else f"{label} ")
            if label[0] == "*":
                return
        if isinstance(node, str):
            is_line = place == LINE and is_note(node)
            spelled = self._speller.note(node) if is_line else None
            self._put(spelled or self._speller.spell(node, place, text=text))
        elif isinstance(node, Array):
            self._array(node, place, expected)
        else:
            self._object(node, place, expected)

    def _object(self, node: Object, place: int, expected: int | None) -> None:
        shape = self._shapes.shape_of(node)
        if shape is not None:
            self._put("(" if shape == expected else f"#{self._names[shape]}(")
            self._row(node, shape, FLOW)
            self._put(")")
            return
        if is_embedded(node):
            self._put(f"!{node.keys[0]} ")
            self._value(node.values[0], place, expected)
            return
        inner, opening, separator, closing = FLOW, "{", ",", "}"
        if place == LINE and self._costs.of(node) >= _LONG:
            inner, opening, separator, closing = LINE, "{\n", "\n", "\n}"
        expected = None
        for key, value in zip(node.keys, node.values, strict=True):
            self._put(f"{opening}{self._speller.name(key)}:")
            opening = separator
            self._value(value, inner, expected)
            expected = self._next_expected(value, expected)
        self._put(closing if node.keys else "{}")

    def _next_expected(self, value: Node, expected: int | None) -> int | None:
        shape = self._shapes.shape_of(value)
        return expected if shape is None else shape

    def _array(self, node: Array, place: int, expected: int | None) -> None:
        rows = row_shape(node, self._shapes, self._costs)
        if rows is not None:
            self._rows(node, rows, expected)
            return
        if is_grid(node):
            self._grid(node)
            return
        inner, opening, separator, closing = FLOW, "[", ",", "]"
        if place == LINE and self._costs.of(node) >= _LONG:
            inner, opening = LINE, f"[{len(node.items)} items\n"
            separator, closing = "\n", "\n]"
        for item in node.items:
            self._put(opening)
            opening = separator
            self._value(item, inner, expected)
            expected = self._next_expected(item, expected)
        self._put(closing if node.items else "[]")

    def _rows(self, node: Array, shape: int, expected: int | None) -> None:
        self._put("[")
        if shape != expected:
            self._put(f"{len(data_of(node))} rows")
            if shape in self._names:
                self._put(f"#{self._names[shape]}")
            else:
                self._declare(shape)
        for item in self._on_lines(node):
            if isinstance(item, Object):
                self._row(item, shape, ROW)

    def _grid(self, node: Array) -> None:
        self._put(f"[{len(data_of(node))} lists")
        for item in self._on_lines(node):
            for number, cell in enumerate(item.items if isinstance(item, Array) else ()):
                self._put("," if number else "")
                if cell != '""':
                    self._value(cell, ROW, None)

    def _on_lines(self, node: Array) -> Iterator[Node]:
        """The items that are to be written, each at the end of a line that was begun for it."""
        for item in node.items:
            self._put("\n")
            if isinstance(item, str):
                self._put(self._speller.note(item))
                continue
            label = self._label(item)
            if label:
                self._put(f"{label}:" if label.startswith("*") else f"{label}: ")
            if not label.startswith("*"):
                yield item
        self._put("\n]")

    def _label(self, node: Node) -> str:
        """`&1` before what is called 1 from here on, `*1` instead of it, else nothing."""
        if node not in self._shared:
            return ""
        label = self._labels.get(node)
        if label is not None:
            return f"*{label}"
        self._labels[node] = label = str(len(self._labels) + 1)
        return f"&{label}"

    def _row(self, node: Object, shape: int, place: int) -> None:
        commas = position = 0
        columns = self._shapes.columns[shape]
        cells = self._shapes.cells(node)
        named: list[tuple[Column, Node]] = []
        empty = True
        for column, value in zip(columns, cells, strict=True):
            if not column.positional:
                if value != column.default:
                    named.append((column, value))
                continue
            if value != ('""' if column.default is None else column.default):
                self._put("," * (position - commas))
                commas = position
                empty = False
                self._cell(value, place, column)
            position += 1
        for column, value in named:
            self._put(f"{'' if empty else ','}.{self._speller.name(column.key)}=")
            empty = False
            self._cell(value, place, column)

    def _cell(self, value: Node, place: int, column: Column) -> None:
        if value == ABSENT:
            self._absences = True
            self._put(ABSENT)
        else:
            self._value(value, place, column.child, text=column.text)
