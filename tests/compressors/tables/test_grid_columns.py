from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.grid import Cells
from headroom.compressors.tables.grid_columns import find, find_ruled, is_ruled, may_be_heads, named

PODS = """\
NAME        READY   STATUS             AGE
web-6d4cf   1/1     Running            5d
web-8xkqp   1/1     Running            5d
api-2xjvl   0/1     CrashLoopBackOff   12d
job-77abc   0/1     Completed          3h
"""
DISKS = """\
Filesystem     Size  Used Avail Use% Mounted on
udev           7.8G     0  7.8G   0% /dev
/dev/sda2      468G  391G   54G  88% /
tmpfs          7.8G  120M  7.7G   2% /dev/shm
/dev/sda1      511M  6.1M  505M   2% /boot/efi
"""
FRAME = """\
    name  score  age
0    ada   91.5   23
1  grace   88.0   31
2   alan   75.2   44
3    ken    9.0   28
"""
PACKAGES = """\
Package    Version
---------- -------
attrs      23.2.0
hypothesis 6.100.1
pluggy     1.5.0
"""


def test_columns_that_begin_at_their_heads() -> None:
    grid = find(PODS.split("\n"), 0)

    assert grid is not None
    assert grid.rows[3] == ("api-2xjvl", "0/1", "CrashLoopBackOff", "12d")
    assert grid.layout.spec(grid.rows) == "columns 3 apart"


def test_columns_of_numbers_end_at_their_heads() -> None:
    grid = find(DISKS.split("\n"), 0)

    assert grid is not None
    assert grid.rows[0][-1] == "Mounted on"
    assert grid.rows[2] == ("/dev/sda2", "468G", "391G", "54G", "88%", "/")


def test_data_frames_have_a_first_column_without_a_head() -> None:
    grid = find(FRAME.split("\n"), 0)

    assert grid is not None
    assert grid.rows[:2] == [("", "name", "score", "age"), ("0", "ada", "91.5", "23")]


def test_columns_that_are_underlined() -> None:
    grid = find_ruled(PACKAGES.split("\n"), 1)

    assert grid is not None
    assert grid.rows[1] == ("attrs", "23.2.0")
    assert grid.layout.rule(1) == "---------- -------"
    assert grid.layout.spec(grid.rows) == "columns 1 apart"


def test_cells_that_run_into_one_another_are_no_row() -> None:
    wide = "a-much-longer-name-than-all 1/1 Running 5d"
    lines = [*PODS.splitlines(), *PODS.splitlines()[1:], wide, PODS.splitlines()[1]]

    grid = find(lines, 0)

    assert grid is not None
    assert [record.cells is None for record in grid.records] == [False] * 9 + [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "int    a;     first\nint    b;     second\nchar   cc;    third\nchar   dd;    fourth\n",
        "alpha   beta   gamma\nwe      went   there\nand     saw    them\nyes     we     did\n",
        "-rw-r--r-- 1 me me   12 Nov 21 10:00 a\n" * 6,
        "total  of  words\n",
        "import os\nimport re\nimport sys\nimport json\nimport time\n",
    ],
)
def test_code_and_words_are_no_columns(text: str) -> None:
    lines = text.split("\n")

    assert not may_be_heads(lines[0]) or find(lines, 0) is None


def test_lines_that_cannot_be_heads() -> None:
    assert may_be_heads("NAME   READY   STATUS")
    assert may_be_heads("Filesystem     1K-blocks  Used Mounted on")
    assert not may_be_heads("12     13      14")
    assert not may_be_heads("one word")
    assert not may_be_heads("A   B   " * 200)
    assert is_ruled("----- ---")
    assert not is_ruled("---------")


CELLS = st.text("abé7.", min_size=1, max_size=6)


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=4, max_size=9),
    st.integers(1, 4),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from(["", "   "]),
)
def test_any_aligned_cells_come_apart_and_together(
    rows: Sequence[Cells], gap: int, rights: tuple[bool, ...], ending: str
) -> None:
    heads = ("NAME", "FIRST", "SECOND")
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(3)]
    lines = [
        (" " * gap)
        .join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, rights, strict=True)
        )
        .rstrip()
        + ending
        for row in [heads, *rows]
    ]

    grid = find(lines, 0)

    if grid is None:
        return
    again = named(grid.layout.spec(grid.rows), grid.rows)
    assert again is not None
    for line, record in zip(lines, grid.records, strict=False):
        if record.cells is not None:
            assert again.line(record.cells, is_head=False) == line


def test_names_that_mean_nothing_are_refused() -> None:
    assert named("columns everywhere", []) is None
