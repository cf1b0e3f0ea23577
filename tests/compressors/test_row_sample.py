"""JSON cut down: what stays, what is named, and that it is still JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from headroom.compressors.base import Ask, Origin, whole
from headroom.compressors.records import Records
from headroom.compressors.row_sample import RowSample
from headroom.compressors.words import words_of
from headroom.marker import Marker, find_markers, key_of
from tests.support.at_length import at_length

SAMPLE = RowSample()
CASES = Path(__file__).parent / "cases"
PAGE = Path(__file__).parents[2] / "docs" / "reductions" / "row_sample.md"
NAMES = sorted(path.stem for path in CASES.glob("row_sample-*.in"))
TASK = frozenset(words_of("When was the lamp of the outer mole replaced?"))


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": n, "level": "INFO", "text": f"request {n} was served"} for n in range(count)]


def notes(rows: list[Any]) -> list[str]:
    return [row for row in rows if isinstance(row, str)]


def data(rows: list[Any]) -> list[Any]:
    return [row for row in rows if not isinstance(row, str)]


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_agreed(name: str) -> None:
    """With UPDATE_CASES=1 in the environment the agreement is written anew."""
    text = (CASES / f"{name}.in").read_text()

    reduced = SAMPLE.reduce(text, Ask(words=TASK, room=600))

    assert reduced is not None
    marker = Marker(reduced.gone, reduced.of, reduced.unit, reduced.told, key_of(text))
    shown = f"{reduced.before}\n{marker}{reduced.after}"
    shown = Records().encode(shown, Origin()) or shown
    if os.environ.get("UPDATE_CASES"):
        (CASES / f"{name}.out").write_text(shown)
    assert shown == (CASES / f"{name}.out").read_text()


def test_the_page_shows_what_is_agreed() -> None:
    for shown in ("row_sample-metrics.out", "row_sample-picture.out"):
        assert (CASES / shown).read_text().strip() in PAGE.read_text()


def test_a_long_table_keeps_its_telling_rows_and_names_the_gaps_where_they_are() -> None:
    told = rows(200)
    told[77]["level"] = "ERROR"

    reduced = SAMPLE.reduce(json.dumps(told), Ask(room=600))

    assert reduced is not None
    kept = json.loads(reduced.before)
    ids = [row["id"] for row in data(kept)]
    assert ids[:3] == [0, 1, 2]
    assert {76, 77, 78, 198, 199} < set(ids)
    assert len(notes(kept)) == 2
    assert notes(kept)[1].startswith("[… rows 80-")
    assert (reduced.gone, reduced.of, reduced.unit) == (200 - len(ids), 200, "rows")
    assert reduced.told.endswith("; level: all INFO)")


def test_the_table_form_says_the_notes_on_lines_of_their_own() -> None:
    reduced = SAMPLE.reduce(json.dumps(rows(200)), Ask(room=600))

    assert reduced is not None
    encoded = Records().encode(reduced.before, Origin())
    assert encoded is not None
    assert Records().decode(encoded) == reduced.before
    assert "\n[… rows " in encoded


def test_the_rows_that_stay_are_spelled_as_they_were() -> None:
    text = (
        "[\n"
        + ",\n".join(f'  {{\n    "n": {n}.50,\n    "s": "\\u00e9"\n  }}' for n in range(300))
        + "\n]"
    )

    reduced = SAMPLE.reduce(text, Ask(room=300))

    assert reduced is not None
    lines = [line.rstrip(",") for line in reduced.before.split("\n")]
    assert all(line in text or "left out" in line for line in lines)


def test_a_table_inside_an_object_is_found_and_what_stands_around_it_stays() -> None:
    answer = {"total": 200, "items": rows(200), "next": None}
    text = f"$ list\n{json.dumps(answer, indent=2)}\ndone"

    reduced = SAMPLE.reduce(text, Ask(room=600))

    assert reduced is not None
    assert reduced.before.startswith('$ list\n{\n  "total": 200,')
    assert reduced.after == "\ndone"
    kept = json.loads(reduced.before.removeprefix("$ list\n"))
    assert (kept["total"], kept["next"]) == (200, None)
    assert data(kept["items"])[0] == rows(1)[0]


def test_several_tables_share_the_room() -> None:
    text = json.dumps({"first": rows(100), "second": rows(100), "third": rows(5)})

    reduced = SAMPLE.reduce(text, Ask(room=1_200))

    assert reduced is not None
    kept = json.loads(reduced.before)
    assert kept["third"] == rows(5)
    assert 5 < len(data(kept["first"])) == len(data(kept["second"])) < 40


def test_a_table_inside_each_row_loses_rows_of_its_own() -> None:
    orders = [{"order": n, "lines": [{"sku": f"{n}-{k}", "n": k} for k in range(40)]} for n in "ab"]

    reduced = SAMPLE.reduce(json.dumps({"orders": orders}), Ask(room=300))

    assert reduced is not None
    kept = json.loads(reduced.before)["orders"]
    assert [order["order"] for order in kept] == ["a", "b"]
    assert all(order["lines"][0]["n"] == 0 for order in kept)
    assert all(notes(order["lines"]) for order in kept)


def test_one_row_per_line_stays_one_row_per_line() -> None:
    text = "\n".join(json.dumps(row) for row in rows(100))

    reduced = SAMPLE.reduce(text, Ask(room=600))

    assert reduced is not None
    lines = reduced.before.split("\n")
    assert lines[0] == text.split("\n")[0]
    assert lines[-1] == text.split("\n")[-1]
    assert set(lines) - set(text.split("\n")) == {f'"{note}"' for note in notes(
        [json.loads(line) for line in lines]
    )}  # fmt: skip


def test_a_document_inside_a_string_is_cut_down_like_any_other() -> None:
    text = json.dumps({"content": [{"type": "text", "text": json.dumps(rows(120))}]})

    reduced = SAMPLE.reduce(text, Ask(room=600))

    assert reduced is not None
    inside = json.loads(json.loads(reduced.before)["content"][0]["text"])
    assert data(inside)[0] == rows(1)[0]
    assert notes(inside)


def test_a_row_that_was_asked_for_stays_whole() -> None:
    told = [
        {**row, "more": {"serial": f"SN-{n:05d}", "tags": ["x"] * 9}}
        for n, row in enumerate(rows(90))
    ]

    reduced = SAMPLE.reduce(json.dumps(told), Ask(words=frozenset({"sn-00051"}), room=600))

    assert reduced is not None
    assert told[51] in json.loads(reduced.before)


def test_a_field_that_the_task_names_stays_in_every_row() -> None:
    many = {f"field_{n}": f"value {n} of many" for n in range(40)}
    text = json.dumps([{"id": n, **many, "spare_wheels": n % 3} for n in range(20)])
    text = text.replace("of many", "of very many", 300)

    reduced = SAMPLE.reduce(text, Ask(words=frozenset({"spare_wheels"}), room=400))

    assert reduced is not None
    assert all("spare_wheels" in row for row in data(json.loads(reduced.before)))


def test_the_marker_sentence_holds_neither_brackets_nor_line_breaks() -> None:
    told = [{"a]\n": "x[\n]", "n": n, "pad": f"{n} " * 20} for n in range(100)]

    reduced = SAMPLE.reduce(json.dumps(told), Ask(room=600))

    assert reduced is not None
    assert not set("[]\n") & set(reduced.told)


def test_what_is_short_and_what_is_no_json_is_none_of_its_business() -> None:
    for text in ("", "plain words " * 900, json.dumps({"a": rows(2)}), "[" * 5_000):
        assert SAMPLE.reduce(text, Ask(room=300)) is None


def test_a_settings_file_that_was_read_stays_as_it_is() -> None:
    text = json.dumps({f"setting {n}": {"on": n, "by": f"{n:x}"} for n in range(90)}, indent=2)

    read = Origin(tool="Read", path="a/settings.json")

    assert SAMPLE.reduce(text, Ask(room=500)) != whole(text)
    assert SAMPLE.reduce(text, Ask(read, room=500)) == whole(text)


def test_an_article_in_json_is_left_to_nobody_else() -> None:
    text = json.dumps({"id": 7, "content": "It is said to be so, and so it is. " * 100})

    assert SAMPLE.reduce(text, Ask(room=2_000)) == whole(text)


def test_what_was_asked_for_in_a_wide_object_does_not_keep_all_of_it() -> None:
    text = json.dumps({f"key-{n:04d}": f"value-{n * 7:04d}" for n in range(200)}, indent=1)

    reduced = SAMPLE.reduce(text, Ask(words=frozenset({"key-0123"}), room=1_500))

    assert reduced is not None
    assert reduced.gone > 100
    assert '"key-0123": "value-0861"' in reduced.before


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

    reduced = SAMPLE.reduce(text, Ask(room=600))

    assert reduced is not None
    lines = text.split("\n")
    gone = "\n".join("\n".join(lines[first - 1 : last]) for first, last in reduced.gone_lines)
    assert gone.count('"id"') == reduced.gone > 50
    assert '"ERROR"' not in gone
    left = [row["id"] for row in told if f'"id": {row["id"]},' not in reduced.before]
    assert all(f'"id": {number},' in gone for number in left)
    assert len(left) == reduced.gone


def test_where_all_stands_on_one_line_lines_say_nothing() -> None:
    reduced = SAMPLE.reduce(json.dumps(rows(80)), Ask(room=600))

    assert reduced is not None
    assert reduced.gone_lines == ()


WORDS = some.sampled_from(
    ["open", "failed", "a]b\n", "é", "[… rows 1-2 left out]", "…", "x" * 90, "One. Two! " * 40]
)
SCALARS = some.none() | some.booleans() | some.integers(0, 99) | some.floats(0, 1e6) | WORDS
DOCUMENTS = some.recursive(
    SCALARS,
    lambda inner: (
        some.lists(inner, max_size=12)
        | some.dictionaries(some.sampled_from("abcdefgh…"), inner, max_size=8)
        | some.builds(lambda one, times: [one] * times, inner, some.integers(8, 40))
    ),
    max_leaves=40,
)


@settings(max_examples=at_length(150), deadline=None)
@given(DOCUMENTS, some.sampled_from([None, 2, "\t"]), some.booleans(), some.integers(100, 900))
def test_what_was_json_is_still_json_and_comes_back_from_its_table(
    document: object, indent: int | str | None, plain: bool, room: int
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=plain)

    reduced = SAMPLE.reduce(text, Ask(words=frozenset({"open", "99"}), room=room))

    if reduced is not None:
        json.loads(reduced.before + reduced.after)
        marker = Marker(reduced.gone, reduced.of, reduced.unit, reduced.told, key_of(text))
        assert find_markers(str(marker)) == (marker,)
        encoded = Records().encode(reduced.before, Origin())
        assert encoded is None or Records().decode(encoded) == reduced.before
        assert all(first <= last for first, last in reduced.gone_lines)


WIDE = [
    {
        "id": n,
        "text": f"{n} " + "it was said and written down " * 20,
        "owner": {"login": f"user {n}", "bio": f"{n} of them " * 30, "badge": f"badge-{n}"},
        "log": [{"step": k, "said": f"step {k} of {n} " * 9} for k in range(12)],
        **{f"field_{k}": f"some value {n} {k}" for k in range(40)},
    }
    for n in range(40)
]


@pytest.mark.parametrize("name", ["text", "bio", "badge", "said", "log", "field_33"])
def test_what_stands_under_a_name_that_is_to_stay_is_whole_in_every_row_that_stays(
    name: str,
) -> None:
    reduced = SAMPLE.reduce(json.dumps(WIDE), Ask(room=1_500, fields=frozenset({name})))

    assert reduced is not None
    staying = data(json.loads(reduced.before + reduced.after))
    assert 0 < len(staying) < 20
    for row in staying:
        before = list(under(name, WIDE[row["id"]]))
        found = list(under(name, row))
        assert found
        assert all(value in before for value in found)


def under(name: str, value: Any) -> Iterator[Any]:
    """All that stands under this name, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from under(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from under(name, inner)


def test_a_member_of_a_wide_object_that_is_to_stay_is_whole() -> None:
    sections = {f"part_{n}": {"mode": n, "why": f"{n} because " * 20} for n in range(90)}

    bare = SAMPLE.reduce(json.dumps(sections), Ask(room=900))
    kept = SAMPLE.reduce(json.dumps(sections), Ask(room=900, fields=frozenset({"part_47"})))

    assert bare is not None
    assert kept is not None
    assert json.loads(kept.before + kept.after)["part_47"] == sections["part_47"]
    assert "part_47" not in json.loads(bare.before + bare.after)


def test_rows_that_alone_have_what_is_to_stay_do_stay() -> None:
    many = rows(300)
    many[140]["receipt"] = "R-1"

    reduced = SAMPLE.reduce(json.dumps(many), Ask(room=900, fields=frozenset({"receipt"})))

    assert reduced is not None
    assert "R-1" in reduced.before
