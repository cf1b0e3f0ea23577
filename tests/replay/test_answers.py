from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.replay.answers import ROUTES, answer
from headroom.replay.bill import Tokens
from headroom.replay.request_body import session_from_body
from tests.replay.examples import all_bodies

TOKENS = Tokens(read=100, written=20, output=3)


def _answers() -> dict[str, dict[str, Any]]:
    sessions = [session_from_body("garden", body) for body in all_bodies()]
    return {
        each.dialect: json.loads(answer(each.dialect, each.model, next(each.turns()).reply, TOKENS))
        for each in sessions
    }


def test_a_turn_with_a_call_stops_for_it() -> None:
    answers = _answers()

    assert answers["anthropic"]["stop_reason"] == "tool_use"
    assert answers["anthropic"]["content"][0]["name"] == "look"
    (choice,) = answers["openai_chat"]["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "look"
    assert [item["type"] for item in answers["openai_responses"]["output"]] == [
        "reasoning",
        "function_call",
    ]


def test_usage_is_told_as_each_provider_tells_it() -> None:
    answers = _answers()

    assert answers["anthropic"]["usage"]["cache_read_input_tokens"] == 100
    assert answers["openai_chat"]["usage"]["prompt_tokens"] == 120
    assert answers["openai_responses"]["usage"]["input_tokens_details"] == {"cached_tokens": 100}


@pytest.mark.parametrize("reply", [(), (5,), ({"role": "assistant", "content": "Done."},)])
def test_any_reply_can_be_sent(reply: tuple[Any, ...]) -> None:
    for dialect in ROUTES:
        assert json.loads(answer(dialect, "m", reply, TOKENS))["model"] == "m"
