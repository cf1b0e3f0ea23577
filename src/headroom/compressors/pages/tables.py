"""Tables of a page: which of them hold data and which only serve the layout, and their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headroom.compressors.pages.tree import Element

LONGEST_CELL = 600
HEADINGS = tuple(f"h{level}" for level in range(1, 7))

_NO_DATA = frozenset({"form", *HEADINGS})
_PARTS = frozenset({"thead", "tbody", "tfoot"})


def layout_tables(page: Element) -> set[int]:
    """The `id` of each table that holds another, a form, a heading: it only serves the layout."""
    found: set[int] = set()
    waiting: list[tuple[Element, Element | None]] = [(page, None)]
    while waiting:
        element, table = waiting.pop()
        if table is not None and (element.tag == "table" or element.tag in _NO_DATA):
            found.add(id(table))
        inside = element if element.tag == "table" else table
        waiting += ((one, inside) for one in element.children if isinstance(one, Element))
    return found


def rows_of(table: Element) -> Iterator[list[Element]]:
    """The cells of each row."""
    for child in table.children:
        if not isinstance(child, Element):
            continue
        if child.tag == "tr":
            yield [one for one in child.children if isinstance(one, Element)]
        elif child.tag in _PARTS:
            yield from rows_of(child)


def is_data(table: Element, rows: Sequence[Sequence[Element]]) -> bool:
    """Whether these are rows of short cells, more than one to a row."""
    if table.attributes.get("role") in {"presentation", "none"} or len(rows) < 2:
        return False
    if sum(1 for row in rows if len(row) > 1) * 2 < len(rows):
        return False
    return all(sum(map(len, cell.texts())) <= LONGEST_CELL for row in rows for cell in row)


def width_of(row: Sequence[Element]) -> int:
    """How many columns a row goes over."""
    return sum(map(span_of, row))


def span_of(cell: Element) -> int:
    """How many columns a cell goes over."""
    span = cell.attributes.get("colspan", "1")
    return int(span) if span in {"2", "3", "4", "5", "6", "7", "8", "9"} else 1
