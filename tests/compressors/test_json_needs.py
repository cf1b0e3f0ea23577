from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_needs import Needs
from headroom.compressors.json_sizes import Sizes
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Forest


def needs(document: Any, *wanted: str, most: int = 2_000) -> tuple[Needs, Sizes, Array]:
    text = json.dumps(document)
    root = Forest().parse(text)
    assert isinstance(root, Array)
    sizes = Sizes(root)
    return Needs(sizes, Marks(Style(), text, sizes.names, wanted), most), sizes, root


ROWS = [{"id": f"row-{n}", "list": list(range(n, n + 60)), "note": "x" * 500} for n in range(20)]


def test_what_was_asked_for_needs_all_its_room_and_the_rest_its_least() -> None:
    found, sizes, root = needs(ROWS, "row-7")

    assert found.of(root.items[7]) == sizes.of(root.items[7])
    assert found.of(root.items[8]) == sizes.least(root.items[8])


def test_what_holds_it_needs_room_for_it_but_not_for_all() -> None:
    found, sizes, root = needs(ROWS, "row-7")

    assert sizes.of(root.items[7]) < found.of(root) < sizes.of(root) / 4


def test_the_part_that_is_meant_is_the_one_next_to_the_word() -> None:
    found, _, root = needs(
        [{"deep": {"id": "row-7", "more": 1}}, {"deep": {"id": "row-8"}}], "row-7"
    )
    row = root.items[0]
    assert not isinstance(row, (str, Array))

    assert found.is_meant(row.values[0])
    assert not found.is_meant(row)


def test_what_is_too_large_is_not_kept_whole() -> None:
    found, sizes, root = needs(ROWS, "row-7", most=100)

    assert not found.is_meant(root.items[7])
    assert found.of(root.items[7]) < sizes.of(root.items[7])
