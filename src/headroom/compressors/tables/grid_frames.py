"""Tables with drawn borders: psql, mysql, Markdown, boxes.

    | id | name  |        cells of one width per column, set left or right,
    +----+-------+        between edges; heads are set left or in the middle
    |  7 | Ada   |

Markdown as people write it has no widths, only bars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType

from headroom.compressors.tables.grid import (
    FULLEST,
    MOST_COLUMNS,
    Cells,
    Grid,
    Record,
    block_from,
    is_no_row,
    is_number,
    table,
)

FEWEST_COLUMNS = 2
SHARE_OF_ROWS = 0.9


@dataclass(frozen=True, slots=True)
class Edges:
    """What stands left of a row's cells, between them, and right of them."""

    left: str
    between: str
    right: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line: its ends, what it is drawn with, and what stands where columns meet.

    A blank left and right of each cell is drawn over too, save for *unpadded* ones at the left.
    """

    left: str
    fill: str
    joint: str
    right: str
    unpadded: int = 0

    def drawn(self, widths: Sequence[int]) -> str:
        """The line over columns of these widths."""
        inside = self.joint.join(self.fill * (width + 2) for width in widths)
        return f"{self.left}{inside[self.unpadded :]}{self.right}"

    def widths(self, line: str) -> tuple[int, ...] | None:
        """The widths of the columns, if this is such a line."""
        if not line.startswith(self.left + self.fill) or not line.endswith(self.fill + self.right):
            return None
        pieces = line[len(self.left) : len(line) - len(self.right)].split(self.joint)
        if len(pieces) > MOST_COLUMNS or any(piece.strip(self.fill) for piece in pieces):
            return None
        pieces[0] += self.fill * self.unpadded
        widths = tuple(len(piece) - 2 for piece in pieces)
        return widths if min(widths) > 0 else None


@dataclass(frozen=True, slots=True)
class Frame:
    """A way to draw borders.

    *rules* are those above the heads, below them, and at the end; *heads* are set as `str`
    formats them; *is_open*: the last cell of a row is not padded.
    """

    name: str
    row: Edges
    head: Edges
    rules: tuple[Rule | None, Rule, Rule | None]
    heads: str = "<"
    is_open: bool = False


_BARS = Edges("| ", " | ", " |")
_PLUS = Rule("+", "-", "+", "+")
_COVERAGE = Edges("", " | ", " ")
_DASHES = Rule("", "-", "|", "", unpadded=1)
_BOX = Edges("│ ", " │ ", " │")
_BOTTOM = Rule("└", "─", "┴", "┘")
FRAMES = (
    Frame("mysql", _BARS, _BARS, (_PLUS, _PLUS, _PLUS)),
    Frame(
        "psql",
        Edges(" ", " | ", ""),
        Edges(" ", " | ", " "),
        (None, Rule("", "-", "+", ""), None),
        heads="^",
        is_open=True,
    ),
    Frame(
        "box", _BOX, _BOX, (Rule("┌", "─", "┬", "┐"), Rule("├", "─", "┼", "┤"), _BOTTOM), heads="^"
    ),
    Frame(
        "rich",
        _BOX,
        Edges("┃ ", " ┃ ", " ┃"),
        (Rule("┏", "━", "┳", "┓"), Rule("┡", "━", "╇", "┩"), _BOTTOM),
    ),
    Frame("coverage", _COVERAGE, _COVERAGE, (_DASHES, _DASHES, _DASHES)),
    Frame("Markdown", _BARS, _BARS, (None, Rule("|", "-", "|", "|"), None)),
)
_BY_NAME = MappingProxyType({frame.name: frame for frame in FRAMES})
_ALIGNMENTS = MappingProxyType({"<": "left", "^": "centred"})
_BY_WORD = MappingProxyType({word: mark for mark, word in _ALIGNMENTS.items()})

_SPEC = re.compile(
    r"(mysql|psql|box|rich|coverage|Markdown) borders"
    r"(?: of widths ([0-9]{1,4}(?: [0-9]{1,4}){0,400}))?"
    r"(?:, set (left|right at [0-9]{1,3}(?: [0-9]{1,3}){0,400}))?(?:, heads (left|centred))?"
)
_BARRED = MappingProxyType(
    {
        "spaced bars": _BARS,
        "tight bars": Edges("|", "|", "|"),
        "inner bars": Edges("", " | ", ""),
    }
)
_MARKDOWN_RULE = re.compile(
    r"\|?(?: {0,4}:?-{1,400}:? {0,4}\|){1,400}(?: {0,4}:?-{1,400}:?)? {0,4}"
)


class Framed:
    """Cells of fixed widths between the edges of a frame."""

    separator = ""

    def __init__(
        self, frame: Frame, widths: Sequence[int], rights: Sequence[bool], heads: str
    ) -> None:
        marks = [">" if is_right else "<" for is_right in rights]
        self._frame = frame
        self._heads = heads
        self._widths = tuple(widths)
        self._rights = tuple(rights)
        self._strips = [str.lstrip if is_right else str.rstrip for is_right in rights]
        self._row = _format(frame.row, marks, widths, is_open=frame.is_open)
        self._head = _format(frame.head, [heads] * len(marks), widths, is_open=False)
        self._pieces = _pieces(frame.row, widths)
        self._head_pieces = _pieces(frame.head, widths)

    def cells(self, line: str) -> Cells | None:
        """The cells of a row; what is indented in a column stays so."""
        pieces = zip(self._strips, self._pieces(line), strict=True)
        cells = tuple([strip(piece, " ") for strip, piece in pieces])
        return cells if self._row(*cells) == line else None

    def heads(self, line: str) -> Cells | None:
        """The heads, stripped."""
        cells = tuple(map(str.strip, self._head_pieces(line)))
        return cells if self._head(*cells) == line else None

    def line(self, cells: Cells, *, is_head: bool) -> str:
        """The cells padded between the edges."""
        return self._head(*cells) if is_head else self._row(*cells)

    def rule(self, place: int) -> str:
        """The drawn line of this place."""
        rule = self._frame.rules[place]
        return rule.drawn(self._widths) if rule is not None else ""

    def spec(self, rows: Sequence[Cells]) -> str:
        """`psql borders`, with the widths where they are not those of the widest cells."""
        said = f"{self._frame.name} borders"
        if self._widths != _usual_widths(rows):
            said += f" of widths {' '.join(map(str, self._widths))}"
        if self._rights != _usual_rights(rows):
            rights = [str(at + 1) for at, is_right in enumerate(self._rights) if is_right]
            said += f", set {'right at ' + ' '.join(rights) if rights else 'left'}"
        is_usual = self._heads == self._frame.heads
        return said if is_usual else f"{said}, heads {_ALIGNMENTS[self._heads]}"


class Barred:
    """Cells between bars, not padded: Markdown as people write it."""

    separator = ""

    def __init__(self, name: str) -> None:
        self._name = name
        self._edges = _BARRED[name]

    def cells(self, line: str) -> Cells | None:
        """The cells between the bars."""
        edges = self._edges
        inside = line.removeprefix(edges.left).removesuffix(edges.right)
        cells = tuple(inside.split(edges.between))
        return cells if self.line(cells, is_head=False) == line else None

    def line(self, cells: Cells, *, is_head: bool) -> str:
        """The cells with bars."""
        return self._edges.left + self._edges.between.join(cells) + self._edges.right

    def rule(self, place: int) -> str:
        """Many ways to draw it: none is taken for usual."""
        return ""

    def spec(self, rows: Sequence[Cells]) -> str:
        """`spaced bars`."""
        return self._name


def named(spec: str, rows: Sequence[Cells]) -> Framed | Barred | None:
    """The layout that `spec` called so."""
    if spec in _BARRED:
        return Barred(spec)
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    frame = _BY_NAME[found[1]]
    widths = tuple(map(int, found[2].split())) if found[2] else _usual_widths(rows)
    rights = _usual_rights(rows)
    if found[3]:
        said = {int(word) for word in found[3].split() if word.isdecimal()}
        rights = tuple(at in said for at in range(1, len(widths) + 1))
    if not rows or len(widths) != len(rows[0]) or len(widths) < FEWEST_COLUMNS:
        raise ValueError(f"{spec!r} does not fit {len(rows and rows[0])} columns")
    return Framed(frame, widths, rights, _BY_WORD[found[4]] if found[4] else frame.heads)


def find(lines: Sequence[str], at: int) -> Grid | None:
    """The table whose first drawn line is line *at*, or None."""
    for frame in FRAMES:
        top, middle, _ = frame.rules
        heads = at - 1 if top is None else at + 1
        widths = (top or middle).widths(lines[at])
        if widths is None or heads < 0 or len(widths) < FEWEST_COLUMNS:
            continue
        if top is not None and middle.widths("".join(lines[at + 2 : at + 3])) != widths:
            continue
        grid = _framed(lines, min(at, heads), heads, frame, widths)
        if grid is not None:
            return grid
    if at and "|" in lines[at] and _MARKDOWN_RULE.fullmatch(lines[at]):
        return _barred(lines, at - 1)
    return None


def _framed(
    lines: Sequence[str], first: int, heads: int, frame: Frame, widths: Sequence[int]
) -> Grid | None:
    block = block_from(lines, heads + 2)
    if sum(map(len, block)) < FULLEST * sum(widths) * len(block):
        return None
    rights = _rights(block, frame, widths)
    for alignment in (frame.heads, *_ALIGNMENTS):
        layout = Framed(frame, widths, rights, alignment)
        named = layout.heads(lines[heads])
        if named is not None:
            above = [Record(None)] * (heads - first) + [Record(named), Record(None)]
            rows = [layout.cells(line) for line in block]
            return table(first, above, block, rows, layout)
    return None


def _barred(lines: Sequence[str], heads: int) -> Grid | None:
    for name in _BARRED:
        layout = Barred(name)
        named = layout.cells(lines[heads])
        if named is not None and len(named) >= FEWEST_COLUMNS:
            block = block_from(lines, heads + 2)
            rows = [layout.cells(line) for line in block]
            fitting = [row if row is not None and len(row) == len(named) else None for row in rows]
            return table(heads, [Record(named), Record(None)], block, fitting, layout)
    return None


def _rights(block: Sequence[str], frame: Frame, widths: Sequence[int]) -> tuple[bool, ...]:
    """Which columns are set to the right.

    Where all cells are equally wide, numbers are set as other numbers are.
    """
    decided: list[bool | None] = []
    numeric: list[bool] = []
    edges = frame.row
    lines = [line for line in block if line.startswith(edges.left) and not is_no_row(line)]
    rows = [line for line in lines if line.endswith(edges.right)]
    start = len(edges.left)
    for width in widths:
        cells = [line[start : start + width] for line in rows]
        filled = [cell for cell in cells if cell.strip(" ")]
        lefts = sum(cell[0] != " " for cell in filled)
        ends = sum(cell[-1] != " " for cell in filled if len(cell) == width)
        are_right = ends > lefts and ends >= SHARE_OF_ROWS * len(filled)
        decided.append(None if ends == lefts else are_right)
        numeric.append(sum(is_number(cell.strip()) for cell in filled) * 2 > len(filled))
        start += width + len(edges.between)
    pairs = list(zip(decided, numeric, strict=True))
    is_usual = (False, True) not in pairs
    return tuple((is_usual and number) if right is None else right for right, number in pairs)


def _format(
    edges: Edges, marks: Sequence[str], widths: Sequence[int], *, is_open: bool
) -> Callable[..., str]:
    cells = [f"{{:{mark}{width}}}" for mark, width in zip(marks, widths, strict=True)]
    if is_open and marks[-1] == "<":
        cells[-1] = "{}"
    return f"{edges.left}{edges.between.join(cells)}{edges.right}".format


def _pieces(edges: Edges, widths: Sequence[int]) -> Callable[[str], Sequence[str]]:
    """What takes the cells out of a line, with their padding; what is at edges is not checked."""
    slices: list[slice] = []
    start = len(edges.left)
    for width in widths:
        slices.append(slice(start, start + width))
        start += width + len(edges.between)
    slices[-1] = slice(slices[-1].start, -len(edges.right) or None)
    return itemgetter(*slices)


def _usual_widths(rows: Sequence[Cells]) -> tuple[int, ...]:
    return tuple(max(map(len, column)) for column in zip(*rows, strict=True))


def _usual_rights(rows: Sequence[Cells]) -> tuple[bool, ...]:
    return tuple(
        all(is_number(cell) for cell in column if cell) and any(column)
        for column in zip(*rows[1:], strict=True)
    )
