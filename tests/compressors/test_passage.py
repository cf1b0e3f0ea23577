"""Output of no particular kind loses what says nothing, and keeps what it names."""

from __future__ import annotations

import pytest

from headroom.compressors.base import Ask, Origin
from headroom.compressors.passage import Passage

PASSAGE = Passage()
DULL = "the quick brown fox goes over the lazy dog and comes back again to see it\n"


def text(*inside: str, around: int = 60) -> str:
    return DULL * around + "".join(f"{line}\n" for line in inside) + DULL * around


def test_the_ends_stay_and_what_leaves_is_named() -> None:
    reduced = PASSAGE.reduce(text(), Ask(room=2_000))

    assert reduced is not None
    lines = reduced.before.split("\n")
    assert lines[0] == lines[-1] == DULL.strip()
    assert sum("left out]" in line for line in lines) == 1
    assert (reduced.gone, reduced.of) == (120 - len(lines) + 1, 120)


@pytest.mark.parametrize("line", ["KeyError: 7", "warning: it is deprecated", "## What to do"])
def test_what_goes_wrong_and_headings_stay(line: str) -> None:
    reduced = PASSAGE.reduce(text(line), Ask(room=2_000))

    assert reduced is not None
    assert line in reduced.before.split("\n")


def test_a_rare_word_of_the_task_stays_with_its_line() -> None:
    line = "and then the zebra was there"

    reduced = PASSAGE.reduce(text(line), Ask(words=frozenset({"zebra", "fox"}), room=2_000))

    assert reduced is not None
    assert line in reduced.before.split("\n")


def test_names_of_what_leaves_are_said_in_its_place() -> None:
    lines = [f"{DULL.strip()} and opens src/file_{number}.py for it" for number in range(20)]

    reduced = PASSAGE.reduce(text(*lines), Ask(room=1_500))

    assert reduced is not None
    assert all(f"src/file_{number}.py" in reduced.before for number in range(20))
    assert "; named there: src/file_" in reduced.before


def test_source_has_more_room() -> None:
    source = Origin(tool="Read", path="a.py")

    assert PASSAGE.reduce(text(), Ask(room=2_500, source_room=9_000)) is not None
    assert PASSAGE.reduce(text(), Ask(source, room=2_500, source_room=9_000)) is None
    assert PASSAGE.reduce(text(), Ask(source, room=2_500, source_room=3_000)) is not None


@pytest.mark.parametrize("short", ["", DULL, DULL * 20, "x" * 3_999])
def test_what_fits_is_left_alone(short: str) -> None:
    assert PASSAGE.reduce(short, Ask()) is None
