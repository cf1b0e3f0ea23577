from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_lines import GoneLines
from headroom.compressors.json_style import Style, guess_style
from headroom.compressors.json_text import Array, Forest, Object


def laid_out(document: Any) -> tuple[Array, Style, list[str]]:
    text = json.dumps(document, indent=2)
    root = Forest().parse(text)
    assert isinstance(root, Array)
    return root, guess_style(text), text.split("\n")


NOTE = '"[… rows 2-3 left out]"'


def test_the_lines_of_rows_that_left_are_found() -> None:
    root, style, lines = laid_out([{"n": n, "m": n} for n in range(5)])
    new = Array((root.items[0], NOTE, root.items[3], root.items[4]))
    gone = GoneLines(style, {new: (0, 3, 4)})

    gone.find(root, new, 1)

    assert gone.runs == [(6, 13)]
    assert [line for line in lines[5:13] if '"n"' in line] == ['    "n": 1,', '    "n": 2,']


def test_what_left_inside_a_row_that_stays_is_found_too() -> None:
    root, style, lines = laid_out([{"a": [1, 2], "b": 3}, {"a": [4, 5], "b": 6}])
    row = root.items[1]
    assert isinstance(row, Object)
    short = Object(row.keys, ('"[… 2 items left out]"', row.values[1]))
    new = Array((root.items[0], short))
    gone = GoneLines(style, {})

    gone.find(root, new, 1)

    assert gone.runs == [(11, 12)]
    assert [line.strip(" ,") for line in lines[10:12]] == ["4", "5"]


def test_members_that_left_are_found_though_their_note_stands_at_the_end() -> None:
    root, style, lines = laid_out([{"a": 1, "b": 2, "c": 3}])
    row = root.items[0]
    assert isinstance(row, Object)
    short = Object((row.keys[0], row.keys[2], '"…"'), (row.values[0], row.values[2], NOTE))
    gone = GoneLines(style, {short: (0, 2)})

    gone.find(root, Array((short,)), 1)

    assert gone.runs == [(4, 4)]
    assert lines[3].strip() == '"b": 2,'


def test_on_one_line_there_is_nothing_to_find() -> None:
    root = Forest().parse("[1, 2, 3]")
    assert isinstance(root, Array)
    gone = GoneLines(Style(), {})

    gone.find(root, Array(('"[… items 1-3 left out]"',)), 1)

    assert gone.runs == []


def test_rows_on_lines_of_their_own_are_counted_as_lines() -> None:
    root = Forest().parse("[{}, {}, {}, {}]")
    assert isinstance(root, Array)
    new = Array((root.items[0], NOTE, root.items[3]))
    gone = GoneLines(Style(), {new: (0, 3)})

    gone.find_rows(root, new, 10)

    assert gone.runs == [(11, 12)]
