from __future__ import annotations

from headroom.compressors.lists.listed import listed
from headroom.compressors.lists.listed_notes import not_worth_a_note, notes

PATHS = ["src/a.py", *(f"src/b{n}.py" for n in range(9)), "src/c.css", "lib/d.py"]


def test_what_left_a_directory_is_counted_by_kind_where_its_last_entry_was() -> None:
    found = listed(PATHS, names_alone=False)

    assert notes(found, {0, 11}) == {10: "[… 10 more in src/ left out: .py 9, .css 1]"}


def test_directories_of_which_nothing_stays_are_named() -> None:
    paths = ["top.py/x", *(f"{room}/{n}.py" for room in ("attic", "hall") for n in range(5))]
    found = listed(paths, names_alone=False)

    assert notes(found, {0}) == {10: "[… 10 more left out: all of attic/ 5, hall/ 5]"}
    assert notes(found, set(range(6))) == {10: "[… 5 more left out: all of hall/ (.py 5)]"}


def test_in_a_drawn_tree_a_note_hangs_where_an_entry_hung() -> None:
    lines = ["src", "├── room", *(f"│   ├── {n}.py" for n in range(8)), "│   └── z.py", "└── c.py"]
    found = listed(lines, names_alone=False)

    assert notes(found, {0, 1, 2, 11}) == {10: "│   └── [… 8 more left out: .py 8]"}


def test_a_note_that_is_longer_than_the_names_is_not_worth_it() -> None:
    found = listed(PATHS, names_alone=False)

    assert set(not_worth_a_note(found, set(range(10)))) == {10, 11}
    assert set(not_worth_a_note(found, {11})) == set()


def test_other_lines_that_left_are_counted() -> None:
    lines = [*PATHS, "it is done", "in 3 s"]

    assert notes(listed(lines, names_alone=False), set(range(12))) == {
        12: "[… 2 other lines left out]"
    }
