from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.excerpt import LONGEST_CHARACTERS, LONGEST_UNIT, line_range, search
from tests.support.at_length import at_length

LOG = "\n".join(f"10:00:{n:02d} worker {n % 5} did job {n}" for n in range(60))
TABLE = json.dumps([{"id": 5000 + n, "text": f"request {n} was served"} for n in range(300)])


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("3-5", 3, 5), ("7", 7, 7), ("59-", 59, 60), ("58-99", 58, 60)]
)
def test_a_range_gives_these_lines_with_their_numbers(asked: str, first: int, last: int) -> None:
    excerpt = line_range(LOG, asked)

    lines = LOG.split("\n")
    assert [(one.position, one.text) for one in excerpt.units] == [
        (n, lines[n - 1]) for n in range(first, last + 1)
    ]
    assert (excerpt.of, excerpt.unit) == (60, "lines")


def test_a_range_behind_the_end_gives_the_outline() -> None:
    excerpt = line_range(LOG, "200-300")

    assert not excerpt.units
    assert "60 lines" in str(excerpt)


@pytest.mark.parametrize("asked", ["", "a", "1-2-3", "-5", "1,2"])
def test_what_is_no_range_is_told(asked: str) -> None:
    with pytest.raises(ValueError, match="a range such as 120-180 is needed"):
        line_range(LOG, asked)


def test_the_lines_that_match_come_best_ones_chosen_in_their_order() -> None:
    excerpt = search(LOG, "job 42")

    assert "10:00:42 worker 2 did job 42" in [one.text for one in excerpt.units]
    assert [one.position for one in excerpt.units] == sorted(o.position for o in excerpt.units)


def test_what_holds_all_of_the_question_leaves_no_room_for_what_holds_a_part() -> None:
    assert [one.position for one in search(TABLE, "request 123").units] == [124]


def test_one_word_is_enough() -> None:
    text = LOG + "\n10:01:00 kernel PANIC: not syncing"

    assert [one.position for one in search(text, "panic").units] == [61]


def test_a_table_is_searched_by_rows() -> None:
    excerpt = search(TABLE, "5123")

    assert excerpt.unit == "rows"
    assert [one.position for one in excerpt.units] == [124]
    assert "request 123 was served" in excerpt.units[0].text


def test_no_match_says_so_and_what_there_is() -> None:
    excerpt = search(LOG, "zebra")

    assert not excerpt.units
    assert str(excerpt).startswith("[no match; the text has 60 lines, such as 1: 10:00:00 worker")


def test_D4_an_answer_is_bounded_and_says_how_to_go_on() -> None:
    text = "\n".join("x" * 999 for _ in range(500))

    excerpt = line_range(text, "1-")

    assert len(str(excerpt)) < LONGEST_CHARACTERS + 2_000
    assert "go on with lines 66-500" in str(excerpt)


def test_D4_one_endless_line_is_bounded_too() -> None:
    assert len(str(line_range("x" * 500_000, "1-"))) < LONGEST_CHARACTERS + 200


@settings(max_examples=at_length(100), deadline=None)
@given(st.text(max_size=300), st.text(max_size=30))
def test_no_text_and_no_query_is_ever_an_empty_answer(text: str, query: str) -> None:
    assert str(search(text, query)).strip()
    assert str(line_range(text, "1")) or text.startswith("\n") or not text


@pytest.mark.unmeasured
def test_r1_time_is_linear() -> None:
    begun = time.process_time()

    search("word and more\n" * 40_000, "word and " * 200)

    # Quadratic time would be minutes here; the bound is wide because machines differ.
    assert time.process_time() - begun < 8


def test_lines_that_show_numbers_are_asked_for_by_those() -> None:
    text = "Here is the file:\n" + "".join(f"{n:6d}\tline of {n}\n" for n in range(280, 320))

    excerpt = line_range(text, "300-301")

    assert str(excerpt) == "   300\tline of 300\n   301\tline of 301"


def test_several_texts_are_searched_by_lines_whatever_they_are() -> None:
    numbered = "\n".join(f"{n:>6}\tline {n}" for n in range(900, 990))
    text = f"=== turn 3 ===\n--- result\n{TABLE}\n--- result\n{numbered}\nthe end"

    assert [one.position for one in search(text, "the end").units] == [95]
    assert [one.text for one in line_range(text, "95").units] == ["the end"]


def test_of_a_long_line_the_part_is_shown_that_was_asked_for() -> None:
    [found] = search(f"{'x ' * 9_000}needle {'y ' * 9_000}", "the needle").units

    assert "needle" in found.text
    assert len(found.text) == LONGEST_UNIT
    assert search("z " * 9_000 + "needle", "needle").units[0].text.endswith("needle")
