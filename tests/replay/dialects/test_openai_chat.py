from __future__ import annotations

import pytest

from headroom.replay.bill import Tokens
from headroom.replay.dialects import OpenAIChatDialect
from tests.replay.examples import chat_body

DIALECT = OpenAIChatDialect()


def test_a_text_and_calls_are_parts_of_one_message() -> None:
    call = chat_body()["messages"][2]["tool_calls"][0]
    message = {"role": "assistant", "content": "Looking.", "tool_calls": [call]}

    (_, said), (place, called) = DIALECT.parts(message)

    assert (DIALECT.text(said), DIALECT.call(said)) == ("Looking.", None)
    assert place == 1
    assert called == call


@pytest.mark.parametrize("content", ["seen", [{"type": "text", "text": "seen"}]])
def test_a_result_is_its_text(content: object) -> None:
    message = {"role": "tool", "tool_call_id": "call_1", "content": content}

    ((_, part),) = DIALECT.parts(message)

    result = DIALECT.result(part)
    assert result is not None
    assert (result.text, result.call) == ("seen", "call_1")
    assert DIALECT.owner(message) == "tool"


def test_a_turn_with_a_call_stops_for_it_and_tells_its_usage() -> None:
    called, said = chat_body()["messages"][2], chat_body()["messages"][4]

    answer = DIALECT.answer("gpt", (called,), Tokens(read=100, written=20, output=3))

    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "look"
    assert answer["usage"]["prompt_tokens"] == 120
    assert DIALECT.answer("gpt", (said,), Tokens())["choices"][0]["finish_reason"] == "stop"
