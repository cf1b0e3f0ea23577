from __future__ import annotations

from headroom.compressors.jsontree.row_columns import Column
from headroom.compressors.jsontree.row_signs import (
    first_of_runs,
    level_changes,
    rare_values,
)


def column(*values: str) -> Column:
    return Column("x", values, range(len(values)))


def series(*parts: tuple[float, int]) -> list[tuple[float, int]]:
    """So many times about each value, a little up and down."""
    values = [value + (n % 3) for value, times in parts for n in range(times)]
    return [(value, row) for row, value in enumerate(values)]


def test_a_value_is_rare_where_there_are_few_kinds_and_hardly_any_of_this_one() -> None:
    assert rare_values(column(*["a"] * 60, "b", *["c"] * 39), 100, most=2) == {"b": 1}
    assert rare_values(column(*map(str, range(100))), 100, most=2) == {}
    assert rare_values(column(*["a"] * 100), 100, most=2) == {}


def test_a_level_changes_where_a_series_jumps_and_stays() -> None:
    assert level_changes(series((20, 40), (120, 30), (20, 30))) == [40, 70]


def test_noise_a_slope_and_a_single_peak_are_no_change_of_level() -> None:
    peak = series((20, 60))
    peak[30] = (5_000.0, 30)

    assert level_changes(series((20, 100))) == []
    assert level_changes([(float(n), n) for n in range(100)]) == []
    assert level_changes(peak) == []


def test_a_jump_is_seen_beside_a_peak() -> None:
    values = series((20, 40), (120, 40))
    values[10] = (90_000.0, 10)

    assert level_changes(values) == [40]


def test_a_short_series_has_no_levels() -> None:
    assert level_changes(series((20, 5), (90, 5))) == []


def test_the_rows_in_which_another_value_begins_where_each_stands_in_one_run() -> None:
    assert list(first_of_runs(column(*["a"] * 10, *["b"] * 10), 20)) == [10]
    assert list(first_of_runs(column(*["a", "b"] * 10), 20)) == []
