from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.tables.grid_delimited import Delimited, find, named

CSV = Origin(command="cat data/towns.csv")
CELLS = st.sampled_from(["", "7", "Oslo", '"a, b"', '"say ""x"""', " ", "é", "#"])


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1), st.sampled_from(",;|\t"))
def test_cells_come_apart_and_together_with_their_quotes(
    rows: list[list[str]], separator: str
) -> None:
    layout = Delimited(separator)

    for row in rows:
        if separator != "," or '"a, b"' not in row:
            assert layout.cells(layout.line(tuple(row), is_head=False)) == tuple(row)


def test_a_comma_in_quotes_parts_nothing() -> None:
    layout = Delimited(",")

    assert layout.cells('1,"Bodø, north",') == ("1", '"Bodø, north"', "")
    assert layout.cells('1,Bodø "north",2') is None


def test_a_table_is_known_by_its_heads() -> None:
    lines = ["id,town,rain", *(f"{n},Oslo,{n / 8}" for n in range(20))]

    grid = find(lines, Origin())

    assert grid is not None
    assert grid.has_heads
    assert grid.rows[1] == ("0", "Oslo", "0.0")
    assert grid.layout.spec(grid.rows) == "comma-separated"


def test_a_file_that_is_named_so_needs_neither_heads_nor_many_columns() -> None:
    lines = [f"{n}\t{n * n}" for n in range(20)]

    grid = find(lines, Origin(path="squares.tsv"))

    assert grid is not None
    assert not grid.has_heads
    assert find(lines, Origin()) is None


def test_a_command_that_prints_rows_says_so_too() -> None:
    lines = [f"OPEN\tFix the {n}th bug\tfix-{n}\tabout {n} hours ago" for n in range(20)]

    assert find(lines, Origin(command="gh pr list --limit 20")) is not None
    assert find(lines, Origin(command="cat notes.txt")) is None


def test_rows_with_line_breaks_in_quotes_are_one_row() -> None:
    lines = ["id,remark", "1,x", '2,"first', 'second, third"', "3,y", "4,z", "5,w", "6,v"]

    grid = find(lines, CSV)

    assert grid is not None
    assert [record.height for record in grid.records] == [1, 1, 2, 1, 1, 1, 1]
    assert grid.rows[2] == ("2", '"first second, third"')


def test_a_quote_that_stays_open_spoils_one_line() -> None:
    lines = ["id,remark", *(f"{n},x" for n in range(12)), '13,"open', "14,y", "15,z"]

    grid = find(lines, CSV)

    assert grid is not None
    assert [record.cells is None for record in grid.records].count(True) == 1


@pytest.mark.parametrize(
    "line",
    [
        "We saw it, we liked it, and we left.",
        "    1,2,3,4,5,",
        "x = f(a,b,c)",
        "2024-05-01 12:00:01,120 INFO done",
        "src/a.py:12:x,y,z",
        "one, two, three",
    ],
)
def test_lines_with_commas_are_no_table(line: str) -> None:
    assert find([line] * 20, Origin()) is None


def test_source_files_are_no_tables() -> None:
    lines = ["id,town,rain", *(f"{n},Oslo,{n / 8}" for n in range(20))]

    assert find(lines, Origin(path="src/towns.py")) is None


def test_layouts_are_found_by_their_names() -> None:
    layout = named("semicolon-separated")

    assert layout is not None
    assert layout.separator == ";"
    assert layout.rule(1) == ""
    assert named("dot-separated") is None
