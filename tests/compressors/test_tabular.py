from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.tables.grid_frames import FRAMES, Framed
from headroom.compressors.tabular import HEADER, Tabular
from tests.compressors.golden import cases, examples, is_shown, read
from tests.support.at_length import at_length

TABULAR = Tabular()
CSV = Origin(command="cat towns.csv")
NOWHERE = Origin()

PLAIN = ("", "7", "12.500000", "Oslo", "Mo i Rana", "N/A", "2026-03-01", "2026-03-02", "town")
ODD = (
    "[x]",
    "\\y",
    "---",
    "z (×2)",
    "a = b",
    "w [state = x]",
    "/a/b/c/d/e",
    "/a/b/c/d/f",
    '"',
    "é…",
)
CELL = st.sampled_from([*PLAIN, *ODD])
STEADY = st.sampled_from(["Running", "Running", "Running", "Running", "failed", "N/A"])
ROWS = st.lists(st.tuples(CELL, STEADY, CELL), min_size=8, max_size=40).flatmap(
    lambda rows: st.sampled_from(
        [
            rows,
            sorted(rows),
            [x for x in rows for _ in range(3)],
            [("town", "state", "note"), *rows],
        ]
    )
)
LINES_BETWEEN = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(["[… lines 3-9 left out]", "odd", "---", "+--+"])
    ),
    max_size=3,
)


def comma_separated(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [",".join(row) for row in [("town", "state", "note"), *rows]]


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    rows = [("TOWN", "STATE", "NOTE"), *rows]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    return [
        "   ".join(x.ljust(width) for x, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def framed(rows: Sequence[tuple[str, ...]], frame: int) -> list[str]:
    rows = [("town", "state", "note"), *rows]
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(3)]
    layout = Framed(FRAMES[frame], widths, (False, False, True), FRAMES[frame].heads)
    drawn = [layout.rule(place) for place in range(3)]
    head, *body = [layout.line(row, is_head=not at) for at, row in enumerate(rows)]
    return [line for line in [drawn[0], head, drawn[1], *body, drawn[2]] if line]


TABLES = st.one_of(
    ROWS.map(comma_separated),
    ROWS.map(aligned),
    st.builds(framed, ROWS, st.integers(0, len(FRAMES) - 1)),
)


def comes_back(text: str, origin: Origin = NOWHERE) -> str | None:
    encoded = TABULAR.encode(text, origin)
    assert encoded is None or TABULAR.decode(encoded) == text
    return encoded


@pytest.mark.parametrize("case", cases("tabular"), ids=lambda case: case.stem)
def test_tables_look_as_reviewed(case: Path) -> None:
    text = read(case)

    encoded = TABULAR.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert TABULAR.decode(encoded) == text


@settings(deadline=None, max_examples=at_length(300))
@given(
    TABLES, LINES_BETWEEN, st.sampled_from(["\n", "\n", "\r\n"]), st.sampled_from([Origin(), CSV])
)
def test_tables_come_back_to_the_byte(
    lines: list[str], between: list[tuple[int, str]], ending: str, origin: Origin
) -> None:
    for place, line in between:
        lines = [*lines[:place], line, *lines[place:]]

    comes_back(ending.join(lines) + ending, origin)


@settings(deadline=None, max_examples=at_length(80))
@given(
    st.lists(TABLES, min_size=2, max_size=3), st.sampled_from(["", "Text.", "[table of 3", "\\"])
)
def test_texts_with_tables_come_back_to_the_byte(tables: list[list[str]], word: str) -> None:
    comes_back("\n".join([word, *(f"{line}\n" * 2 for table in tables for line in ("", *table))]))
    comes_back("\n\n".join([word, *("\n".join(table) for table in tables)]))


def test_tables_that_lost_rows_are_written_shorter_too() -> None:
    head = [" id  | name           | pieces    ", "-----+----------------+-----------"]
    padded = [f" {n:3d} | item number {n:<2d} | {n * 7 % 50:9d}" for n in range(30)]
    gap = "[… lines 9-90 left out]"

    encoded = comes_back("\n".join([*head, *padded[:9], gap, *padded[9:], "(30 rows)"]))

    assert encoded is not None
    assert gap in encoded.split("\n")
    assert "7,item number 7,49" in encoded.split("\n")


def test_wide_tables_come_back_and_the_widest_are_left_alone() -> None:
    for columns in (399, 402):
        heads = ",".join(f"c{n}" for n in range(columns))
        row = ",".join("steady value" if n % 2 else "" for n in range(columns - 1))
        text = "\n".join([heads, *(f"{row},{n * n}" for n in range(40))])

        assert (comes_back(text, CSV) is None) == (columns == 402)


def test_a_text_without_tables_is_left_alone() -> None:
    assert TABULAR.encode("Words, words, words.\n" * 40, Origin()) is None


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("", "header line"),
        ("a,b\n1,2", "header line"),
        ("[table of 3 lines: comma-separated]\na,b", "cut after 1"),
        ("[table of 2 lines: wooden borders]\na\nb", "no layout"),
        ("[table of 3 lines: comma-separated]\na,b\n1,2,3\n4,5", "cells of 2 columns"),
        ("[table of 3 lines: comma-separated]\na,b\n[c = 7]\n1,2", "names no column"),
        ("[table of 2 lines: comma-separated]\na,b\n1,2 (×9)", "room for 1"),
        ('[table of 2 lines: comma-separated]\na,b\n1,"2', "no row"),
        ("[table of 2 lines: comma-separated; every row: 9 x = y]\na,b\n1,2", "cells of"),
        ("[table of 2 lines: commas for psql borders of widths 1]\na,b\n1,2", "fit 2 columns"),
        ("[table of 2 lines: commas for psql borders]\n\\a\n\\b", "fit 0 columns"),
        ("[table of 2 lines: commas for columns at 0]\na,b\n1,2", "fit 2 columns"),
    ],
)
def test_what_is_not_ours_is_refused(encoded: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        TABULAR.decode(encoded)


def test_a_header_alone_is_an_empty_text() -> None:
    assert TABULAR.decode(f"{HEADER}\n") == ""


def test_every_example_on_the_page_is_a_golden_file() -> None:
    shown = examples("tabular")

    assert shown
    assert sum(is_shown(case, shown) for case in cases("tabular")) * 2 == len(shown)
