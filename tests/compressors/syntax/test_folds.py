from __future__ import annotations

from headroom.compressors.syntax.folds import Read, folded, folds, leaving
from headroom.compressors.syntax.frames import Section
from headroom.compressors.syntax.parts import Part

LINE = "    total = total + width * height"


def section(lines: list[str], first: int = 1) -> Section:
    numbers = tuple(range(first, first + len(lines)))
    columns = tuple(f"{number}:" for number in numbers)
    return Section(0, tuple(lines), columns, numbers)


def part(first: int, last: int, *, place: int = 0, owner: int = 0) -> Part:
    return Part(first, last, owner, place, "...  # ")


def read(parts: list[Part], worths: list[float], rows: int = 100) -> Read:
    return Read(section([LINE] * rows), parts, worths)


def test_what_the_task_touches_least_leaves_first_and_no_more_than_must() -> None:
    parts = [part(0, 9, owner=0), part(10, 19, owner=10), part(20, 29, owner=20)]
    one = read(parts, [0.0, 5.0, 0.0])
    length = sum(map(one.size, parts)) + 3_000

    (found,) = leaving([one], length, length - 200)

    assert found == [parts[2]]


def test_the_longest_functions_leave_first() -> None:
    parts = [part(0, 9, owner=0), part(10, 39, owner=10)]

    (found,) = leaving([read(parts, [0.0, 0.0])], 9_000, 8_200)

    assert found == [parts[1]]


def test_a_part_that_is_far_too_long_waits_for_shorter_ones() -> None:
    parts = [part(0, 59, owner=0), part(60, 69, owner=60), part(70, 79, owner=70)]

    (found,) = leaving([read(parts, [0.0, 0.0, 0.0])], 9_000, 8_500)

    assert found == [parts[1], parts[2]]


def test_half_of_the_room_is_left_to_what_is_touched() -> None:
    parts = [part(0, 19, owner=0), part(20, 39, owner=20)]
    one = read(parts, [3.0, 6.0])
    frame = 8_000

    (found,) = leaving([one], frame + sum(map(one.size, parts)), 2_000)

    assert found == [parts[0]]


def test_parts_that_follow_one_another_in_one_place_are_one_fold() -> None:
    parts = [part(0, 3, place=1), part(4, 7, place=1), part(9, 12, place=2)]

    found = folds(read(parts, [0.0] * 3), parts)

    assert [(fold.first, fold.last) for fold in found] == [(0, 7), (9, 12)]


def test_a_fold_has_number_indentation_and_comment_signs() -> None:
    one = Read(section(["def area():", LINE, LINE, LINE, "", "x = 1"], 40), [part(1, 3)], [0.0])

    found = list(folded(one.section, folds(one, one.parts)))

    assert found == [
        ("40:", "def area():"),
        ("41:", "    ...  # [… lines 41-43 left out]"),
        ("44:", ""),
        ("45:", "x = 1"),
    ]


def test_a_fold_tells_names_that_stand_nowhere_else() -> None:
    gone = ["    found = parse_amount(readLines(path), grow_room, 'some words')"] * 6
    one = Read(section(["grow_room()", *gone, "end"]), [part(1, 6)], [0.0])

    (_, (_, fold), _) = folded(one.section, folds(one, one.parts))

    assert fold.endswith("left out; named there: parse_amount, readLines]")


def test_names_of_documentation_are_not_told() -> None:
    words = Part(0, 5, 6, 0, "", " */", is_code=False)
    one = Read(section([" * see parse_amount and readLines of this module"] * 6), [words], [0.0])

    assert list(folded(one.section, folds(one, [words]))) == [("1:", " [… lines 1-6 left out] */")]


def test_line_ends_of_windows_stay() -> None:
    one = Read(section(["def area():\r", *[f"{LINE}\r"] * 6, "x = 1"]), [part(1, 6)], [0.0])

    (_, (_, fold), _) = folded(one.section, folds(one, one.parts))

    assert fold.endswith("left out]\r")
