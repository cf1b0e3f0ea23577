"""JSON as tables: always the way back, and what it looks like."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from headroom.compressors.base import Origin
from headroom.compressors.records import Records, tabled
from tests.support.at_length import at_length

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("records-*.in"))

KEYS = some.sampled_from(
    ["id", "name", "state", "owner", "a b", "x=1", ".k", "#", "items", '"q"', "é", "", "rows"]
)
WORDS = some.sampled_from(
    [
        *("open", "1", "null", "-0", "~", "*1", "&1 x", "3 rows(a)", "2 lists", "[", "]", "}"),
        *("(a)", ")", "a,b", ".x=1", '."a"=2', '"', "\\", "\n", "a\nb\nc\nd", " x", "x ", ""),
        *('"""', "a\n'''\nb", "é", "\U0001f600", "\ud800", "<b>&", "a/b", "#a", "!json[] {}"),
        *("true", "0123", "\x7f", "\u2028", "\x85", "http://example.org/a?b=c,d"),
        *("http://example.org/ada", "http://example.org/ada/pets", "http://example.org/jon"),
        *("long enough to be called by a label when it comes again",),
        *(
            '{"a": 1, "b": [1, 2, {"c": "d\\n"}], "c": 1.0}',
            '[{"id": 1}, {"id": 2}, {"id": 12345}]',
        ),
    ]
)
SCALARS = (
    some.none() | some.booleans() | some.integers() | some.floats() | WORDS | some.text(max_size=5)
)


def _containers(inner: some.SearchStrategy[object]) -> some.SearchStrategy[object]:
    row = some.fixed_dictionaries(
        {"id": inner, "name": inner, "state": inner}, optional={"x": inner, "owner": inner}
    )
    lists = some.lists(some.lists(inner, min_size=2, max_size=3), min_size=3, max_size=4)
    members = some.dictionaries(KEYS, inner, max_size=6)
    return some.lists(inner, max_size=6) | members | some.lists(row, max_size=8) | lists


DOCUMENTS = some.recursive(SCALARS, _containers, max_leaves=60)
LAYOUTS = some.sampled_from(
    [
        *((None, ", ", ": "), (None, ",", ":"), (2, ",", ": "), (0, ",", ": "), (4, ",", " : ")),
        *(("\t", ",", ": "), (2, ",", ":"), (None, ",", ": ")),
    ]
)
BEFORE = some.sampled_from(["", "\n", "Output:\n", "x: [", '{"a": 1}\n'])
AFTER = some.sampled_from(["", "\n", "\nexit 0\n", " {not json", '\n{"a":1}', "[/json"])


@settings(max_examples=at_length(150), deadline=None)
@given(DOCUMENTS, LAYOUTS, some.booleans(), BEFORE, AFTER)
def test_any_json_in_any_layout_and_surroundings_comes_back(
    document: object,
    layout: tuple[int | str | None, str, str],
    plain: bool,
    before: str,
    after: str,
) -> None:
    indent, comma, colon = layout
    spelled = json.dumps(document, indent=indent, separators=(comma, colon), ensure_ascii=plain)
    text = before + spelled + after

    encoded = tabled(text)

    assert encoded is None or Records().decode(encoded) == text


@settings(max_examples=at_length(150), deadline=None)
@given(some.text(alphabet='{}[]",:\\ \n01ae.-tnulrfs#&*~()=', max_size=80))
def test_any_text_can_be_offered_for_either_way(text: str) -> None:
    records = Records()
    for offered in (text, f"[json]\n{text}"):
        with suppress(ValueError):
            records.decode(offered)

        encoded = records.encode(text * 9, Origin())

        assert encoded is None or records.decode(encoded) == text * 9


@settings(max_examples=at_length(80), deadline=None)
@given(some.lists(DOCUMENTS, min_size=2, max_size=5))
def test_documents_on_lines_come_back(documents: list[object]) -> None:
    text = "\n".join(json.dumps(document) for document in documents)

    encoded = tabled(text)

    assert encoded is None or Records().decode(encoded) == text


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    "inside",
    [
        '{"a": 1, "b": [1, 2, {"c": "d\\n"}], "c": 1.0, "d": "ü"}',
        '{"a" : 1, "b" : [1, 2, {"c" : "\\u00fc"}], "c" : "one two"}',
        '{\n  "a" : 1,\n  "b" : [\n    1\n  ],\n  "c" : "a/b <c> ü"\n}',
        '[{"id":1,"name":"Ada"},{"id":2,"name":"Jon"},{"id":3,"name":"Mia"}]',
    ],
)
def test_a_document_inside_a_string_is_seen_and_comes_back(inside: str, *, plain: bool) -> None:
    text = json.dumps({"ok": True, "content": [inside, inside + " "]}, ensure_ascii=plain)

    encoded = tabled(text)

    assert encoded is not None
    assert "!json[" in encoded
    assert Records().decode(encoded) == text


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_agreed(name: str) -> None:
    """With UPDATE_CASES=1 in the environment the agreement is written anew."""
    text = (CASES / f"{name}.in").read_bytes().decode()

    encoded = Records().encode(text, Origin())

    assert encoded is not None
    if os.environ.get("UPDATE_CASES"):
        (CASES / f"{name}.out").write_bytes(encoded.encode())
    assert encoded == (CASES / f"{name}.out").read_bytes().decode()
    assert Records().decode(encoded) == text


def test_numbers_and_strings_are_seen_as_they_were_spelled() -> None:
    rows = [f'{{"id": {n}, "sum": 1.{n}0e+2, "name": "Röhre, {n} mm"}}' for n in range(10, 30)]

    encoded = Records().encode(f"[{', '.join(rows)}]", Origin())

    assert encoded is not None
    assert all(f'{n},1.{n}0e+2,"Röhre, {n} mm"' in encoded for n in range(10, 30))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON here. " * 40,
        '[{"id": 1}]',
        "[" * 100_000,
        '{"a":' * 20_000,
        '"' * 100_000,
        '["' + '\\"' * 50_000,
        "[json] " + json.dumps([{"id": n} for n in range(50)]),
    ],
)
def test_what_is_not_for_us_is_left_alone(text: str) -> None:
    assert Records().encode(text, Origin()) is None


@pytest.mark.parametrize(
    "odd", ["NaN", "-Infinity", "1e999", "-0.0", "123456789012345678901234567890", '"\\ud800\\/"']
)
def test_odd_values_keep_their_spelling(odd: str) -> None:
    text = "[" + ",".join(f'{{"id":{n},"value":{odd},"name":"row {n}"}}' for n in range(20)) + "]"

    encoded = Records().encode(text, Origin())

    assert encoded is not None
    assert Records().decode(encoded) == text


def test_an_object_that_has_a_key_twice_comes_back_with_both() -> None:
    text = "[" + ",".join(f'{{"id":{n},"id":{n + 1},"name":"row"}}' for n in range(20)) + "]"

    encoded = Records().encode(text, Origin())

    assert encoded is not None
    assert Records().decode(encoded) == text


def test_broken_tables_are_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="header line is missing"):
        Records().decode("id,name\n1,Ada")
    with pytest.raises(ValueError, match="not a table of ours"):
        Records().decode("[json]\n[2 rows(id,name)\n1,Ada")
