"""Attributes in messages."""

from __future__ import annotations

from headroom.observe.otel.about import About
from headroom.observe.otel.spans import Value
from headroom.observe.otel.wire import key_values, resource, scope, unhurried
from tests.support.collector import read


def test_values_keep_their_kind() -> None:
    given: dict[str, Value] = {"text": "é", "yes": True, "whole": 3, "half": 0.5}

    assert read(key_values(given.items())) == given


def test_half_a_character_does_not_stop_an_export() -> None:
    assert read(key_values([("text", "a\ud800b")])) == {"text": "a?b"}


def test_whose_it_is_and_what_tells_it() -> None:
    whose = About({"service.name": "ours"}, "1.2")

    assert read(resource(whose).attributes) == {"service.name": "ours"}
    assert (scope(whose).name, scope(whose).version) == ("headroom", "1.2")


def test_what_is_not_hurried_comes_as_it_was() -> None:
    assert list(unhurried(range(30))) == [*range(30)]
