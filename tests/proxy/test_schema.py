from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from headroom.proxy.schema import (
    COUNT,
    NOTHING,
    TEXT,
    Maybe,
    any_of,
    extended,
    listed,
    named,
    of_type,
    one_of,
    or_null,
    record,
    said,
)


def test_a_record_names_what_is_always_there() -> None:
    assert record("Thing", name=TEXT, size=Maybe(COUNT)) == {
        "title": "Thing",
        "type": "object",
        "properties": {"name": TEXT, "size": COUNT},
        "required": ["name"],
    }


def test_a_record_is_extended_by_further_members() -> None:
    base = record("Thing", name=TEXT, size=Maybe(COUNT))

    assert extended("More", base, kind=TEXT, note=Maybe(TEXT)) == record(
        "More", name=TEXT, size=Maybe(COUNT), kind=TEXT, note=Maybe(TEXT)
    )


def test_what_holds_others_says_which() -> None:
    assert listed(TEXT) == {"type": "array", "items": TEXT}
    assert named(TEXT) == {"type": "object", "additionalProperties": TEXT}
    assert one_of(("a", "b")) == {"type": "string", "enum": ["a", "b"]}
    assert or_null(TEXT) == any_of(TEXT, NOTHING)


def test_words_stand_beside_a_shape_that_has_a_name_elsewhere() -> None:
    thing = record("Thing", name=TEXT)

    assert said(TEXT, "Of it.") == {"type": "string", "description": "Of it."}
    assert said(thing, "Of it.") == {"allOf": [thing], "description": "Of it."}


class Inner(msgspec.Struct, frozen=True):
    size: Annotated[int, Meta(ge=0)] = 0


class Outer(msgspec.Struct):
    name: str
    inner: Inner = Inner()


def test_a_struct_is_a_schema_with_all_that_it_holds() -> None:
    schema = of_type(Outer)

    assert schema["title"] == "Outer"
    assert schema["required"] == ["name"]
    assert schema["properties"]["inner"]["title"] == "Inner"
    assert schema["properties"]["inner"]["properties"]["size"] == {"type": "integer", "minimum": 0}
