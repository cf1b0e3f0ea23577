"""Readings of files are told outdated where a newer one stands later, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.conversation import Block, Form
from headroom.pipeline.hindsight.file_uses import MOST_READ_AT_ONCE, FileUses
from tests.pipeline.hindsight.scenes import call, lines, result, task

OLD, NEW = lines(40, "old"), lines(40, "new")


def uses(*steps: tuple[str, dict[str, Any], str], errors: tuple[int, ...] = ()) -> FileUses:
    return FileUses(blocks(*steps, errors=errors), {})


def blocks(*steps: tuple[str, dict[str, Any], str], errors: tuple[int, ...] = ()) -> list[Block]:
    made = [task()]
    for turn, (name, arguments, text) in enumerate(steps, 1):
        made.append(call(2 * turn - 1, turn, name, **arguments))
        made.append(result(2 * turn, turn, text, made[-1], is_error=turn in errors))
    return made


READ = ("Read", {"file_path": "a.py"}, OLD)
EDIT = ("Edit", {"file_path": "a.py"}, "edited")
AGAIN = ("Read", {"file_path": "a.py"}, NEW)


def test_a_reading_is_outdated_once_the_file_was_changed_and_read_again() -> None:
    assert uses(READ, EDIT, AGAIN).newer(2) == "a.py"
    assert uses(READ, EDIT, AGAIN).newer(6) == ""


@pytest.mark.parametrize(
    "steps",
    [
        (READ, EDIT),
        (READ, AGAIN),
        (READ, AGAIN, EDIT),
        (READ, ("Edit", {"file_path": "b.py"}, "edited"), AGAIN),
        (READ, EDIT, ("Read", {"file_path": "a.py", "offset": 10}, NEW)),
        (READ, EDIT, ("Read", {"file_path": "a.py"}, "File unchanged since it was last read.")),
        (READ, EDIT, READ),
        (READ, EDIT, ("Read", {"file_path": "a.py"}, lines(MOST_READ_AT_ONCE + 1))),
    ],
    ids=str,
)
def test_it_is_not_where_what_it_showed_is_not_shown_anew(steps: Any) -> None:
    assert uses(*steps).newer(2) == ""


def test_parts_are_outdated_by_the_same_part_or_the_whole() -> None:
    part = ("Read", {"file_path": "a.py", "offset": 10}, OLD)

    same = uses(part, EDIT, ("Read", {"file_path": "a.py", "offset": 10}, NEW))

    assert same.newer(2) == "a.py"
    assert uses(part, EDIT, AGAIN).newer(2) == "a.py"


def test_viewing_with_an_editing_tool_is_reading() -> None:
    view = {"command": "view", "path": "a.py"}
    replace = {"command": "str_replace", "path": "a.py"}

    steps = [("edit_file", view, OLD), ("edit_file", replace, "done"), ("edit_file", view, NEW)]

    assert uses(*steps).newer(2) == "a.py"
    assert uses(*steps).newer(4) == ""


def test_what_failed_changed_and_showed_nothing() -> None:
    assert uses(READ, EDIT, AGAIN, errors=(2,)).newer(2) == ""
    assert uses(READ, EDIT, AGAIN, errors=(3,)).newer(2) == ""


def test_a_reading_that_has_left_shows_nothing() -> None:
    left = {6: Form(None, ("intelligent_cap",), 9, 0, told_by=2)}

    assert FileUses(blocks(READ, EDIT, AGAIN), left).newer(2) == ""


def test_what_is_no_reading_is_never_outdated() -> None:
    assert uses(("Bash", {"command": "cat a.py"}, OLD), EDIT, AGAIN).newer(2) == ""
    assert uses(READ).newer(0) == ""
