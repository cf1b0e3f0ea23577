from __future__ import annotations

import pytest

from headroom.replay.bill import Tokens
from headroom.replay.dialects import OpenAIResponsesDialect
from tests.replay.examples import responses_body

DIALECT = OpenAIResponsesDialect()


def test_reasoning_and_calls_are_the_assistants() -> None:
    assert DIALECT.owner({"type": "reasoning"}) == "assistant"
    assert DIALECT.owner({"type": "custom_tool_call"}) == "assistant"
    assert DIALECT.owner({"type": "function_call_output"}) == "user"
    assert DIALECT.owner({"role": "developer"}) == "head"
    assert DIALECT.owner("text") == "user"


@pytest.mark.parametrize("name", ["arguments", "input", "action"])
def test_every_kind_of_call_has_its_arguments(name: str) -> None:
    call = DIALECT.call({"type": "custom_tool_call", "call_id": "c", "name": "look", name: "ls"})

    assert call is not None
    assert (call.id, call.name, call.arguments) == ("c", "look", "ls")


@pytest.mark.parametrize("output", ["seen", [{"text": "seen"}], {"content": "seen"}])
def test_a_result_is_its_text(output: object) -> None:
    result = DIALECT.result({"type": "function_call_output", "call_id": "c", "output": output})

    assert result is not None
    assert (result.text, result.call) == ("seen", "c")


def test_all_items_of_a_turn_are_its_output() -> None:
    items = tuple(responses_body()["input"][1:3])

    answer = DIALECT.answer("gpt", items, Tokens(read=100, written=20, output=3))

    assert [item["type"] for item in answer["output"]] == ["reasoning", "function_call"]
    assert answer["usage"]["input_tokens_details"] == {"cached_tokens": 100}
