"""The vocabulary of a conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Facts, Plan, ToolCall


def call(arguments: str) -> ToolCall:
    return ToolCall(id="call_1", name="Read", arguments=arguments)


def test_an_argument_is_found_by_its_name() -> None:
    assert call('{"file_path": "a.py", "limit": 3}').argument("file_path") == "a.py"


def test_the_first_name_that_is_there_counts() -> None:
    assert call('{"path": "b.py", "file": "c.py"}').argument("file_path", "path", "file") == "b.py"


@pytest.mark.parametrize("arguments", ["", "{", "[]", '"text"', '{"path": 3}', '{"path": null}'])
def test_an_argument_that_is_missing_or_no_text_is_empty(arguments: str) -> None:
    assert call(arguments).argument("path") == ""


def test_arguments_of_any_depth_can_be_looked_at() -> None:
    assert call('{"path":' + "[" * 5000 + "]" * 5000 + "}").argument("path") == ""


@given(st.text())
def test_no_arguments_are_too_odd_to_look_at(arguments: str) -> None:
    assert isinstance(call(arguments).argument("path"), str)


def test_a_plan_tells_what_it_saves() -> None:
    assert Plan(tokens_before=100, tokens_after=60).tokens_saved == 40


def test_only_bound_thinking_binds_what_stands_before_it() -> None:
    assert Facts(thinks_until=4).bound_until == 0
    assert Facts(thinks_until=4, binding="dropped").bound_until == 4
    assert Facts(thinks_until=4).thinking
