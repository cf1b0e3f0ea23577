from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.openai_responses_reply import (
    Spent,
    as_one,
    changed,
    nothing_said,
    output_of,
    saying,
    without_our_tool,
)
from headroom.formats.turns import NOTHING_SAID
from headroom.marker import TOOL
from tests.formats.responses_turns import SHELL

OURS: dict[str, Any] = {"type": "function", "name": TOOL, "strict": False}


def one(response: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """This response as that of a whole turn."""
    parts = {"said": (), "first": {}, "spent": Spent(), **parts}
    changes = as_one(response, (), **parts)
    return dict(msgspec.json.decode(changed(msgspec.json.encode(response), changes)))


@pytest.mark.parametrize("at", [(), ("response",)])
def test_our_tool_is_taken_out_wherever_the_response_stands(at: tuple[str, ...]) -> None:
    response = {"tools": [SHELL, OURS], "id": "resp_1"}
    body = msgspec.json.encode({"response": response} if at else response)

    told = msgspec.json.decode(changed(body, without_our_tool(response, at)))

    assert (told["response"] if at else told) == {"tools": [SHELL], "id": "resp_1"}


@pytest.mark.parametrize(
    "response", [{}, {"tools": None}, {"tools": [SHELL, 5]}, {"tools": [{"name": TOOL}]}]
)
def test_tools_of_others_stay(response: dict[str, Any]) -> None:
    assert without_our_tool(response, ()) == []


def test_members_that_the_client_knows_stay_as_it_knows_them() -> None:
    first = {"id": "resp_1", "previous_response_id": None, "created_at": 5}

    told = one({"id": "resp_2", "previous_response_id": "resp_1", "output": []}, first=first)

    assert told == {**first, "output": []}


def test_the_output_is_put_where_there_is_none() -> None:
    assert one({}, said=['{"a":1}']) == {"output": [{"a": 1}]}


def test_without_other_legs_usage_stays() -> None:
    usage = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 9}

    assert one({"usage": usage})["usage"] == usage


def test_output_is_added_up() -> None:
    usage = {
        "input_tokens": 5,
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 8,
    }

    told = one({"usage": usage}, spent=Spent().and_of(usage).and_of(usage))["usage"]

    assert told == {
        "input_tokens": 5,
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 14,
    }


@pytest.mark.parametrize("usage", [None, {}, {"output_tokens": 3}])
def test_what_usage_does_not_tell_is_not_invented(usage: Any) -> None:
    told = one({"usage": usage}, spent=Spent(output=2))["usage"]

    assert told == ({"output_tokens": 5} if usage else usage)


def test_the_note_is_one_message_whose_id_is_made_of_the_replys() -> None:
    note = nothing_said("resp_1")

    assert note == nothing_said("resp_1")
    assert note["id"] != nothing_said("resp_2")["id"]
    assert note["content"][0]["text"] == NOTHING_SAID
    assert {event["output_index"] for event in saying(note, 4)} == {4}


@pytest.mark.parametrize("response", [b"", b"[]", b"{}", b'{"output":{}}'])
def test_a_response_may_have_no_output(response: bytes) -> None:
    assert output_of(response) == ()


def test_items_are_told_as_they_stand_there() -> None:
    assert output_of(b'{"output": [{"a": 1}, {"b":"\\u00e9"} ]}') == ('{"a": 1}', '{"b":"\\u00e9"}')


def test_what_cannot_be_changed_safely_stays() -> None:
    twice = b'{"tools":[],"usage":{"output_tokens":1,"output_tokens":2}}'
    usage = {"output_tokens": 2}

    changes = as_one({"usage": usage, "output": []}, (), said=(), first={}, spent=Spent(1))

    assert changed(twice, changes) == twice
