from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import ToolCall
from headroom.formats.base import Format
from headroom.formats.openai_chat import OpenAIChat
from headroom.formats.openai_responses import OpenAIResponses
from tests.formats.bodies import at, editable, read, seen

ASK = {"role": "user", "content": "What is in here?"}


def calling(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **more}


def call(arguments: str = '{"command": "ls"}', name: str = "bash") -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}


def result(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "call_1", "content": content, **more}


def test_a_tool_message_knows_the_call_that_it_answers() -> None:
    conversation = read(OpenAIChat(), {"messages": [ASK, calling(call()), result("a.py")]})

    block = at(conversation, "messages", 2, "content")
    assert block.call == ToolCall("call_1", "bash", '{"command":"ls"}')
    assert (block.kind, block.role, block.text, block.editable) == (
        "tool_result",
        "tool",
        "a.py",
        True,
    )


def test_text_parts_of_a_tool_message_are_blocks_of_their_own() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "image_url", "image_url": {}}]

    conversation = read(OpenAIChat(), {"messages": [ASK, calling(call()), result(parts)]})

    assert editable(conversation) == [("messages", 2, "content", 0, "text")]
    assert at(conversation, "messages", 2, "content", 1).kind == "opaque"


def test_a_string_and_a_lone_text_part_give_equal_blocks() -> None:
    as_string = {"messages": [ASK, calling(call()), result("out")]}
    as_part = {"messages": [ASK, calling(call()), result([{"type": "text", "text": "out"}])]}

    assert seen(read(OpenAIChat(), as_string).blocks) == seen(read(OpenAIChat(), as_part).blocks)


def test_arguments_that_a_client_wrote_anew_give_an_equal_block() -> None:
    first = {"messages": [ASK, calling(call('{"b": 1, "a": [2]}'))]}
    again = {"messages": [ASK, calling(call('{"a":[2],"b":1}'))]}

    assert seen(read(OpenAIChat(), first).blocks) == seen(read(OpenAIChat(), again).blocks)


@pytest.mark.parametrize("arguments", ['{"cut', "[" * 100_000, "\u0000", "nan"])
def test_arguments_that_are_not_json_stay_as_they_came(arguments: str) -> None:
    conversation = read(OpenAIChat(), {"messages": [ASK, calling(call(arguments))]})

    made = conversation.blocks[-1].call
    assert made is not None
    assert made.arguments == arguments


def test_the_system_messages_at_the_head_are_counted_but_are_no_blocks() -> None:
    later = {"role": "system", "content": "Be careful."}
    head = [{"role": "system", "content": "Be brief."}, {"role": "developer", "content": "Go."}]

    conversation = read(OpenAIChat(), {"messages": [*head, ASK, later]})

    assert [block.text for block in conversation.blocks] == [ASK["content"], "Be careful."]
    assert conversation.fixed_text == ("Be brief.", "Go.")
    assert editable(conversation) == []


def test_observations_of_an_agent_that_speaks_text_are_editable_but_its_task_is_not() -> None:
    body = {
        "messages": [
            {"role": "system", "content": "Answer with one command."},
            ASK,
            {"role": "assistant", "content": "ls"},
            {"role": "user", "content": "a.py b.py"},
        ]
    }

    assert editable(read(OpenAIChat(), body)) == [("messages", 3, "content")]


@pytest.mark.parametrize("member", ["tools", "functions"])
def test_user_text_is_never_edited_where_the_request_brings_tools(member: str) -> None:
    messages = [ASK, {"role": "assistant", "content": "Which?"}, ASK]

    conversation = read(OpenAIChat(), {member: [{"name": "bash"}], "messages": messages})

    assert conversation.facts.brings_tools
    assert editable(conversation) == []


def test_reasoning_beside_the_content_is_opaque_and_a_fact() -> None:
    body = {"messages": [ASK, calling(call(), reasoning_content="Hm.")]}

    conversation = read(OpenAIChat(), body)

    block = at(conversation, "messages", 1, "reasoning_content")
    assert (block.kind, block.text) == ("opaque", '"Hm."')
    assert conversation.facts.thinking


