from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import ToolCall
from headroom.formats.openai_responses import OpenAIResponses
from tests.formats.bodies import at, editable, read, seen

ASK = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go."}]}
SAY = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Ok"}]}
CALL = {"type": "function_call", "call_id": "call_1", "name": "shell", "arguments": '{"a": 1}'}


def result(output: Any, kind: str = "function_call_output") -> dict[str, Any]:
    return {"type": kind, "call_id": "call_1", "output": output}


def test_an_output_knows_the_call_that_it_answers() -> None:
    conversation = read(OpenAIResponses(), {"input": [ASK, CALL, result("a.py")]})

    block = at(conversation, "input", 2, "output")
    assert block.call == ToolCall("call_1", "shell", '{"a":1}')
    assert (block.kind, block.role, block.turn, block.editable) == ("tool_result", "tool", 1, True)


def test_text_parts_of_an_output_are_blocks_of_their_own() -> None:
    parts = [{"type": "input_text", "text": "one"}, {"type": "input_image", "image_url": "x"}]

    conversation = read(OpenAIResponses(), {"input": [ASK, CALL, result(parts)]})

    assert editable(conversation) == [("input", 2, "output", 0, "text")]
    assert at(conversation, "input", 2, "output", 1).kind == "opaque"


def test_a_string_and_a_lone_text_part_give_equal_blocks() -> None:
    short = {"role": "user", "content": "Go."}
    as_string = {"input": [short, CALL, result("out")]}
    as_part = {"input": [ASK, CALL, result([{"type": "input_text", "text": "out"}])]}

    first, second = read(OpenAIResponses(), as_string), read(OpenAIResponses(), as_part)

    assert seen(first.blocks) == seen(second.blocks)


@pytest.mark.parametrize(
    ("call", "made"),
    [
        (
            {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin"},
            ToolCall("call_1", "apply_patch", '{"input":"*** Begin"}'),
        ),
        (
            {"type": "local_shell_call", "action": {"type": "exec", "command": ["ls"]}},
            ToolCall("call_1", "local_shell", '{"command":["ls"],"type":"exec"}'),
        ),
        (
            {"type": "shell_call", "action": {"commands": ["ls"]}},
            ToolCall("call_1", "shell", '{"commands":["ls"]}'),
        ),
        (
            {"type": "apply_patch_call", "operation": {"type": "delete_file", "path": "a"}},
            ToolCall("call_1", "apply_patch", '{"path":"a","type":"delete_file"}'),
        ),
    ],
)
def test_every_kind_of_call_that_the_client_runs_is_paired(
    call: dict[str, Any], made: ToolCall
) -> None:
    output = result("out", f"{call['type']}_output")

    conversation = read(OpenAIResponses(), {"input": [ASK, {"call_id": "call_1", **call}, output]})

    assert conversation.blocks[-1].call == made
    assert conversation.blocks[-2].kind == "tool_call"
    assert editable(conversation) == [("input", 2, "output")]


def test_a_local_shell_output_may_name_the_item_instead_of_the_call() -> None:
    call = {"type": "local_shell_call", "id": "lsh_1", "call_id": "call_1", "action": {}}
    output = {"type": "local_shell_call_output", "id": "lsh_1", "output": "a.py"}

    block = read(OpenAIResponses(), {"input": [ASK, call, output]}).blocks[-1]

    assert block.call == ToolCall("call_1", "local_shell", "{}")


def test_both_streams_of_a_shell_command_are_blocks() -> None:
    output = result([{"stdout": "a.py", "stderr": "warning", "outcome": {}}], "shell_call_output")

    conversation = read(OpenAIResponses(), {"input": [ASK, CALL, output]})

    assert editable(conversation) == [
        ("input", 2, "output", 0, "stdout"),
        ("input", 2, "output", 0, "stderr"),
    ]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        {"type": "compaction", "encrypted_content": "x"},
        {"type": "item_reference", "id": "x"},
        {"type": "mcp_call", "output": "text"},
        {"type": "computer_call_output", "call_id": "call_1", "output": {"type": "image"}},
        {"type": "invented_next_year", "output": "text"},
        {"type": "function_call", "name": "no id"},
        {"type": "function_call_output", "call_id": "call_1", "output": 5},
        {"type": "message", "role": "critic", "content": "text"},
        {"type": "message", "role": "user", "content": 5},
        {"type": ["message"], "role": "user", "content": "text"},
        5,
        None,
    ],
)
def test_what_is_not_understood_is_opaque(item: Any) -> None:
    block = read(OpenAIResponses(), {"input": [ASK, SAY, item]}).blocks[-1]

    assert (block.kind, block.editable, block.path) == ("opaque", False, ("input", 2))
    assert msgspec.json.decode(block.text) == item


