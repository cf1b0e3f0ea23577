from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.gemini_shapes import (
    declarations,
    error_body,
    first_candidate,
    inner,
    is_thought,
    name_in,
    parts_of,
    usage,
)
from headroom.outcome import Usage
from tests.formats.streams import GEMINI_USAGE


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"functionCall": 1}, "functionCall"),
        ({"function_call": 1}, "function_call"),
        ({"functionCall": 1, "function_call": 2}, "functionCall"),
        ({}, ""),
    ],
)
def test_names_are_found_in_either_spelling(value: dict[str, Any], spelled: str) -> None:
    assert name_in(value, "functionCall") == spelled


def test_what_is_no_object_has_nothing_inside() -> None:
    assert inner({"function_call": {"name": "a"}}, "functionCall") == {"name": "a"}
    assert inner({"functionCall": "odd"}, "functionCall") == {}
    assert inner(["odd"], "functionCall") == {}


def test_functions_are_declared_by_any_of_the_tools() -> None:
    tools = [
        "odd",
        {"googleSearch": {}},
        {"functionDeclarations": [{"name": "a"}, None]},
        {"function_declarations": [{"name": "b"}]},
    ]

    assert list(declarations(tools)) == [{"name": "a"}, {"name": "b"}]
    assert list(declarations("odd")) == []


def test_a_candidate_may_have_no_parts() -> None:
    assert first_candidate({"candidates": [{"index": 0}]}) == {"index": 0}
    assert first_candidate({"candidates": "odd"}) == {}
    assert parts_of({"content": {"parts": [1]}}) == [1]
    assert parts_of({"content": None}) == parts_of({"content": {"parts": "odd"}}) == []
    assert is_thought({"thought": True})
    assert not is_thought({"thought": "yes"})
    assert not is_thought("odd")


def test_thoughts_are_output_and_cached_tokens_part_of_the_prompt() -> None:
    told = {**GEMINI_USAGE, "toolUsePromptTokenCount": 7}

    assert usage(told) == Usage(input_tokens=2007, output_tokens=30, cache_read_tokens=1500)
    assert usage({"promptTokenCount": "odd"}) == Usage()


@pytest.mark.parametrize(
    ("status", "name"), [(400, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL")]
)
def test_errors_have_googles_names(status: int, name: str) -> None:
    assert msgspec.json.decode(error_body(status, "so")) == {
        "error": {"code": status, "message": "so", "status": name}
    }


def test_how_long_to_wait_is_told_within_the_error() -> None:
    error = msgspec.json.decode(error_body(429, "so", 1.2))["error"]

    assert error["details"] == [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"}
    ]
