from __future__ import annotations

import pytest

from headroom.compressors.tables.grid import (
    Grid,
    Record,
    block_from,
    is_drawn,
    is_no_row,
    is_number,
    table,
)
from headroom.compressors.tables.grid_delimited import Delimited


@pytest.mark.parametrize("cell", ["7", "-7.25", "1,250", "$3.50", "88%", "512Mi", "1e-9", "3 GB"])
def test_a_number_may_have_a_sign_and_a_unit(cell: str) -> None:
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "x7", "1/2", "1.2.3", "10:30", "7 (2m ago)", "2026-03-01"])
def test_dates_versions_and_words_are_no_numbers(cell: str) -> None:
    assert not is_number(cell)


def test_lines_that_are_drawn_hold_nothing_else() -> None:
    assert all(map(is_drawn, ["-----", "--- ==", "|---|:--:|", "+----+"]))
    assert not any(map(is_drawn, ["", " ", "-", "a--", "[… lines 2-9 left out]"]))
    assert is_no_row("[… lines 2-9 left out]")


def test_a_block_ends_at_an_empty_line() -> None:
    assert block_from(["a", "b", "c", " ", "d"], 1) == ["b", "c"]


def test_what_follows_the_last_row_is_not_of_the_table() -> None:
    layout = Delimited(",")
    block = ["1,2", "odd one", "3,4", "5,6", "7,8", "9,9", "the end"]
    rows = [layout.cells(line) if "," in line else None for line in block]

    grid = table(3, [Record(("a", "b"))], block, rows, layout)

    assert grid is not None
    assert (grid.first, grid.height) == (3, 7)
    assert grid.rows[-1] == ("9", "9")


def test_few_rows_are_no_table_and_neither_are_rows_among_other_lines() -> None:
    layout = Delimited(",")
    others = ["1,2", "x", "3,4", "y", "5,6", "z"]

    assert table(0, [], ["1,2", "3,4"], [("1", "2"), ("3", "4")], layout) is None
    assert (
        table(0, [], others, [layout.cells(x) if "," in x else None for x in others], layout)
        is None
    )


def test_a_row_of_more_lines_counts_all_of_them() -> None:
    grid = Grid(0, (Record(("a", "b")), Record(("1", "two lines"), 2)), Delimited(","))

    assert grid.height == 3
    assert grid.records[1].on_one_line is None
    assert grid.rows == [("a", "b"), ("1", "two lines")]
