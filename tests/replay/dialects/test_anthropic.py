from __future__ import annotations

from typing import Any

import pytest

from headroom.replay.bill import Tokens
from headroom.replay.dialects import AnthropicDialect
from tests.replay.examples import anthropic_body

DIALECT = AnthropicDialect()


@pytest.mark.parametrize(
    ("body", "is_ours"),
    [
        ({"system": "Be brief."}, True),
        ({"tools": [{"name": "look", "input_schema": {}}]}, True),
        ({"tools": [{"type": "function", "function": {}}]}, False),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, True),
        ({"messages": [{"role": "tool", "content": "seen"}]}, False),
        ({"messages": [5, {"role": "user", "content": "hello"}]}, False),
        ({"model": "claude-x", "messages": None}, True),
        ({"model": "gpt-x"}, False),
    ],
)
def test_it_is_told_by_its_shape(*, body: dict[str, Any], is_ours: bool) -> None:
    assert DIALECT.wrote(body) is is_ours


def test_a_plain_text_is_a_list_of_one_block() -> None:
    listed = {"role": "user", "content": [{"type": "text", "text": "hello"}]}

    assert [*DIALECT.parts({"role": "user", "content": "hello"})] == [*DIALECT.parts(listed)]


def test_thinking_is_no_text() -> None:
    assert DIALECT.text({"type": "thinking", "thinking": "hidden", "text": "hidden"}) == ""


def test_a_turn_with_a_call_stops_for_it_and_tells_its_usage() -> None:
    called, said = anthropic_body()["messages"][1], anthropic_body()["messages"][5]

    answer = DIALECT.answer("claude", (called,), Tokens(read=100, written=20, output=3))

    assert answer["stop_reason"] == "tool_use"
    assert answer["content"][0]["name"] == "look"
    assert answer["usage"]["cache_read_input_tokens"] == 100
    assert DIALECT.answer("claude", (said,), Tokens())["stop_reason"] == "end_turn"
