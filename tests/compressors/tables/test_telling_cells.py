from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.telling_cells import FIRST_ROWS, judged, number_of, numbers_of

ROWS = [(f"item-{n}", "ok", str(n * n % 97), "north" if n < 60 else "south") for n in range(120)]


def with_cell(row: int, column: int, cell: str) -> list[tuple[str, ...]]:
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = cell
    return [tuple(cells) for cells in rows]


def test_the_ends_must_stay() -> None:
    assert {0, 1, 2, 118, 119} <= judged(ROWS, ()).must


def test_a_row_that_failed_must_stay() -> None:
    assert 70 in judged(with_cell(70, 1, "failed"), ()).must


def test_where_most_rows_failed_some_of_each_kind_stay() -> None:
    rows = [(str(n), "timed out" if n % 2 else "refused") for n in range(200)]

    assert len(judged(rows, ()).must) < 15


@pytest.mark.parametrize(
    ("row", "column", "cell"), [(33, 1, "odd"), (44, 2, "9000"), (45, 2, "-800"), (60, 3, "south")]
)
def test_rare_values_numbers_far_out_and_the_first_of_a_group_are_worth_their_room(
    row: int, column: int, cell: str
) -> None:
    verdict = judged(with_cell(row, column, cell), ())

    assert verdict.worth[row] > 1
    assert verdict.worth[20] == 0


def test_a_jump_in_a_series_is_worth_its_room() -> None:
    rows = [(str(n), f"{100 + n % 3 + (300 if n > 70 else 0)}") for n in range(140)]

    verdict = judged(rows, ())

    assert verdict.worth[71] > 1
    assert verdict.worth[80] == 0


def test_the_row_that_was_asked_for_must_stay() -> None:
    asked = {"what", "is", "the", "state", "of", "item-71", "ok", "north"}

    verdict = judged(ROWS, asked)

    assert 71 in verdict.must
    assert 72 not in verdict.must


def test_a_name_counts_more_than_many_small_words() -> None:
    rows = [(f"unit-{n}.service", "the unit for it" if n in (5, 6) else "x") for n in range(90)]

    assert 77 in judged(rows, {"the", "for", "it", "unit", "unit-77.service"}).must


def test_what_is_mentioned_in_many_rows_is_worth_a_little() -> None:
    rows = [(str(n), "payments" if n % 3 == 0 else "shop", str(n * 7 % 50)) for n in range(90)]

    verdict = judged(rows, {"payments"})

    assert verdict.worth[30] > verdict.worth[31]


def test_a_row_that_repeats_the_one_above_tells_nothing() -> None:
    rows = [*ROWS[:30], *[("failed", "", "", "")] * 400]

    verdict = judged(rows, ())

    assert 30 in verdict.must
    assert not verdict.must & set(range(31, 430))


def test_numbers_are_read_with_their_units() -> None:
    assert [number_of(cell) for cell in ("1,250", '"7"', "-3.5%", "512Mi")] == [1250, 7, -3.5, 512]
    assert [number_of(cell) for cell in ("", "nan", "x1", "1/2")] == [None] * 4
    assert numbers_of(["1", "x", "y"]) == []
    assert numbers_of(["1", "", "3"]) == [(1.0, 0), (3.0, 2)]


@given(
    st.lists(st.tuples(st.text(max_size=5), st.sampled_from(["1", "2", "error", ""])), min_size=1),
    st.frozensets(st.text(max_size=3)),
)
def test_any_rows_are_judged(rows: list[tuple[str, ...]], asked: frozenset[str]) -> None:
    verdict = judged(rows, asked)

    assert len(verdict.worth) == len(rows)
    assert set(range(min(FIRST_ROWS, len({*rows}), 1))) <= verdict.must
    assert verdict.must <= set(range(len(rows)))
