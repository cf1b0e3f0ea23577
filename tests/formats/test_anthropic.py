from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import ToolCall
from headroom.formats.anthropic import Anthropic
from headroom.wire.document import Document
from tests.formats.bodies import at, editable, read, seen

TOOLS = [{"name": "Bash", "input_schema": {"type": "object"}}]
ASK = {"role": "user", "content": "What is in here?"}


def call(name: str = "Bash", call_id: str = "toolu_1", **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def result(content: Any, call_id: str = "toolu_1", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def turns(*results: dict[str, Any], calls: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "model": "claude-opus-5-5",
        "tools": TOOLS,
        "messages": [
            ASK,
            {"role": "assistant", "content": list(calls or (call(command="ls"),))},
            {"role": "user", "content": list(results)},
        ],
    }


def test_a_tool_result_knows_the_call_that_it_answers() -> None:
    conversation = read(Anthropic(), turns(result("a.py\nb.py")))

    block = at(conversation, "messages", 2, "content", 0, "content")
    assert block.call == ToolCall("toolu_1", "Bash", '{"command":"ls"}')
    assert (block.kind, block.role, block.text) == ("tool_result", "tool", "a.py\nb.py")
    assert block.editable


def test_a_call_has_its_arguments_in_the_order_of_their_names() -> None:
    conversation = read(Anthropic(), turns(calls=(call(z=1, a={"y": 2, "b": 3}),)))

    block = at(conversation, "messages", 1, "content", 0)
    assert block.call is not None
    assert block.call.arguments == '{"a":{"b":3,"y":2},"z":1}'
    assert not block.editable


def test_each_text_part_of_a_result_is_a_block_and_an_image_is_opaque() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "image", "source": {}}]
    parts.append({"type": "text", "text": "two"})

    conversation = read(Anthropic(), turns(result(parts)))

    assert [(block.kind, block.path) for block in conversation.blocks[2:]] == [
        ("tool_result", ("messages", 2, "content", 0, "content", 0, "text")),
        ("opaque", ("messages", 2, "content", 0, "content", 1)),
        ("tool_result", ("messages", 2, "content", 0, "content", 2, "text")),
    ]
    assert all(block.call is not None for block in conversation.blocks[2:])


def test_a_string_and_a_lone_text_part_give_equal_blocks() -> None:
    as_string = turns(result("out"))
    as_parts = turns(result([{"type": "text", "text": "out"}]))
    as_parts["messages"][0] = {
        "role": "user",
        "content": [{"type": "text", "text": ASK["content"]}],
    }

    assert seen(read(Anthropic(), as_string).blocks) == seen(read(Anthropic(), as_parts).blocks)


def test_cache_marks_are_a_fact_and_change_no_block() -> None:
    mark: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
    plain = turns(result("out"))
    marked = turns(result("out", **mark), calls=({**call(command="ls"), **mark},))

    with_marks, without = read(Anthropic(), marked), read(Anthropic(), plain)

    assert seen(with_marks.blocks) == seen(without.blocks)
    assert editable(with_marks) == editable(without)
    assert (with_marks.facts.cache_marks, without.facts.cache_marks) == (True, False)


@pytest.mark.parametrize(
    "member",
    [
        {"cache_control": {"type": "ephemeral"}},
        {"system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
        {"tools": [{"name": "Bash", "cache_control": {"type": "ephemeral"}}]},
    ],
)
def test_a_mark_outside_the_messages_is_a_cache_mark_too(member: dict[str, Any]) -> None:
    assert read(Anthropic(), {"messages": [ASK], **member}).facts.cache_marks


@pytest.mark.parametrize(
    ("mark", "seconds"),
    [({"type": "ephemeral", "ttl": "1h"}, 3_600), ({"type": "ephemeral"}, 300), ("1h", 0)],
)
def test_how_long_a_whole_request_asks_to_be_cached_is_a_fact(mark: Any, seconds: float) -> None:
    body = {"messages": [ASK], "cache_control": mark}

    assert read(Anthropic(), body).facts.cache_ttl_s == seconds


def test_system_and_tools_are_counted_but_are_no_blocks() -> None:
    body = {"system": "Be brief.", "tools": TOOLS, "messages": [ASK]}

    conversation = read(Anthropic(), body)

    assert len(conversation.blocks) == 1
    assert conversation.fixed_text == (msgspec.json.encode(TOOLS[0]).decode(), "Be brief.")


def test_thinking_is_opaque_and_a_fact() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}

    conversation = read(Anthropic(), turns(calls=(thought, call(command="ls"))))

    block = at(conversation, "messages", 1, "content", 0)
    assert (block.kind, block.role, block.editable) == ("opaque", "assistant", False)
    assert conversation.facts.thinking


