from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.log import Log
from tests.compressors.golden import cases, examples, is_shown, read

LOG = Log()

STAMPED = st.builds(
    lambda second, text: (
        f"2024-01-02 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} {text}"
    ),
    st.integers(0, 20_000),
    st.sampled_from(["INFO up", "ERROR down", "", "x (×3)", "x…", "\r"]),
)
LONG = st.sampled_from(["a" * 170, "b" * 90, "c" * 90, "d" * 90, "same", "  indented line"])
OTHERS = st.sampled_from(
    [
        "",
        "12:00:00 x",
        "00:1",
        "…",
        "x…",
        "\\",
        "[1 line again, from the 1st line: x]",
        "y (×2)",
        "y (×2) (×3)",
    ]
)


@pytest.mark.parametrize("case", cases("log"), ids=lambda case: case.stem)
def test_logs_look_as_reviewed(case: Path) -> None:
    text = read(case)

    encoded = LOG.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert LOG.decode(encoded) == text


@given(
    st.lists(
        st.tuples(st.one_of(STAMPED, STAMPED, LONG, OTHERS), st.integers(1, 4)), max_size=60
    ).map(lambda runs: "\n".join(line for line, times in runs for _ in range(times)))
)
def test_logs_come_back_byte_for_byte(text: str) -> None:
    encoded = LOG.encode(text, Origin())

    assert encoded is None or LOG.decode(encoded) == text


@given(st.text(min_size=1))
def test_any_text_comes_back_or_is_left_alone(text: str) -> None:
    repeated = "\n".join([text * 9] * 9)

    encoded = LOG.encode(repeated, Origin())

    assert encoded is None or LOG.decode(encoded) == repeated


def test_errors_and_the_first_and_last_line_keep_their_whole_time_stamp() -> None:
    lines = [f"2024-01-02 03:04:{second:02} INFO tick {second * 7}" for second in range(60)]
    lines[30] = "2024-01-02 03:04:30 ERROR disk is full"

    encoded = LOG.encode("\n".join(lines), Origin())

    assert encoded is not None
    shown = encoded.split("\n")
    assert [line for line in shown if line in lines] == [lines[0], lines[30], lines[59]]
    assert ":05 A 35" in shown


def test_a_source_file_keeps_its_repetitions() -> None:
    text = "\n".join(["    raise NotImplementedError", "", "def to_be_done():"] * 40)

    assert LOG.encode(text, Origin(path="src/shapes.py")) is None
    assert LOG.encode(text, Origin(command="cd src && head -n 90 shapes.py")) is None
    assert LOG.encode(text, Origin(command="make")) is not None
    assert LOG.encode(text, Origin(command="cat build.log")) is not None


def test_errors_stand_whole_where_they_are_few_and_else_the_first_of_each_kind() -> None:
    lines = [f"2024-01-02 03:04:{n:02} INFO tick {n} of the old clock" for n in range(60)]
    few = [line.replace("INFO", "ERROR") if n % 9 == 8 else line for n, line in enumerate(lines)]
    many = [line.replace("INFO", "ERROR") if n % 3 == 0 else line for n, line in enumerate(lines)]

    kept = LOG.encode("\n".join(few), Origin())
    formed = LOG.encode("\n".join(many), Origin())

    assert kept is not None
    assert formed is not None
    assert {line for line in few if "ERROR" in line} <= set(kept.split("\n"))
    whole = [line for line in many if "ERROR" in line and line in formed.split("\n")]
    assert whole == [many[0], many[3]]


def test_values_stay_as_they_were_and_times_are_shown_from_where_they_differ() -> None:
    lines = [
        f"2024-01-02 03:{n // 60:02}:{n % 60:02} INFO block blk_-{n}77 from 10.0.{n}.9:50010 stored"
        for n in range(90)
    ]

    encoded = LOG.encode("\n".join(lines), Origin())

    assert encoded is not None
    form = "A <time> INFO block <*> from <*>:50010 stored"
    shown = encoded.split("\n")
    assert shown[1] == form
    assert {":30 A blk_-3077 10.0.30.9", ":01:00 A blk_-6077 10.0.60.9"} <= set(shown)


def test_what_a_reduction_let_stay_is_left_as_it_is() -> None:
    lines = [f"2024-01-02 03:04:{n:02} INFO tick {n} of the old clock" for n in range(60)]
    lines[7] = "[… lines 8-412 left out: INFO 405]"

    assert LOG.encode("\n".join(lines), Origin()) is None


def test_what_is_no_log_has_no_forms() -> None:
    lines = [f"The {n}th of all the many chapters is told by someone else." for n in range(40)]

    assert LOG.encode("\n".join(lines), Origin()) is None
    assert LOG.encode("\n".join(lines), Origin(command="make book")) is not None


def test_a_form_that_is_told_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="form 1 is told as"):
        LOG.decode("[log, 1 form: x]\nB x <*>\nB 1")


def test_the_first_cell_of_a_table_is_not_cut_apart() -> None:
    rows = [f"2024-01-{n:02},{n * 7},{n * 11},sunny" for n in range(1, 29)]

    assert LOG.encode("\n".join(["date,rain,wind,sky", *rows]), Origin()) is None


def test_a_reference_to_lines_that_are_not_there_is_refused() -> None:
    header = "[log: [6 lines again, …] are lines from above]"

    with pytest.raises(ValueError, match="do not stand above"):
        LOG.decode(f"{header}\nx\n[2 lines again, from the 1st line: x]")


@pytest.mark.parametrize("text", ["", "2024-01-02 03:…\n04", "[log: x]"])
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="header line"):
        LOG.decode(text)


def test_every_example_on_the_page_is_a_golden_file() -> None:
    shown = examples("log")

    assert shown
    assert sum(is_shown(case, shown) for case in cases("log")) * 2 == len(shown)
