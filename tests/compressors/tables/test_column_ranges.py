from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.column_ranges import LONGEST, ranges

STATES = ["Running"] * 7 + ["Pending"] * 2


def told(head: str, column: list[str]) -> str:
    rows = [(cell,) for cell in column]
    return ranges((head,), rows, [*rows, ("another",)])


def test_kinds_are_counted_the_most_frequent_first() -> None:
    assert told("state", STATES) == "state: Running 7, Pending 2"
    assert told("n", ["1", "2", "3", "4", "5", "6"]) == "n: 1 1, 2 1, 3 1, 4 1, 2 more"


def test_numbers_have_a_range_and_a_mean() -> None:
    column = [f"{number * 10}%" for number in (3, 1, 9, 4, 5, 6, 7, 2)]

    assert told("share", column) == "share: 10% to 90%, mean 46.2"


def test_dates_go_from_the_earliest_to_the_latest() -> None:
    days = [f"2026-3-{day}" for day in (9, 12, 3, 4, 27, 6, 10)]
    american = [f"{month}/13/2026" for month in range(1, 9)]

    assert told("date", days) == "date: 2026-3-3 to 2026-3-27"
    assert told("date", american) == "date: 1/13/2026 to 8/13/2026"


def test_nothing_is_told_of_dates_that_may_be_read_in_two_ways() -> None:
    days = ["5/2", "7/6", "3/4", "8/9", "2/1", "6/7", "4/3"]

    assert told("date", [f"{day}/2026" for day in days]) == ""


def test_nothing_is_told_of_names_counts_and_what_never_changes() -> None:
    rows = [("x", str(number)) for number in range(9)]

    assert told("order_id", [str(number * 7) for number in range(9)]) == ""
    assert told("RespondentID", [str(number * 7) for number in range(9)]) == ""
    assert told("", [str(number * 7) for number in range(9)]) == ""
    assert told("name", [f"name {number}" for number in "abcdefgh"]) == ""
    assert ranges(("same", "line"), rows, rows) == ""


def test_what_the_marker_cannot_hold_is_taken_out() -> None:
    assert told('a[b]"', ["[x]\ny"] * 9) == "ab: xy 9"


@given(st.lists(st.tuples(st.text(), st.text(), st.sampled_from("ab")), min_size=1))
def test_it_is_short_and_holds_no_brackets(rows: list[tuple[str, ...]]) -> None:
    said = ranges(("é", "[", ""), rows, [*rows, ("", "", "c")])

    assert len(said) <= LONGEST
    assert not set("[]\n\r") & set(said)
