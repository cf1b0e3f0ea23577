from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.grid import Cells
from headroom.compressors.tables.grid_frames import FRAMES, Barred, Framed, Rule, find, named

ROWS: list[Cells] = [
    ("id", "town", "rain"),
    ("7", "Oslo", "0.5"),
    ("12", "Bodø", "12.75"),
    ("140", "", "3"),
    ("9", "Mo i Rana", "0"),
]
PSQL = """\
 id  |   town    | rain~
-----+-----------+-------
   7 | Oslo      |   0.5
  12 | Bodø      | 12.75
 140 |           |     3
   9 | Mo i Rana |     0
(4 rows)
""".replace("~", "  ")
MYSQL = """\
+-----+-----------+-------+
| id  | town      | rain  |
+-----+-----------+-------+
|   7 | Oslo      |   0.5 |
|  12 | Bodø      | 12.75 |
| 140 |           |     3 |
|   9 | Mo i Rana |     0 |
+-----+-----------+-------+
4 rows in set (0.00 sec)
"""
BOX = """\
┌─────┬───────────┬───────┐
│ id  │   town    │ rain  │
├─────┼───────────┼───────┤
│ 7   │ Oslo      │ 0.5   │
│ 12  │ Bodø      │ 12.75 │
│ 140 │           │ 3     │
│ 9   │ Mo i Rana │ 0     │
└─────┴───────────┴───────┘
"""
MARKDOWN = """\
| id  | town      |  rain |
|-----|-----------|-------|
| 7   | Oslo      |   0.5 |
| 12  | Bodø      | 12.75 |
| 140 |           |     3 |
| 9   | Mo i Rana |     0 |
"""
COVERAGE = """\
----------|---------|---------
File      | % Stmts | % Funcs~
----------|---------|---------
All files |     100 |      50~
 a.js     |      75 |      50~
 b.js     |     100 |        ~
""".replace("~", " ")


@pytest.mark.parametrize(
    ("text", "at", "spec"),
    [
        (PSQL, 1, "psql borders"),
        (MYSQL, 0, "mysql borders"),
        (BOX, 0, "box borders, set left"),
        (MARKDOWN.replace("|  rain", "| rain "), 1, "Markdown borders, set right at 3"),
    ],
)
def test_tables_of_sql_clients_come_apart_and_together(text: str, at: int, spec: str) -> None:
    lines = text.split("\n")

    grid = find(lines, at)

    assert grid is not None
    assert grid.rows == ROWS
    assert grid.layout.spec(grid.rows) == spec
    again = named(spec, grid.rows)
    assert again is not None
    written = [again.line(row, is_head=not number) for number, row in enumerate(grid.rows)]
    assert [line for line in lines if line in written] == written


def test_what_is_indented_in_a_cell_stays_so() -> None:
    grid = find(COVERAGE.split("\n"), 0)

    assert grid is not None
    assert grid.rows[2] == (" a.js", "75", "50")
    assert grid.layout.rule(0) == "----------|---------|---------"


@pytest.mark.parametrize(
    ("row", "rule", "name"),
    [
        ("| a | b |", "|---|:-:|", "spaced bars"),
        ("|a|b|", "|---|---|", "tight bars"),
        ("a | b", "--- | ---", "inner bars"),
    ],
)
def test_markdown_as_people_write_it(row: str, rule: str, name: str) -> None:
    lines = ["Text.", row, rule, *([row.replace("a", "a longer one")] * 4), "", row]

    grid = find(lines, 2)

    assert grid is not None
    assert (grid.first, grid.height) == (1, 6)
    assert grid.layout.spec(grid.rows) == name
    assert isinstance(named(name, []), Barred)


def test_rules_without_rows_are_no_table() -> None:
    assert find(["a", "---+---", "b"], 1) is None
    assert find(["+---+---+", "| a | b |", "+---+---+"], 0) is None
    assert find([" a | b ", "---+---", *["x"] * 9], 1) is None
    assert Rule("", "-", "+", "").widths("-+-") is None


@given(
    st.sampled_from([*FRAMES]),
    st.lists(
        st.tuples(*[st.text("ab é7.,|", max_size=6).map(str.strip)] * 3), min_size=4, max_size=9
    ),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from("<^"),
)
def test_any_cells_can_be_framed_and_found_again(
    frame: object, rows: Sequence[Cells], rights: tuple[bool, ...], heads: str
) -> None:
    chosen = next(one for one in FRAMES if one is frame)
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(3)]
    layout = Framed(chosen, widths, rights, heads)

    again = named(layout.spec(rows), rows)

    assert again is not None
    for number, row in enumerate(rows):
        line = layout.line(row, is_head=not number)
        assert again.line(row, is_head=not number) == line
        found = layout.heads(line) if not number else layout.cells(line)
        assert found is None or layout.line(found, is_head=not number) == line


def test_names_that_mean_nothing_are_refused() -> None:
    assert named("wooden borders", ROWS) is None
