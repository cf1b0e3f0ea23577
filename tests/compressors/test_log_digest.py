"""Logs, builds and test runs, cut down.

`python -m tests.compressors.test_log_digest` writes the `.out` files anew; review them as a diff.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.log_digest import LogDigest
from headroom.marker import Marker, find_markers, key_of
from tests.compressors.golden import cases, read

DIGEST = LogDigest()
ASK = Ask(room=1_200)
PAGE = Path(__file__).parents[2] / "docs" / "reductions" / "log_digest.md"

every_case = pytest.mark.parametrize("case", cases("log_digest"), ids=lambda case: case.stem)


def reduced(case: Path, *words: str) -> Reduced:
    """What becomes of a case, asked for these words."""
    found = DIGEST.reduce(read(case), dataclasses.replace(ASK, words=frozenset(words)))
    assert found is not None
    return found


def shown(found: Reduced) -> str:
    """The text with a marker, as the model sees it."""
    marker = Marker(found.gone, found.of, found.unit, found.told, "0" * 24)
    return f"{found.before}\n{marker}{found.after}\n"


@every_case
def test_runs_look_as_reviewed(case: Path) -> None:
    assert shown(reduced(case)) == read(case.with_suffix(".out"))


@every_case
def test_every_line_that_stays_is_as_it_was_and_in_its_place(case: Path) -> None:
    source = iter(read(case).split("\n"))

    for line in reduced(case).before.split("\n"):
        assert line.startswith("[… line") or line in source


@every_case
def test_every_error_stays_and_every_failed_test(case: Path) -> None:
    text = read(case)
    kept = reduced(case).before.split("\n")

    telling = ("error", "failed", "fail:", "panic", "exception", "fatal")
    for line in text.split("\n"):
        if any(word in line.lower() for word in telling):
            assert line in kept


@every_case
def test_the_marker_can_be_read(case: Path) -> None:
    found = reduced(case)
    marker = Marker(found.gone, found.of, found.unit, found.told, key_of("x"))

    assert find_markers(str(marker)) == (marker,)


def test_the_example_on_the_page_is_one_of_these() -> None:
    page = PAGE.read_text()
    shown = page.split("```text\n")[1:]

    before, after = (one.split("```")[0] for one in shown)
    [case] = [one for one in cases("log_digest") if read(one) == before]
    assert after == read(case.with_suffix(".out"))


def test_what_was_asked_for_stays() -> None:
    case = next(one for one in cases("log_digest") if "server" in one.stem)
    line = next(line for line in read(case).split("\n") if "order 48219 paid" in line)

    assert line not in reduced(case).before.split("\n")
    assert line in reduced(case, "48219").before.split("\n")


def test_what_is_short_or_no_log_is_left_alone() -> None:
    log = "".join(f"12:00:{n:02} INFO pool: connection {n} opened\n" for n in range(60))
    prose = "It goes on for a while, and then it says that there was an error. " * 200

    assert DIGEST.reduce(log[:1_000], Ask()) is None
    assert DIGEST.reduce(prose, Ask()) is None
    assert DIGEST.reduce(log * 9, Ask(Origin(path="src/app.py"))) is not None
    assert DIGEST.reduce("x = 1\n" * 3_000, Ask(Origin(path="src/app.py"))) is None


def test_of_a_text_of_nothing_but_unlike_errors_nothing_leaves() -> None:
    words = [chr(97 + n % 26) * 4 + chr(97 + n // 26) * 4 for n in range(200)]

    found = DIGEST.reduce("".join(f"12:00:01 ERROR {word}\n" for word in words), ASK)

    assert found is not None
    assert found.gone == 0


def test_a_gap_tells_when_where_no_time_stands_above() -> None:
    lines = [f"12:{n // 60:02}:{n % 60:02} INFO pool: connection {n} opened" for n in range(400)]
    lines[1:1] = ["a heading"]

    found = DIGEST.reduce("\n".join(lines), Ask(room=300))

    assert found is not None
    assert "[… lines 4-396 left out: like the line above]" in found.before
    assert found.told.endswith(", 12:00:02 to 12:06:34)")


@given(
    st.lists(
        st.sampled_from(
            ["12:00:01 INFO a", "12:00:02 ERROR b", "Traceback (most", "\tat c", "", "=== x ===",
             "] [", '"', "PASS", "x" * 1_100, "\x1b[31m", "FAILED t::u", "100% |"]
        ),
        max_size=200,
    ),
    st.integers(0, 3_000),
)  # fmt: skip
def test_any_log_loses_whole_lines_and_says_so(lines: list[str], room: int) -> None:
    text = "\n".join(["12:00:00 INFO begins", *lines])

    found = DIGEST.reduce(text, Ask(Origin(command="pytest"), room=room))

    if found is not None and found.gone:
        assert found.gone < found.of
        assert len(found.before) < len(text)
        assert found.before.count("left out") >= 1


def update() -> None:
    """Write what becomes of the cases today."""
    for case in cases("log_digest"):
        case.with_suffix(".out").write_bytes(shown(reduced(case)).encode())


if __name__ == "__main__":
    update()
