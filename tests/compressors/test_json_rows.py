from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_needs import Needs
from headroom.compressors.json_rows import Choice, Rows, place, unit_of
from headroom.compressors.json_sizes import Sizes
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Forest
from headroom.compressors.row_choice import Room


def chosen(document: Any, room: int, *wanted: str) -> Rows:
    text = json.dumps(document)
    root = Forest().parse(text)
    assert isinstance(root, Array)
    sizes = Sizes(root)
    words = frozenset(wanted)
    marks = Marks(Style(), text, sizes.names, words)
    choice = Choice(sizes, marks, Needs(sizes, marks, 2_000), words)
    return choice.rows(root.items, (), Room(room, room, 2 * room))


def test_rows_stay_as_far_as_there_is_room_the_first_ones_and_the_last() -> None:
    rows = chosen([{"id": n, "text": f"this is row number {n}"} for n in range(100)], 400)

    assert rows.kept[0] == 0
    assert rows.kept[-1] == 99
    assert 5 < len(rows.kept) < 25
    assert rows.gone == 100 - len(rows.kept)
    assert rows.gaps()[-1][1] < 99


def test_a_row_that_was_asked_for_has_room_for_all_of_it() -> None:
    rows = [{"id": f"r{n}", "list": list(range(n, n + 70))} for n in range(50)]

    found = chosen(rows, 600, "r31")

    assert 31 in found.kept
    assert found.rooms[31] > 140


def test_long_rows_with_many_fields_all_stay_for_a_part_of_theirs() -> None:
    wide = [{f"field {k}": f"value {n} {k}" for k in range(30)} for n in range(12)]

    assert len(chosen(wide, 600).kept) == 12


def test_what_left_is_told_and_numbers_alone_are_known_as_such() -> None:
    assert chosen(list(range(500)), 100).told(frozenset()).startswith("values 30 to 4")
    assert chosen(list(range(500)), 60).are_scalars
    assert not chosen([{"a": n, "b": "x" * 90} for n in range(90)], 300).are_scalars


def test_elements_are_called_by_what_they_are() -> None:
    root = Forest().parse("[[{}], [[1]], [1, {}]]")
    assert isinstance(root, Array)
    kinds = [unit_of(item.items) for item in root.items if isinstance(item, Array)]

    assert kinds == ["rows", "lists", "items"]
    assert place("rows", 3, 3) == "row 4"
    assert place("rows", 3, 9) == "rows 4-10"
