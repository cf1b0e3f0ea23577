from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from headroom.compressors.json_marks import Marks
from headroom.compressors.json_sizes import Sizes
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import Array, Forest
from headroom.compressors.row_columns import columns_of
from headroom.compressors.telling_rows import ASKED_SIGN, MUST, URGENT, Telling


def telling(rows: Sequence[Any], wanted: Sequence[str] = ()) -> Telling:
    text = json.dumps(rows)
    root = Forest().parse(text)
    assert isinstance(root, Array)
    marks = Marks(Style(), text, Sizes(root).names, wanted)
    return Telling(root.items, columns_of(root.items), marks, frozenset(wanted))


def staying(rows: Sequence[Any], wanted: Sequence[str] = (), least: float = MUST) -> set[int]:
    return {row for row, worth in enumerate(telling(rows, wanted).worth) if worth >= least}


def plain(count: int) -> list[dict[str, Any]]:
    return [{"id": 1000 + n, "name": f"row number {n:04d}", "ms": 20 + n % 7} for n in range(count)]


ENDS = {0, 1, 2, 198, 199}


def test_rows_that_are_all_alike_leave_the_ends() -> None:
    assert staying(plain(200)) == ENDS


def test_an_error_stays_where_words_tell_of_it_and_more_so_where_a_verdict_says_it() -> None:
    rows = [{**row, "state": "ok"} for row in plain(200)]
    rows[70]["name"] = "connection refused by db-3"
    rows[77]["state"] = "failed"

    worth = telling(rows).worth

    assert staying(rows, least=URGENT) == {77}
    assert worth[77] > worth[70] > worth[50]


def test_of_many_failures_of_a_kind_a_few_are_urgent() -> None:
    rows = [{**row, "level": "INFO"} for row in plain(200)]
    for n in range(50, 150):
        rows[n]["level"] = "ERROR" if n % 2 else "FATAL ERROR"

    assert staying(rows, least=URGENT) == {50, 51, 52, 53, 54, 55}


def test_a_rare_value_of_a_kind_stays() -> None:
    rows = [{**row, "state": "open" if n % 3 else "shut"} for n, row in enumerate(plain(200))]
    rows[150]["state"] = "lost"

    assert staying(rows) - ENDS == {150}


def test_numbers_far_outside_stay_the_farthest_first() -> None:
    rows = plain(200)
    for n in range(60, 70):
        rows[n]["ms"] = 9_000 + n

    worth = telling(rows).worth

    assert staying(rows) - ENDS == {69}
    assert worth[68] > worth[66]


def test_both_sides_of_a_jump_stay() -> None:
    rows = plain(200)
    for n in range(120, 200):
        rows[n]["ms"] += 500

    assert {119, 120} <= staying(rows)


def test_a_row_of_another_shape_is_worth_more() -> None:
    rows: list[Any] = plain(200)
    rows[120] = {"id": 1120, "skipped": True}

    worth = telling(rows).worth

    assert worth[120] > worth[119]


def test_what_the_task_asks_for_stays_and_what_all_rows_hold_does_not_count() -> None:
    assert staying(plain(200), ["1111", "row", "number"], least=URGENT) == {111}
    assert telling(plain(200), ["1111"]).asked == {111}


def test_what_lies_nested_counts_too() -> None:
    rows = [{"n": n, "deep": {"list": [{"state": "fine"}]}} for n in range(200)]
    rows[90]["deep"] = {"list": [{"state": "stormy"}]}

    assert 90 in staying(rows, ["stormy"], least=URGENT)


def test_the_extremes_of_a_field_that_the_task_names_stay() -> None:
    rows = [{**row, "size": (n * 37) % 101} for n, row in enumerate(plain(101))]

    named = staying(rows, ["size"], least=ASKED_SIGN)

    assert {rows[n]["size"] for n in named} == {0, 100}


def test_the_first_rows_that_have_a_value_of_the_task_stay() -> None:
    rows = [{**row, "state": "open" if n % 3 else "shut"} for n, row in enumerate(plain(200))]

    assert staying(rows, ["shut"], least=ASKED_SIGN) >= {0, 3, 6}


def test_names_of_members_count_as_part_of_their_rows() -> None:
    text = json.dumps({f"plugin-{n}": {"on": True} for n in range(60)})
    root = Forest().parse(text)
    assert root is not None and not isinstance(root, (str, Array))
    marks = Marks(Style(), text, Sizes(root).names, ["plugin-31"])

    found = Telling(root.values, [], marks, frozenset({"plugin-31"}), root.keys)

    assert found.asked == {31}


def test_texts_that_tell_of_failure_are_urgent_where_the_task_asks_what_went_wrong() -> None:
    rows = plain(200)
    rows[70]["name"] = "connection to db-3 refused"

    assert 70 not in staying(rows)
    assert 70 in staying(rows, ["errors"], least=URGENT)
