from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.compressors.json_sizes import Sizes, is_grid, is_table
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Forest, Node
from headroom.compressors.table_writer import write_table


def parsed(document: Any) -> Array:
    root = Forest().parse(json.dumps(document))
    assert isinstance(root, Array)
    return root


USER = {"login": "ada", "url": "https://example.org/ada", "site": "north quay", "admin": False}


@pytest.mark.parametrize(
    "document",
    [
        [{"id": n, "state": "open", "title": f"title {n}"} for n in range(80)],
        [{"id": n, "user": USER, "text": f"something about {n}"} for n in range(80)],
        [[n, n * n, "x"] for n in range(80)],
        [{"id": n, "parts": [{"n": k, "of": n} for k in range(9)]} for n in range(20)],
    ],
)
def test_a_size_is_about_what_the_table_takes(document: Any) -> None:
    root = parsed(document)

    written, _ = write_table(root, Style())

    sizes = Sizes(root)
    assert 0.8 < (sizes.of(root) + sizes.declared()) / len(written) < 1.2


def test_a_usual_value_and_a_copy_count_for_little() -> None:
    root = parsed([{"id": n, "state": "open", "user": USER} for n in range(50)])
    sizes = Sizes(root)
    row = root.items[7]
    assert not isinstance(row, (str, Array))

    assert sizes.cells(row)[1] <= 1
    assert sizes.cells(row)[2] < 10
    assert sizes.alone(row.values[2]) > 60


def test_the_least_is_never_more_than_the_whole_and_small_for_long_parts() -> None:
    root = parsed(
        [{"id": n, "text": f"{n} " * 200, "list": list(range(n, n + 90))} for n in range(9)]
    )
    sizes = Sizes(root)

    assert sizes.least(root.items[3]) < 300 < sizes.of(root.items[3])
    assert sizes.least(root) < sizes.of(root)


def test_keys_are_counted_over_all_objects() -> None:
    root = parsed([{"id": n, "x": {"id": n}} for n in range(5)])

    assert Sizes(root).names == {'"id"': 10, '"x"': 5}


def test_tables_are_long_arrays_and_maps_not_records() -> None:
    def first(document: Any) -> Node:
        return parsed([document]).items[0]

    def table(document: Any) -> bool:
        node = first(document)
        assert not isinstance(node, str)
        return is_table(node)

    assert table([{"a": 1}] * 9)
    assert table(list(range(20)))
    assert table({f"k{n}": {"on": True} for n in range(40)})
    assert not table(list(range(10)))
    assert not table([{"a": 1}] * 3)
    assert not table({f"k{n}": n if n % 2 else {"on": n} for n in range(40)})


def test_a_grid_has_as_many_scalars_in_each_list() -> None:
    assert is_grid(parsed([[1, 2], [3, 4]]).items)
    assert not is_grid(parsed([[1, 2], [3]]).items)
    assert not is_grid(parsed([[1, [2]], [3, [4]]]).items)