@pytest.mark.parametrize(
    "part",
    [
        {"type": "web_search_tool_result", "tool_use_id": "x", "content": []},
        {"type": "mcp_tool_result", "tool_use_id": "x", "content": [{"type": "text", "text": "t"}]},
        {"type": "code_execution_tool_result", "tool_use_id": "x", "content": {}},
        {"type": "server_tool_use", "id": "x", "name": "web_search", "input": {}},
        {"type": "compaction", "content": "summary", "encrypted_content": "x"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "search_result", "content": [{"type": "text", "text": "t"}]},
        {"type": "invented_next_year", "text": "t"},
        {"type": "tool_use", "name": "no id"},
        {"type": "text", "text": 5},
        {"type": ["text"], "text": "t"},
    ],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_is_not_understood_is_opaque(part: dict[str, Any], role: str) -> None:
    body: dict[str, Any] = {"messages": [ASK, {"role": "assistant", "content": "Yes."}]}
    body["messages"].append({"role": role, "content": [part]})

    block = read(Anthropic(), body).blocks[-1]

    assert (block.kind, block.editable) == ("opaque", False)
    assert block.path == ("messages", 2, "content", 0)
    assert msgspec.json.decode(block.text) == part


def test_user_text_beside_tools_is_never_edited() -> None:
    body = turns(result("out"), {"type": "text", "text": "And now?"})

    assert editable(read(Anthropic(), body)) == [("messages", 2, "content", 0, "content")]


def test_user_text_after_a_reply_is_an_observation_where_no_tools_are_in_use() -> None:
    body = {
        "messages": [
            ASK,
            {"role": "assistant", "content": "<bash>ls</bash>"},
            {"role": "user", "content": "a.py b.py"},
            {"role": "user", "content": [{"type": "text", "text": "c.py"}]},
        ]
    }

    assert editable(read(Anthropic(), body)) == [
        ("messages", 2, "content"),
        ("messages", 3, "content", 0, "text"),
    ]


def test_a_longer_conversation_keeps_the_blocks_of_its_beginning() -> None:
    body: dict[str, Any] = {
        "messages": [
            ASK,
            {"role": "assistant", "content": "<bash>ls</bash>"},
            {"role": "user", "content": "a.py b.py"},
            {"role": "assistant", "content": [call(command="ls")]},
            {"role": "user", "content": [result("a.py")]},
        ]
    }
    whole = read(Anthropic(), body).blocks

    for length in range(6):
        part = read(Anthropic(), {"messages": body["messages"][:length]}).blocks

        assert part == whole[: len(part)]


@pytest.mark.parametrize("empty", ["", " \n\t", None, []])
def test_a_result_without_text_is_not_editable(empty: Any) -> None:
    assert editable(read(Anthropic(), turns(result(empty)))) == []


@pytest.mark.parametrize("tool", ["headroom_retrieve", "mcp__anything__headroom_retrieve"])
def test_what_a_retrieval_returned_is_not_editable(tool: str) -> None:
    body = turns(result("the original"), calls=(call(tool),))

    assert editable(read(Anthropic(), body)) == []


def test_a_tool_whose_name_only_resembles_the_retrieval_is_a_tool_like_any_other() -> None:
    body = turns(result("out"), calls=(call("my_headroom_retrieve"),))

    assert len(editable(read(Anthropic(), body))) == 1


def test_a_text_with_citations_is_not_editable() -> None:
    part = {"type": "text", "text": "cited", "citations": [{"start_char_index": 0}]}

    assert editable(read(Anthropic(), turns(result([part])))) == []


def test_an_error_is_told_as_one() -> None:
    conversation = read(Anthropic(), turns(result("No such file", is_error=True)))

    assert at(conversation, "messages", 2, "content", 0, "content").is_error


def test_a_result_with_a_lone_surrogate_is_read_but_not_edited() -> None:
    body = msgspec.json.encode(turns(result("odd ODD"), result("even", "toolu_2")))
    body = body.replace(b"ODD", rb"\ud800")

    conversation = Anthropic().read(Document.read(body))

    assert editable(conversation) == []
    assert at(conversation, "messages", 2, "content", 1, "content").text == "even"


@pytest.mark.parametrize(
    ("member", "fact"),
    [
        ({"thread": {"type": "continue", "previous_message_id": "m"}}, "server_held_history"),
        ({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}, "may_forget"),
        ({"compaction": {"type": "summarize"}}, "may_forget"),
        ({"tools": TOOLS}, "brings_tools"),
    ],
)
def test_facts_come_from_the_top_of_the_body(member: dict[str, Any], fact: str) -> None:
    without, with_it = (
        read(Anthropic(), {"messages": [ASK]}),
        read(Anthropic(), {"messages": [ASK], **member}),
    )

    assert (getattr(without.facts, fact), getattr(with_it.facts, fact)) == (False, True)
    assert not with_it.facts.always_cached


def test_turns_count_the_runs_of_the_assistant() -> None:
    body = {
        "messages": [
            ASK,
            {"role": "assistant", "content": [{"type": "text", "text": "I"}, call()]},
            {"role": "user", "content": [result("x")]},
            {"role": "assistant", "content": "Done."},
        ]
    }

    assert [block.turn for block in read(Anthropic(), body).blocks] == [0, 1, 1, 1, 2]


def test_a_system_message_in_mid_conversation_is_a_block_that_is_never_edited() -> None:
    body = {
        "messages": [
            ASK,
            {"role": "assistant", "content": "Yes."},
            {"role": "system", "content": "Be careful."},
        ]
    }

    block = read(Anthropic(), body).blocks[-1]

    assert (block.role, block.kind, block.editable) == ("system", "text", False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (413, "request_too_large"),
        (415, "invalid_request_error"),
        (429, "rate_limit_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_errors_have_the_type_that_belongs_to_their_status(status: int, kind: str) -> None:
    error = msgspec.json.decode(Anthropic().error_body(status, "no"))

    assert error == {"type": "error", "error": {"type": kind, "message": "no"}}


@pytest.mark.parametrize(
    ("model", "thinking", "binding"),
    [
        ("claude-opus-4-8", {"type": "adaptive"}, ""),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", {}, ""),
        ("claude-3-7-sonnet-latest", {}, ""),
        ("claude-sonnet-5-20260101", {}, ""),
        ("claude-sonnet-5-5", {"type": "adaptive"}, "refused"),
        ("claude-fable-5.1", {}, "refused"),
        ("a-model-of-tomorrow", {}, "refused"),
        (
            "claude-opus-5-5",
            {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}},
            "dropped",
        ),
    ],
)
def test_thinking_is_bound_by_newer_models(model: str, thinking: Any, binding: str) -> None:
    body = turns(result("a.py")) | {"model": model, "thinking": thinking}
    said = [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, call(command="ls")]
    body["messages"][1]["content"] = said

    facts = read(Anthropic(), body).facts

    assert facts.binding == binding
    assert facts.thinks_until == 2


def test_the_longest_mark_says_how_long_it_may_be_cached() -> None:
    body = turns(result("a.py"))
    short = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}
    long = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}

    assert read(Anthropic(), body | {"system": [short]}).facts.cache_ttl_s == 300
    assert read(Anthropic(), body | {"system": [long, short]}).facts.cache_ttl_s == 3_600
