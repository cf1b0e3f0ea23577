"""The shape of an output: the same for outputs of one kind, and nothing of what they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.pipeline.signature import (
    MOST_FIELDS,
    SEARCHED_CHARACTERS,
    asked_fields,
    fields_of,
    shape_of,
)

LIST = Origin("mcp__desk__list")


def row(number: int, **more: Any) -> dict[str, Any]:
    author = {"login": f"user {number}"}
    return {"id": number, "title": f"Case {number}", "author": author, "tags": ["a"], **more}


ROWS = [row(number) for number in range(90)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS[:3]),
        json.dumps(ROWS[::-1], indent=2),
        json.dumps({"data": {"items": ROWS}, "total": 90}),
        "\n".join(map(json.dumps, ROWS)),
        f"Found these:\n{json.dumps(ROWS)}\nThat is all.",
        json.dumps({f"case-{one['id']}": one for one in ROWS}),
        json.dumps(ROWS[7]),
        json.dumps([*ROWS, row(91, rare=1), row(92, title=None)]),
        json.dumps(ROWS * 60),
        json.dumps({"data": ROWS * 60}),
        f"Found these:\n{json.dumps(ROWS * 60)}\nThat is all.",
    ],
)
def test_records_are_told_by_the_names_of_their_fields(text: str) -> None:
    shape = shape_of(text, LIST)

    assert shape.signature == shape_of(json.dumps(ROWS), LIST).signature
    assert shape.kind == "records"
    assert {"id", "title", "author", "tags", "login"} <= set(shape.names)
    assert dict(shape.fields)["tags"] == "list"


def test_another_tool_or_other_fields_give_another_signature() -> None:
    text = json.dumps(ROWS)
    other = json.dumps([{**one, "owner": 1} for one in ROWS])
    nested = json.dumps([{**one, "title": {"text": 1}} for one in ROWS])

    shapes = [shape_of(text, LIST), shape_of(text, Origin("x")), shape_of(other, LIST)]
    signatures = {one.signature for one in (*shapes, shape_of(nested, LIST))}

    assert len(signatures) == 4
    assert all(len(one) == 24 for one in signatures)


def test_keys_that_are_values_are_no_names() -> None:
    by_day = {f"2026-11-{day:02d}": {"sales": day, "lost": 0} for day in range(1, 9)}
    by_mail = {f"user{n}@example.com": n for n in range(40)}

    assert shape_of(json.dumps(by_day), LIST).names == ("sales", "lost")
    assert shape_of(json.dumps(by_mail), LIST).kind == "text"
    assert shape_of(json.dumps([{"k" * 65: 1, "ok": 2}]), LIST).names == ("ok",)


def test_a_shape_has_so_many_names_at_most() -> None:
    wide = [{f"field_{chr(97 + n % 26)}_{n // 26}": n for n in range(500)}]

    assert len(shape_of(json.dumps(wide), LIST).names) == MOST_FIELDS


def test_text_is_told_by_its_tool_by_what_ran_and_by_how_the_file_is_called() -> None:
    def of(**origin: str) -> str:
        return shape_of("some words\n" * 100, Origin("Bash", **origin)).signature

    log = of(command="cd app && git log --oneline -5")

    assert log == of(command="bash -lc 'git log -p src'")
    assert of(path="src/a.py") == of(path="b.PY")
    different = {log, of(), of(command="git diff"), of(path="a.py"), of(path="a.ts"), of(path="a")}
    assert len(different) == 5
    assert shape_of("words", Origin("Bash")).kind == "text"


def test_programs_that_are_not_known_are_not_told_apart() -> None:
    one, other = (shape_of("x", Origin("Bash", name)) for name in ("./pay-alice.sh", "./scan"))

    assert one.signature == other.signature


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("total_amount", ["total_amount"]),
        ("what is the total amount of it?", ["total_amount"]),
        ("lastLogin of user 7", ["lastLogin"]),
        ("last login", ["lastLogin"]),
        ("the id", ["id"]),
        ("valid hidden", []),
        ("total", []),
        ("", []),
    ],
)
def test_a_query_names_the_fields_whose_words_it_has(query: str, named: list[str]) -> None:
    assert list(asked_fields(query, ("id", "total_amount", "lastLogin"))) == named


@given(st.text(max_size=300) | st.sampled_from(["[{", '{"a":', "[[", '{"', "{}\n{}"]))
def test_any_text_has_a_shape(text: str) -> None:
    assert len(shape_of(text, LIST).signature) == 24
    fields_of(text * 50)


@pytest.mark.parametrize("piece", ["[{", '{"a":[', "[[", '{"a":{"b":', '"{', "[1,"])
def test_hostile_nesting_is_looked_at_once(piece: str) -> None:
    text = piece * (3 * SEARCHED_CHARACTERS // len(piece))

    assert shape_of(text, LIST).kind == "text"
