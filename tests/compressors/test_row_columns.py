from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_text import Array, Forest
from headroom.compressors.row_columns import MOST_COLUMNS, Column, columns_of


def columns(rows: list[Any]) -> dict[str, Column]:
    root = Forest().parse(json.dumps(rows))
    assert isinstance(root, Array)
    return {column.name: column for column in columns_of(root.items)}


def test_rows_that_are_alike_have_a_column_for_each_key() -> None:
    found = columns([{"id": n, "name": f"n{n}"} for n in range(3)])

    assert list(found) == ["id", "name"]
    assert list(found["name"].values) == ['"n0"', '"n1"', '"n2"']
    assert found["id"].numbers == [(0.0, 0), (1.0, 1), (2.0, 2)]


def test_nested_fields_are_named_by_their_path_and_lists_by_brackets() -> None:
    found = columns([{"a": {"b": 1}, "tags": ["x", "y"]}, {"a": {"b": 2}, "tags": []}])

    assert list(found["a.b"].values) == ["1", "2"]
    assert list(found["tags[]"].rows) == [0, 0]
    assert found["a.b"].fills
    assert not found["tags[]"].fills


def test_scalars_are_one_column_and_lists_have_one_for_each_place() -> None:
    assert list(columns([3, 4, 5])[""].values) == ["3", "4", "5"]
    assert list(columns([[1, "a"], [2, "b"]])["2."].values) == ['"a"', '"b"']


def test_quoted_numbers_are_numbers_where_all_are() -> None:
    assert [n for n, _ in columns([{"x": "1"}, {"x": "2.5"}])["x"].numbers] == [1.0, 2.5]
    assert columns([{"x": "1"}, {"x": "one"}])["x"].numbers == []


def test_numbers_beyond_what_a_float_holds_are_left_out() -> None:
    root = Forest().parse('[{"x":1e999},{"x":2}]')
    assert isinstance(root, Array)

    assert columns_of(root.items)[0].numbers == [(2.0, 1)]


def test_ever_new_fields_are_not_all_looked_at() -> None:
    assert len(columns([{f"k{n}": n} for n in range(2 * MOST_COLUMNS)])) <= MOST_COLUMNS
