"""What a process has under way can be told by others once it has died, and by nobody before."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from headroom.state import diary as diaries
from headroom.state.diary import FOLDER, MOST_BYTES, Diary, Left, left_behind


def begun(folder: Path, process: str = "one") -> Diary:
    diary = Diary.of(folder, process)
    assert diary is not None
    return diary


def died(diary: Diary) -> None:
    """As if its process had: the lock ends with its file."""
    os.close(diary._descriptor)


def left(folder: Path) -> Left:
    (found,) = left_behind(folder)
    found.close()
    return found


def test_what_had_left_and_what_had_ended_is_found_after_a_death(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", b"a leaves")
    diary.begin("b", b"b leaves")
    diary.end("a", 1, b"a has ended")
    died(diary)

    found = left(tmp_path)

    assert (found.process, found.last) == ("one", 1)
    assert found.ended == ((1, b"a has ended"),)
    assert found.begun == (b"b leaves",)


def test_what_stands_in_the_journal_is_not_told_again_and_its_number_is_known(
    tmp_path: Path,
) -> None:
    diary = begun(tmp_path)
    for number in (1, 2, 3):
        diary.end(f"call {number}", number, b"it has ended")
    diary.written(3)
    diary.begin("later", b"it leaves")
    died(diary)

    found = left(tmp_path)

    assert (found.last, found.begun) == (3, (b"it leaves",))
    assert found.ended == ((3, b"it has ended"),)


def test_the_last_number_is_known_also_where_all_is_written(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.end("a", 7, b"it has ended")
    diary.written(8)
    diary.begin("b", b"it leaves")
    died(diary)

    assert left(tmp_path).last == 7


def test_ended_calls_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    for name in "abc":
        diary.begin(name, b"leaves")
    for number, name in enumerate("cab", 1):
        diary.end(name, number, name.encode())
    died(diary)

    assert left(tmp_path).ended == ((1, b"c"), (2, b"a"), (3, b"b"))


def test_places_are_used_again(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    for number in range(1, 1_000):
        diary.begin(f"call {number}", b"it leaves")
        diary.end(f"call {number}", number, b"it has ended")
        diary.written(number + 1)

    assert (tmp_path / FOLDER / "one").stat().st_size <= diaries.PLACE_BYTES


def test_nobody_tells_of_a_process_that_lives(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", b"it leaves")

    assert left_behind(tmp_path) == []

    diary.close()


def test_whoever_sees_to_it_is_alone_until_it_ends_and_forgets_it(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", b"it leaves")
    died(diary)
    (first,) = left_behind(tmp_path)

    assert left_behind(tmp_path) == []
    first.close()
    assert left(tmp_path).begun == (b"it leaves",)

    first.forget()
    assert left_behind(tmp_path) == []


def test_a_stop_with_nothing_under_way_leaves_no_file(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", b"it leaves")
    diary.end("a", 1, b"it has ended")
    diary.written(2)
    diary.close()

    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_stop_leaves_what_was_not_written(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.end("a", 1, b"it has ended")
    diary.close()

    assert left(tmp_path).ended == ((1, b"it has ended"),)


def test_what_does_not_fit_is_not_told(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", bytes(MOST_BYTES + 1))
    diary.begin("b", bytes(MOST_BYTES))
    died(diary)

    assert left(tmp_path).begun == (bytes(MOST_BYTES),)


def test_more_calls_than_there_are_places_for_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diaries, "MOST_PLACES", 2)
    diary = begun(tmp_path)
    for name in "abc":
        diary.begin(name, name.encode())
    diary.end("c", 1, b"ended")
    diary.written(2)
    died(diary)

    assert left(tmp_path).begun == (b"a", b"b")


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert Diary.of(tmp_path / "file", "one") is None
    assert left_behind(tmp_path / "nothing") == []


def test_a_file_that_is_cut_off_tells_what_is_whole(tmp_path: Path) -> None:
    diary = begun(tmp_path)
    diary.begin("a", b"it leaves")
    died(diary)
    with (tmp_path / FOLDER / "one").open("r+b") as file:
        file.truncate(7)

    assert left(tmp_path).begun == ()


def test_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    diary = begun(tmp_path / "new")

    assert (tmp_path / "new" / FOLDER / "one").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / FOLDER).stat().st_mode & 0o777 == 0o700
    diary.close()


def _write_and_die(folder: Path) -> None:
    diary = begun(folder)
    diary.begin("a", b"it leaves")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_kill_takes_nothing_of_it_away(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(tmp_path,))
    process.start()
    process.join(20)

    assert left(tmp_path).begun == (b"it leaves",)
