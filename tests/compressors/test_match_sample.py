"""Search results lose what tells least, and say of which file and which line it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, whole
from headroom.compressors.match_sample import MatchSample
from tests.compressors.golden import cases, read
from tests.compressors.golden_finds import asked, shortened
from tests.compressors.reductions_page import shown_on

SAMPLE = MatchSample()
GREP = Origin(tool="bash", command="grep -rn chair .")


def results(files: int, matches: int) -> str:
    return "".join(
        f"src/room{n}/shelf.py:{m * 7 + 1}:    chair_{n}_{m} = Chair(legs={m})\n"
        for n in range(files)
        for m in range(matches)
    )


@pytest.mark.parametrize("case", cases("match_sample"), ids=lambda case: case.stem)
def test_shortened_results_look_as_reviewed(case: Path) -> None:
    assert shortened(case).before == read(case.with_suffix(".out"))


MATCHES = st.builds(
    lambda path, number, text: f"{path}:{number}:{text}",
    st.sampled_from(["src/a.py", "src/b c/d.rs", "./x/y/z.go", "tests/t.py", "dist/m.min.js"]),
    st.integers(1, 400),
    st.sampled_from(["def f():", "f()", "x" * 60, "y" * 1_200, "import a", "# é", ""]),
)
OTHERS = st.sampled_from(["--", "", "Found 3 files", "src/a.py-7-x", "é\u2028"])


@given(st.lists(MATCHES | MATCHES | OTHERS, min_size=20, max_size=80))
def test_what_stays_is_as_it_was_and_in_its_order(lines: list[str]) -> None:
    text = "\n".join(lines)

    reduced = SAMPLE.reduce(text, Ask(GREP, room=900))

    if reduced is not None and reduced.gone:
        staying = [one for one in reduced.before.split("\n") if not one.startswith("[… ")]
        rest = iter(lines)
        assert all(any(line == one for line in rest) for one in staying)
        assert reduced.gone == reduced.of - len(staying)


@given(st.integers(1, 60), st.integers(3, 30))
def test_every_file_can_still_be_seen_while_there_is_room(files: int, matches: int) -> None:
    text = results(files, matches)

    reduced = SAMPLE.reduce(text, Ask(GREP, room=6_000))

    assert reduced is None or all(f"src/room{n}/shelf.py" in reduced.before for n in range(files))


def test_both_ends_stay() -> None:
    text = results(30, 20)

    reduced = SAMPLE.reduce(text, Ask(GREP, room=1_000))

    assert reduced is not None
    shown = reduced.before.split("\n")
    assert text.split("\n")[0] == shown[0]
    assert text.rstrip("\n").split("\n")[-1] in shown


def test_a_line_that_the_task_names_stays() -> None:
    text = results(20, 40)

    reduced = SAMPLE.reduce(
        text, asked("grep -rn chair .", "What is on src/room7/shelf.py:134?", 2_000)
    )

    assert reduced is not None
    assert "src/room7/shelf.py:134:    chair_7_19 = Chair(legs=19)" in reduced.before


def test_results_that_are_short_enough_stay_whole() -> None:
    assert SAMPLE.reduce(results(3, 3), Ask(GREP, room=2_000)) == whole(results(3, 3))


def test_what_a_compiler_complains_of_is_not_sampled() -> None:
    text = "".join(f"src/a{n}.c:{n}:7: error: no member named x{n}\n" for n in range(1, 200))

    assert SAMPLE.reduce(text, Ask(Origin(tool="bash", command="make"), room=1_000)) is None


def test_prose_and_source_are_not_sampled() -> None:
    text = "It says so, and so it is.\n" * 200

    assert SAMPLE.reduce(text, Ask(GREP, room=500)) is None


def test_lines_that_left_are_told_by_their_places_in_the_text() -> None:
    text = results(2, 40)

    reduced = SAMPLE.reduce(text, Ask(GREP, room=1_200))

    assert reduced is not None
    gone = {n for first, last in reduced.gone_lines for n in range(first, last + 1)}
    lines = text.split("\n")
    assert len(gone) == reduced.gone
    assert all(line in reduced.before for n, line in enumerate(lines, 1) if n not in gone)


def test_the_page_shows_an_example_that_is_real() -> None:
    assert shown_on("match_sample") == "match_sample-grep"
