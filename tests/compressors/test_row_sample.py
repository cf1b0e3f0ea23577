from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.compressors.base import Ask
from headroom.compressors.row_sample import RowSample

SAMPLE = RowSample()


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": n, "level": "INFO", "text": f"request {n} was served"} for n in range(count)]


def test_a_long_table_keeps_its_telling_rows_and_says_which_and_what_left() -> None:
    told = rows(200)
    told[77]["level"] = "ERROR"

    reduced = SAMPLE.reduce(json.dumps(told), Ask())

    assert reduced is not None
    assert json.loads(reduced.before) == [*told[:10], told[77], *told[-5:]]
    assert (reduced.gone, reduced.of, reduced.unit) == (184, 200, "rows")
    assert reduced.told == " (level: INFO 184), kept are rows 1-10, 78, 196-200"


def test_the_rows_that_stay_are_spelled_as_they_were() -> None:
    text = "[\n" + ",\n".join(f'  {{"n": {n}.50, "s": "\\u00e9"}}' for n in range(60)) + "\n]"

    reduced = SAMPLE.reduce(text, Ask())

    assert reduced is None or all(line in text for line in reduced.before.split("\n"))


def test_a_table_inside_an_object_is_found_and_what_stands_around_it_stays() -> None:
    answer = {"total": 200, "items": rows(200), "next": None}
    text = f"$ list\n{json.dumps(answer, indent=2)}\ndone"

    reduced = SAMPLE.reduce(text, Ask())

    assert reduced is not None
    assert reduced.before.startswith('$ list\n{\n  "total": 200,')
    assert reduced.after == "\ndone"
    kept = json.loads(reduced.before.removeprefix("$ list\n"))
    assert kept == {"total": 200, "items": [*rows(200)[:10], *rows(200)[-5:]], "next": None}


def test_one_row_per_line_stays_one_row_per_line() -> None:
    text = "\n".join(json.dumps(row) for row in rows(100))

    reduced = SAMPLE.reduce(text, Ask())

    assert reduced is not None
    assert reduced.before.split("\n") == [*text.split("\n")[:10], *text.split("\n")[-5:]]


def test_the_marker_sentence_holds_neither_brackets_nor_line_breaks() -> None:
    told = [{"a]\n": "x[\n]", "n": n, "pad": "y" * 40} for n in range(100)]

    reduced = SAMPLE.reduce(json.dumps(told), Ask())

    assert reduced is not None
    assert not set("[]\n") & set(reduced.told)


def test_short_tables_and_tables_of_which_most_rows_tell_something_stay_whole() -> None:
    varied = [{f"field {n}": n, "text": f"{n}"} for n in range(60)]

    assert SAMPLE.reduce(json.dumps(rows(29)), Ask()) is None
    assert (
        SAMPLE.reduce(json.dumps(varied), Ask(words=frozenset(str(n) for n in range(60)))) is None
    )


def test_what_is_no_table_is_none_of_its_business() -> None:
    for text in ("", "plain words", json.dumps({"a": rows(2)}), json.dumps(list(range(500)))):
        assert SAMPLE.reduce(text, Ask()) is None


def written_as(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The same rows in several layouts."""
    nested = {"total": len(rows), "page": {"size": 1}, "items": rows, "next": None}
    return {
        "lines": "\n".join(json.dumps(row) for row in rows),
        "indented": json.dumps(rows, indent=2),
        "behind other text": f"$ list\n\n{json.dumps(rows, indent=4)}\ndone",
        "first member": json.dumps({"items": rows, "next": None}, indent=2),
        "later member": json.dumps(nested, indent=2),
    }


@pytest.mark.parametrize("layout", written_as([]))
def test_the_lines_of_what_is_gone_hold_just_that(layout: str) -> None:
    told = rows(80)
    told[40]["level"] = "ERROR"
    text = written_as(told)[layout]

    reduced = SAMPLE.reduce(text, Ask())

    assert reduced is not None
    lines = text.split("\n")
    gone = "\n".join("\n".join(lines[first - 1 : last]) for first, last in reduced.gone_lines)
    assert gone.count('"id"') == reduced.gone == 64
    assert '"ERROR"' not in gone
    assert {f'"id": {n}' in gone for n in (10, 39, 41, 74)} == {True}
    assert not [n for n in (9, 40, 75) if f'"id": {n},' in gone]


def test_where_all_stands_on_one_line_lines_say_nothing() -> None:
    reduced = SAMPLE.reduce(json.dumps(rows(80)), Ask())

    assert reduced is not None
    assert reduced.gone_lines == ()