def test_reasoning_is_a_fact() -> None:
    body = {"input": [ASK, {"type": "reasoning", "summary": []}]}

    assert read(OpenAIResponses(), body).facts.thinking


def test_a_bare_string_is_the_first_thing_a_user_says() -> None:
    conversation = read(OpenAIResponses(), {"input": "Go.", "instructions": "Be brief."})

    assert [(block.text, block.path) for block in conversation.blocks] == [("Go.", ("input",))]
    assert conversation.fixed_text == ("Be brief.",)
    assert editable(conversation) == []


def test_developer_messages_at_the_head_are_counted_but_are_no_blocks() -> None:
    head = {"role": "developer", "content": [{"type": "input_text", "text": "Rules."}]}

    conversation = read(OpenAIResponses(), {"input": [head, ASK, SAY, head]})

    assert conversation.fixed_text == ("Rules.",)
    assert [block.role for block in conversation.blocks] == ["user", "assistant", "system"]
    assert editable(conversation) == []


def test_observations_are_editable_only_after_the_assistant_has_spoken() -> None:
    assert editable(read(OpenAIResponses(), {"input": [ASK, SAY, ASK]})) == [
        ("input", 2, "content", 0, "text")
    ]


@pytest.mark.parametrize(
    ("member", "fact"),
    [
        ({"previous_response_id": "resp_1"}, "server_held_history"),
        ({"conversation": {"id": "conv_1"}}, "server_held_history"),
        ({"conversation": "conv_1"}, "server_held_history"),
        ({"truncation": "auto"}, "may_forget"),
        ({"context_management": [{"type": "compaction"}]}, "may_forget"),
    ],
)
def test_facts_come_from_the_top_of_the_body(member: dict[str, Any], fact: str) -> None:
    without = read(OpenAIResponses(), {"input": [ASK], "truncation": "disabled"}).facts
    with_it = read(OpenAIResponses(), {"input": [ASK], **member}).facts

    assert (getattr(without, fact), getattr(with_it, fact)) == (False, True)
    assert with_it.always_cached


def test_a_result_whose_call_the_server_holds_is_editable() -> None:
    body = {"previous_response_id": "resp_1", "input": [result("a.py")]}

    conversation = read(OpenAIResponses(), body)

    assert editable(conversation) == [("input", 0, "output")]
    assert conversation.blocks[0].call is None


def test_an_error_in_mid_stream_is_an_event_that_the_sdks_raise() -> None:
    name, said = OpenAIResponses().error_event("cut", status=502).split(b"\n", 1)

    told = msgspec.json.decode(said.removeprefix(b"data: "))
    assert name == b"event: error"
    assert (told["type"], told["code"], told["message"], told["sequence_number"]) == (
        "error",
        "bad_gateway",
        "cut",
        -1,
    )
    assert told["error"]["message"] == "cut"


@pytest.mark.parametrize(
    ("made", "retold"),
    [
        (
            {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x"},
            {
                "type": "reasoning",
                "id": "rs",
                "summary": [],
                "content": None,
                "encrypted_content": "x",
                "status": "completed",
            },
        ),
        (
            {"type": "function_call", "id": "fc", "status": "completed", "call_id": "c"}
            | {"name": "Bash", "arguments": '{"a": 1}'},
            {"type": "function_call", "call_id": "c", "name": "Bash", "arguments": '{"a":1}'},
        ),
    ],
)
def test_what_a_client_writes_differently_is_the_same(
    made: dict[str, Any], retold: dict[str, Any]
) -> None:
    first, second = (
        read(OpenAIResponses(), {"input": [ASK, one]}).blocks[-1] for one in (made, retold)
    )

    assert first.text == second.text
    assert first.call == second.call
