"""What a text may lose, and how what it lost is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.units import chosen, ends_of, gaps, reduced_lines, runs, units_of, without

LINE = "a line that is long enough to be worth a gap of its own, and then some more of it\n"


@given(st.text(alphabet=st.sampled_from("ab. \n\r{},\x85é1\t"), max_size=3_000))
def test_the_units_joined_are_the_text(text: str) -> None:
    assert "".join(unit.text for unit in units_of(text)) == text


def test_a_very_long_line_has_parts_that_end_where_sentences_do() -> None:
    units = units_of("It says so. " * 200 + "\nshort\n")

    assert [unit.is_part for unit in units[-2:]] == [True, False]
    assert all(unit.text.endswith(". ") for unit in units[:-2])
    assert {unit.number for unit in units} == {1, 2}


def test_a_line_without_any_joint_is_cut_all_the_same() -> None:
    assert max(len(unit.text) for unit in units_of("x" * 1_000_000)) == 1_000


def test_numbers_that_the_text_shows_are_those_of_its_lines() -> None:
    text = "Here is the file:\n" + "".join(f"{n:6d}\t{LINE}" for n in range(200, 230))

    assert [unit.number for unit in units_of(text)][:3] == [1, 200, 201]


def test_numbers_that_are_no_line_numbers_are_passed_over() -> None:
    text = "".join(f"{n * 7}: {LINE}" for n in range(30))

    assert [unit.number for unit in units_of(text)] == list(range(1, 31))


def test_what_must_stay_stays_and_then_what_is_worth_most() -> None:
    units = units_of(LINE * 10)

    kept = chosen(units, {9}, [0, 1, 5, 1, 1, 0, 0, 0, 0, 0], 3 * len(LINE))

    assert kept == {1, 2, 9}


def test_what_has_no_room_gives_way_to_what_has() -> None:
    units = units_of("x" * 900 + "\n" + LINE * 2)

    assert chosen(units, (), [9, 1, 1], 2 * len(LINE)) == {1, 2}


def test_a_gap_too_small_to_name_stays() -> None:
    units = units_of(LINE + "}\n" + LINE)

    assert chosen(units, {0, 2}, [0, 0, 0], 0) == {0, 1, 2}


def test_gaps_are_the_runs_that_are_not_kept() -> None:
    assert gaps(6, {0, 3}) == [(1, 2), (4, 5)]


def test_numbers_that_follow_one_another_are_a_run() -> None:
    assert runs([3, 7, 8, 9, 12]) == [(3, 3), (7, 9), (12, 12)]
    assert runs([]) == []


def test_of_lines_that_are_no_results_both_ends_stay() -> None:
    assert ends_of(range(100)) == {*range(20), *range(95, 100)}
    assert ends_of([4, 9]) == {4, 9}


def test_lines_that_leave_are_counted_and_named_from_1() -> None:
    reduced = reduced_lines("a\n[… 3 left out]\ne", 6, {0, 3, 5})

    assert (reduced.gone, reduced.of, reduced.unit) == (3, 6, "lines")
    assert reduced.gone_lines == ((2, 3), (5, 5))


def test_what_is_left_out_is_named_where_it_stood() -> None:
    units = units_of("".join(f"{n} {LINE}" for n in range(1, 7)))

    cut = without(units, {0, 5}, lambda gone: f"{len(gone)} of no interest")

    assert cut.before.split("\n") == [
        units[0].text.rstrip("\n"),
        "[… lines 2-5 left out: 4 of no interest]",
        units[5].text.rstrip("\n"),
    ]
    assert (cut.gone, cut.of, cut.unit, cut.gone_lines) == (4, 6, "lines", ((2, 5),))


def test_parts_of_a_line_are_named_within_it() -> None:
    units = units_of("It is said so, and so. " * 100 + "\nthe next line")
    last = len(units) - 1

    cut = without(units, {0, last})

    assert cut.before.startswith(units[0].text + " [… ")
    assert cut.before.endswith(" characters left out] \nthe next line")
    assert (cut.unit, cut.gone_lines) == ("parts", ())
