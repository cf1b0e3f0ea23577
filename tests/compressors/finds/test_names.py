from __future__ import annotations

from headroom.compressors.finds.found_lines import FoundLine, found_lines
from headroom.compressors.finds.names import NUMBERS, Naming, naming_of

PATHS = [f"src/{room}/{name}.py" for room in ("kitchen", "attic", "hall") for name in "abcdef"]


def found_in(paths: list[str]) -> list[FoundLine]:
    return found_lines([f"{path}:{n}:x" for path in paths for n in (3, 9)], of_one_file=False)


def named(most: int, paths: list[str] = PATHS) -> tuple[Naming, int]:
    found = found_in(paths)
    worth = [2.0 if "hall" in one.path else 1.0 for one in found]
    return naming_of(found, worth, must=(0,), most=most)


def test_where_there_is_room_all_files_are_named_with_lines() -> None:
    naming, characters = named(2_000)

    assert naming == Naming(NUMBERS[0])
    assert characters <= 2_000


def test_with_less_room_fewer_lines_are_named() -> None:
    naming, _ = named(750)

    assert naming.numbers < NUMBERS[0]
    assert naming.folded == {}


def test_with_still_less_the_files_that_are_worth_least_stand_under_their_directories() -> None:
    naming, characters = named(620)

    assert characters <= 620
    assert naming.folded
    assert all(path.startswith(home) for path, home in naming.folded.items())
    assert not any("hall" in path for path in naming.folded)
    assert not naming.counted


def test_at_last_files_are_counted_and_what_must_stay_is_named_all_the_same() -> None:
    paths = [f"room{n}/shelf{n}/box.py" for n in range(300)]

    naming, characters = named(1_500, paths)

    assert characters <= 1_500
    assert naming.counted
    assert paths[0] not in naming.folded
