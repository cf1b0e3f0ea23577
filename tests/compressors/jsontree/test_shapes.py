"""What objects have in common."""

from __future__ import annotations

import json

from headroom.compressors.jsontree.shapes import ABSENT, EXTENDED, Costs, Shapes, find_shapes
from headroom.compressors.jsontree.text import Forest


def shapes_of(value: object) -> Shapes:
    root = Forest().parse(json.dumps(value))
    assert root is not None
    return find_shapes([root], Costs())


def test_objects_with_nearly_the_same_keys_share_a_shape() -> None:
    shapes = shapes_of([{"a": 1, "b": 2, "d": 3}, {"a": 1, "b": 2, "c": 9, "d": 3}])

    assert [[column.key for column in columns] for columns in shapes.columns] == [
        ['"a"', '"b"', '"c"', '"d"']
    ]


def test_objects_whose_keys_come_in_another_order_do_not() -> None:
    shapes = shapes_of([{"a": n, "b": 2} for n in range(3)] + [{"b": n, "a": 2} for n in range(3)])

    assert len(shapes.columns) == 2


def test_a_single_object_has_no_shape() -> None:
    assert shapes_of({"a": 1, "b": {"c": 2}}).columns == ()


def test_what_all_rows_share_is_left_out_and_what_most_share_is_blank() -> None:
    rows = [
        {"id": n, "kind": "parcel", "state": "late" if n % 3 == 1 else "on time"} for n in range(9)
    ]

    number, kind, state = shapes_of(rows).columns[0]

    assert (number.default, number.positional) == (None, True)
    assert (kind.default, kind.positional) == ('"parcel"', False)
    assert (state.default, state.positional) == ('"on time"', True)


def test_a_rare_key_is_absent_by_default() -> None:
    rows = [{"id": n, "kind": "x"} | ({"note": "late"} if n == 4 else {}) for n in range(9)]

    note = shapes_of(rows).columns[0][2]

    assert (note.default, note.positional) == (ABSENT, False)


def test_digits_in_strings_make_a_text_column() -> None:
    rows = [{"id": str(n), "size": n} for n in range(4)]

    number, size = shapes_of(rows).columns[0]

    assert (number.text, size.text) == (True, False)


def test_links_that_extend_another_link_of_their_row_say_so() -> None:
    rows = [
        {
            "url": f"https://example.org/users/{name}",
            "pets_url": f"https://example.org/users/{name}/pets",
        }
        for name in ("ada", "jon", "mia", "zoe")
    ]

    url, pets = shapes_of(rows).columns[0]

    assert url.default is None
    assert (pets.default, pets.base, pets.suffix) == (EXTENDED, '"url"', "/pets")