def test_a_custom_call_has_its_text_as_input() -> None:
    custom = {"id": "call_1", "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}}

    conversation = read(OpenAIChat(), {"messages": [ASK, calling(custom), result("Done")]})

    assert conversation.blocks[-1].call == ToolCall("call_1", "patch", '{"input":"*** Begin"}')


def test_a_legacy_function_message_answers_by_name_and_is_not_edited() -> None:
    asking = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}}
    answer = {"role": "function", "name": "f", "content": "out"}

    conversation = read(OpenAIChat(), {"messages": [ASK, asking, answer]})

    assert conversation.blocks[-1].call == ToolCall("", "f", "{}")
    assert editable(conversation) == []


def test_a_result_without_its_call_in_sight_goes_by_its_own_name() -> None:
    named, nameless = result("out", name="bash"), result("out")

    blocks = read(OpenAIChat(), {"messages": [named, nameless]}).blocks

    assert [block.call for block in blocks] == [ToolCall("call_1", "bash"), None]
    assert all(block.editable for block in blocks)


@pytest.mark.parametrize("tool", ["headroom_retrieve", "mcp__headroom__headroom_retrieve"])
def test_what_a_retrieval_returned_is_not_editable(tool: str) -> None:
    in_sight = {"messages": [ASK, calling(call(name=tool)), result("the original")]}
    alone = {"messages": [result("the original", name=tool)]}

    assert editable(read(OpenAIChat(), in_sight)) == editable(read(OpenAIChat(), alone)) == []


@pytest.mark.parametrize(
    "message",
    [
        5,
        None,
        [],
        {"role": "critic", "content": "text"},
        {"role": ["tool"], "content": "text"},
        {"content": "text"},
        {"role": "user", "content": {"type": "text", "text": "t"}},
        {"role": "tool", "tool_call_id": [], "content": 5},
    ],
)
def test_what_is_not_understood_is_opaque(message: Any) -> None:
    body = {"messages": [ASK, {"role": "assistant", "content": "Yes."}, message]}

    block = read(OpenAIChat(), body).blocks[-1]

    assert (block.kind, block.editable, block.path) == ("opaque", False, ("messages", 2))


@pytest.mark.parametrize(
    "calls",
    [5, {}, [None], [{"id": 5}], [{"id": "x"}], [{"id": "x", "function": {"arguments": "{}"}}]],
)
def test_calls_of_an_odd_shape_are_opaque(calls: Any) -> None:
    body = {"messages": [ASK, {"role": "assistant", "content": None, "tool_calls": calls}]}

    block = read(OpenAIChat(), body).blocks[-1]

    assert (block.kind, block.role, block.editable) == ("opaque", "assistant", False)


def test_openai_caches_without_being_asked() -> None:
    facts = read(OpenAIChat(), {"messages": [ASK]}).facts

    assert facts.always_cached
    assert not facts.cache_marks


@pytest.mark.parametrize("dialect", [OpenAIChat(), OpenAIResponses()])
@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"prompt_cache_options": {"mode": "implicit", "ttl": "12h"}}, 43_200),
        ({"prompt_cache_retention": "24h"}, 86_400),
        ({"prompt_cache_retention": "in_memory", "prompt_cache_options": []}, 0),
        ({}, 0),
    ],
)
def test_how_long_a_request_asks_to_be_cached_is_a_fact(
    dialect: Format, asked: dict[str, Any], seconds: float
) -> None:
    facts = read(dialect, {"messages": [ASK], "input": "hello", **asked}).facts

    assert facts.cache_ttl_s == seconds


def test_errors_have_openai_s_shape() -> None:
    error = msgspec.json.decode(OpenAIChat().error_body(413, "too large"))

    assert error == {
        "error": {
            "message": "too large",
            "type": "invalid_request_error",
            "param": None,
            "code": "request_too_large",
        }
    }


def test_an_error_in_mid_stream_is_a_chunk_of_its_own() -> None:
    event = OpenAIChat().error_event("cut", status=502)

    assert event.startswith(b'data: {"error":{"message":"cut"')
    assert event.endswith(b"\n\n")
