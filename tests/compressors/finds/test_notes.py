from __future__ import annotations

from headroom.compressors.finds.found_lines import found_lines
from headroom.compressors.finds.names import Naming
from headroom.compressors.finds.notes import written

LINES = [f"src/a.py:{n}:call({n})" for n in (3, 9, 10, 11, 40)] + ["src/b.py:7:x", "lib/c.py:8:y"]


def shown(kept: set[int], naming: Naming, lines: list[str] = LINES, room: int = 0) -> list[str]:
    return written(lines, found_lines(lines, of_one_file=False), kept, naming, room)


def test_lines_that_left_a_file_are_named_below_those_that_stay() -> None:
    assert shown({0, 5, 6}, Naming(12)) == [
        LINES[0],
        "[… lines 9-11, 40 left out]",
        *LINES[5:],
    ]


def test_files_of_which_nothing_stays_are_named_by_their_paths() -> None:
    assert shown({6}, Naming(2)) == [
        "[… src/a.py: lines 3, 9-11, 40; src/b.py: line 7 left out]",
        LINES[6],
    ]


def test_many_lines_are_counted() -> None:
    lines = [f"src/a.py:{n}:x" for n in range(1, 90, 2)]

    assert shown({0}, Naming(3), lines)[1] == "[… lines 3, 5, 7, 41 more left out]"
    assert shown({0}, Naming(0), lines)[1] == "[… 44 more lines left out]"


def test_files_under_one_directory_are_named_or_counted_once() -> None:
    folded = {"src/a.py": "src/", "src/b.py": "src/"}

    assert shown({6}, Naming(0, folded))[0] == "[… src/: a.py 5, b.py 1 left out]"
    assert shown({6}, Naming(0, folded, frozenset({"src/"})))[0] == (
        "[… src/: 2 files (.py 2), 6 lines left out]"
    )


def test_long_lines_say_how_long_they_were() -> None:
    lines = ["src/a.js:3:x", f"src/a.js:9:{'y' * 2_000}", "src/a.js:10:z"]

    assert shown({0, 2}, Naming(12), lines)[-1] == "[… line 9 (2,011 characters) left out]"


def test_context_and_other_lines_are_counted_apart() -> None:
    lines = ["src/a.py:3:x", "src/a.py-4-", "src/a.py-5-b", "src/a.py:9:y", "src/a.py:12:z", "end"]

    assert shown({0, 3}, Naming(12), lines) == [
        lines[0],
        lines[3],
        "[… line 12 and 2 lines of context left out]",
        "[… 1 other line left out]",
    ]


def test_names_in_what_left_are_told_as_far_as_there_is_room() -> None:
    lines = ["src/a.py:3:x", "src/a.py:9:parse_invoice(y)", "src/a.py:12:z"]

    assert shown({0, 2}, Naming(12), lines, room=200)[-1] == (
        "[… line 9 left out; named there: parse_invoice]"
    )
