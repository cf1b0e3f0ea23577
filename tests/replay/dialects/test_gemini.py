from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.economics import rates
from headroom.replay.bill import Tokens
from headroom.replay.dialects import GeminiDialect
from headroom.replay.segments import SegmentReader
from tests.formats.gemini_turns import WHOLE, reply_to
from tests.replay.examples import gemini_body, words
from tests.upstream.memory import Memory
from tests.upstream.script import Call, Say, Script

DIALECT = GeminiDialect()
CALLED = {"name": "look", "args": {"command": "find src"}}
ANSWERED = {"name": "look", "response": {"output": "seen", "code": 0}}


@pytest.mark.parametrize("spelled", ["functionCall", "function_call"])
def test_a_call_is_read_in_either_spelling_and_known_by_its_name_without_an_id(
    spelled: str,
) -> None:
    call = DIALECT.call({spelled: CALLED})

    assert call is not None
    assert (call.id, call.name, call.arguments) == ("look", "look", {"command": "find src"})


@pytest.mark.parametrize("spelled", ["functionResponse", "function_response"])
@pytest.mark.parametrize(("named", "call"), [({}, "look"), ({"id": "call_1"}, "call_1")])
def test_a_result_is_read_in_either_spelling(
    spelled: str, named: dict[str, Any], call: str
) -> None:
    result = DIALECT.result({spelled: {**ANSWERED, **named}})

    assert result is not None
    assert (result.text, result.call) == ("seen", call)


def test_a_thought_is_no_text() -> None:
    assert DIALECT.text({"text": "hidden", "thought": True}) == ""
    assert DIALECT.text({"text": "said", "thoughtSignature": "c2VjcmV0"}) == "said"


@pytest.mark.parametrize("spelled", ["inlineData", "inline_data"])
def test_a_picture_is_named_where_it_stands_and_within_a_response(spelled: str) -> None:
    picture = {spelled: {"mimeType": "image/png", "data": "AAAA"}}
    shown = {"functionResponse": {"name": "look", "parts": [picture, 5]}}

    assert DIALECT.named(picture, lambda _: "P")[spelled]["data"] == "P"
    (inside, _) = DIALECT.named(shown, lambda _: "P")["functionResponse"]["parts"]
    assert inside[spelled] == {"mimeType": "image/png", "data": "P"}


def test_what_is_fixed_comes_first_in_either_spelling() -> None:
    body = gemini_body()
    underscored = {**body, "system_instruction": body["systemInstruction"]}
    del underscored["systemInstruction"]
    reader = SegmentReader(DIALECT, words)

    for each in (body, underscored):
        prompt = reader.read(json.dumps(each).encode())
        assert [segment.owner for segment in prompt.segments] == [
            *("head", "head", "user", "assistant", "assistant", "tool", "assistant")
        ]


def test_a_taken_turn_is_answered_in_the_shape_of_the_provider() -> None:
    said = Script((Say("Looking."), Call("look", {"command": "ls"}, id="call_1")))
    reply = json.loads(reply_to(WHOLE, said, Memory()))
    (candidate,) = reply["candidates"]

    answer = DIALECT.answer("gemini-3-pro", (candidate["content"],), Tokens(100, 20, 3))

    assert answer.keys() == reply.keys()
    assert answer["candidates"] == reply["candidates"]
    assert answer["usageMetadata"].keys() == reply["usageMetadata"].keys()
    assert answer["usageMetadata"]["promptTokenCount"] == 120
    assert answer["usageMetadata"]["cachedContentTokenCount"] == 100


def test_its_default_model_has_a_price() -> None:
    assert rates(DIALECT.default_model, provider=DIALECT.format.provider) is not None
