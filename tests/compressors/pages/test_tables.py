from __future__ import annotations

import pytest

from headroom.compressors.pages.tables import (
    is_data,
    layout_tables,
    rows_of,
    span_of,
    width_of,
)
from headroom.compressors.pages.tree import Element, read_page


def tables(html: str) -> list[Element]:
    page = read_page(html)
    assert page is not None
    return [one for one in page.elements() if one.tag == "table"]


def holds_data(html: str) -> bool:
    table = tables(html)[0]
    return is_data(table, list(rows_of(table)))


def test_rows_are_found_in_all_parts_of_a_table() -> None:
    (table,) = tables(
        "<table><thead><tr><th>a<th>b</thead><tr><td>1<td>2<tfoot><tr><td>3<td>4</table>"
    )

    assert [["".join(cell.texts()) for cell in row] for row in rows_of(table)] == [
        ["a", "b"],
        ["1", "2"],
        ["3", "4"],
    ]


def test_rows_of_short_cells_are_data() -> None:
    assert holds_data("<table><tr><td>a<td>b<tr><td>c<td>d</table>")


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>one row<td>only</table>",
        "<table><tr><td>one<tr><td>column<tr><td>only</table>",
        "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>",
        f"<table><tr><td>a<td>{'a whole article ' * 60}<tr><td>c<td>d</table>",
    ],
)
def test_other_tables_serve_the_layout(html: str) -> None:
    assert not holds_data(html)


def test_a_table_that_holds_another_or_a_heading_serves_the_layout() -> None:
    outer, inner = tables("<table><tr><td><table><tr><td>a</table></table>")
    (heading,) = tables("<table><tr><td><h2>a</h2></table>")

    assert layout_tables(Element("", children=[outer, heading])) == {id(outer), id(heading)}
    assert id(inner) not in layout_tables(outer)


def test_a_cell_counts_for_the_columns_that_it_goes_over() -> None:
    row = [Element("td", {"colspan": "2"}), Element("td"), Element("td", {"colspan": "9999"})]

    assert [span_of(cell) for cell in row] == [2, 1, 1]
    assert width_of(row) == 4
