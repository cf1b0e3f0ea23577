from __future__ import annotations

import json
from typing import Any

from headroom.compressors.json_text import Array, Forest, Node
from headroom.compressors.telling_rows import FIRST_ROWS, LAST_ROWS, kinds, telling


def table(rows: list[Any]) -> tuple[Node, ...]:
    root = Forest().parse(json.dumps(rows))
    assert isinstance(root, Array)
    return root.items


def plain(count: int) -> list[dict[str, Any]]:
    return [{"id": 1000 + n, "name": f"row number {n:04d}", "ms": 20 + n % 7} for n in range(count)]


ENDS = set(range(FIRST_ROWS)) | set(range(200 - LAST_ROWS, 200))


def test_rows_that_are_all_alike_leave_the_ends() -> None:
    assert telling(table(plain(200)), ()) == ENDS


def test_an_error_stays() -> None:
    rows = plain(200)
    rows[77]["name"] = "connection refused by db-3"

    assert telling(table(rows), ()) - ENDS == {77}


def test_many_errors_leave_as_many_as_fit_but_all_that_a_level_tells() -> None:
    rows = [{**row, "level": "INFO"} for row in plain(200)]
    for n in range(50, 90):
        rows[n]["level"] = "ERROR"

    assert set(range(50, 90)) <= telling(table(rows), ())


def test_a_rare_value_of_a_kind_stays_and_two_of_each_common_one() -> None:
    rows = [{**row, "state": "open" if n < 100 else "shut"} for n, row in enumerate(plain(200))]
    rows[150]["state"] = "lost"

    assert telling(table(rows), ()) - ENDS == {100, 101, 150}


def test_numbers_far_outside_stay_the_farthest_first() -> None:
    rows = plain(200)
    for n in range(60, 70):
        rows[n]["ms"] = 9_000 + n

    assert {67, 68, 69} <= telling(table(rows), ())


def test_a_row_of_another_shape_stays() -> None:
    rows: list[Any] = plain(200)
    rows[120] = {"id": 1120, "skipped": True}

    assert 120 in telling(table(rows), ())


def test_what_the_task_asks_for_stays_and_what_all_rows_hold_does_not_count() -> None:
    assert telling(table(plain(200)), {"1111", "row", "number"}) - ENDS == {111}


def test_what_lies_nested_counts_too() -> None:
    rows = [{"n": n, "deep": {"list": [{"state": "fine"}]}} for n in range(200)]
    rows[90]["deep"] = {"list": [{"state": "odd one"}]}

    assert telling(table(rows), {"odd"}) - ENDS == {90}


def test_kinds_are_counted_where_each_row_has_one_of_few() -> None:
    rows = table([{"state": "ok" if n % 3 else "idle", "id": n} for n in range(9)])

    assert kinds(rows, most=5) == {'"state"': {'"idle"': 3, '"ok"': 6}}
