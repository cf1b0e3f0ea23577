from __future__ import annotations

from headroom.proxy.outline import Line, kind_of, outline
from headroom.proxy.schema import (
    COUNT,
    FLAG,
    MOMENT,
    TEXT,
    Maybe,
    listed,
    named,
    one_of,
    or_null,
    record,
    said,
)

REFERENCE = {"$ref": "#/components/schemas/Thing"}


def test_each_member_is_a_line_with_those_within_it_below() -> None:
    inner = record(size=said(COUNT, "How large."))
    schema = record("Thing", name=TEXT, inner=inner, rows=Maybe(listed(record(at=MOMENT))))

    assert outline(REFERENCE, {"Thing": schema}) == [
        Line(0, "name", "text"),
        Line(0, "inner", "object"),
        Line(1, "size", "whole number", "How large."),
        Line(0, "rows", "list of object", always=False),
        Line(1, "at", "time"),
    ]


def test_what_it_is_is_told_in_words() -> None:
    assert kind_of(FLAG) == "true or false"
    assert kind_of(or_null(TEXT)) == "text or null"
    assert kind_of(named(REFERENCE)) == "by name: Thing"
    assert kind_of(one_of(("a", "b"))) == '"a" or "b"'
    assert kind_of(said({"title": "X", "allOf": [REFERENCE]}, "It.")) == "Thing"
    assert kind_of({}) == "anything"


def test_what_may_be_null_is_opened_and_what_may_be_two_things_is_not() -> None:
    both = {"anyOf": [record(a=TEXT), record(b=TEXT)]}

    assert [one.name for one in outline(or_null(record(a=TEXT)), {})] == ["a"]
    assert outline(both, {}) == []
