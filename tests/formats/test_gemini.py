from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import ToolCall
from headroom.formats.base import CallMade, Finished, TextSaid, UsageReported
from headroom.formats.gemini import DEEPEST, MOST_TEXTS, SHORT_CHARACTERS, Gemini
from headroom.formats.recall import Recall
from headroom.outcome import Usage
from headroom.wire.document import Document
from tests.formats import streams
from tests.formats.bodies import at, editable, read, seen

DIALECT = Gemini()
USED = Usage(input_tokens=2000, output_tokens=30, cache_read_tokens=1500)
LONG = "line of a result\n" * 40


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: Any) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def call(name: str, *, id: str = "", **args: Any) -> dict[str, Any]:  # noqa: A002 - its name there
    return {"functionCall": {"name": name, "args": args, **({"id": id} if id else {})}}


def result(name: str, response: Any, **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response, **more}}


def test_a_conversation_is_read_block_by_block() -> None:
    conversation = read(
        DIALECT,
        {
            "contents": [
                user({"text": "Go."}),
                model(
                    {"text": "Hm.", "thought": True}, {"text": "Yes."}, call("bash", command="ls")
                ),
                user(result("bash", {"output": "a.py"})),
            ]
        },
    )

    ls = ToolCall("", "bash", '{"command":"ls"}')
    assert seen(conversation.blocks) == [
        (0, "user", "text", "Go.", None, False),
        (1, "assistant", "opaque", '{"text":"Hm.","thought":true}', None, False),
        (1, "assistant", "text", "Yes.", None, False),
        (1, "assistant", "tool_call", '{"args":{"command":"ls"},"id":"","name":"bash"}', ls, False),
        (1, "tool", "tool_result", "a.py", ls, False),
    ]
    assert editable(conversation) == [
        ("contents", 2, "parts", 0, "functionResponse", "response", "output")
    ]
    assert conversation.facts.always_cached


def test_either_spelling_is_read_alike() -> None:
    camel = [
        model({**call("bash", command="ls"), "thoughtSignature": "s"}),
        user(result("bash", {"output": LONG})),
    ]
    under = msgspec.json.decode(
        msgspec.json.encode(camel)
        .replace(b"functionCall", b"function_call")
        .replace(b"functionResponse", b"function_response")
        .replace(b"thoughtSignature", b"thought_signature")
    )
    one, other = (read(DIALECT, {"contents": each}) for each in (camel, under))

    assert seen(one.blocks) == seen(other.blocks)
    assert one.facts == other.facts


def test_results_without_ids_answer_the_calls_of_their_name_in_order() -> None:
    conversation = read(
        DIALECT,
        {
            "contents": [
                model(call("bash", n=1), call("read", n=2), call("bash", n=3)),
                user(
                    result("bash", {"a": "x"}),
                    result("bash", {"a": "y"}),
                    result("read", {"a": "z"}),
                ),
                model(call("bash", n=4)),
                user(result("bash", {"a": "w"})),
            ]
        },
    )

    told = [block.call for block in conversation.blocks if block.kind == "tool_result"]
    assert [each.arguments for each in told if each] == ['{"n":1}', '{"n":3}', '{"n":2}', '{"n":4}']


def test_calls_and_results_without_ids_are_counted_over_all_contents_of_a_turn() -> None:
    # So the SDK's chats keep a stream: one content for each of its chunks.
    contents = [
        user({"text": "Go."}),
        model(call("bash", n=1)),
        model(call("bash", n=2)),
        user(result("bash", {"a": "x"})),
        {"role": "function", "parts": [result("bash", {"a": "y"})]},
        model(call("bash", n=3)),
        user(result("bash", {"a": "z"}), result("bash", {"a": "of no call"})),
    ]
    body = Document.read(msgspec.json.encode({"contents": contents}))
    recall = Recall(secret=b"s")

    for _ in range(2):
        blocks = DIALECT.read(body, recall).blocks
        told = [block.call for block in blocks if block.kind == "tool_result"]
        assert [each.arguments for each in told if each] == ['{"n":1}', '{"n":2}', '{"n":3}', "{}"]
        assert blocks == DIALECT.read(body).blocks


def test_results_with_ids_answer_those_calls() -> None:
    calls = model(call("bash", id="b", n=1), call("bash", id="a", n=2))
    told = user(result("bash", {"o": "x"}, id="a"), result("bash", {"o": "y"}, id="b"))

    conversation = read(DIALECT, {"contents": [calls, told]})

    answered = [block.call for block in conversation.blocks if block.kind == "tool_result"]
    assert [each.id for each in answered if each] == ["a", "b"]


def test_a_result_whose_call_is_not_in_sight_names_its_tool() -> None:
    conversation = read(DIALECT, {"contents": [user(result("bash", {"output": LONG}))]})

    assert conversation.blocks[0].call == ToolCall("", "bash")
    assert conversation.blocks[0].editable


def test_what_stands_beside_texts_is_opaque_and_an_error_is_one() -> None:
    told = user(result("bash", {"error": "no such file", "exit": 1}))

    first, second = read(DIALECT, {"contents": [told]}).blocks

    assert (first.kind, first.text, first.editable) == ("opaque", '{"exit":1}', False)
    assert (second.kind, second.text, second.is_error) == ("tool_result", "no such file", True)


def test_texts_deep_within_a_result_are_blocks_where_they_are_long() -> None:
    response = {"content": [{"type": "text", "text": LONG}, {"type": "text", "text": "short"}]}

    conversation = read(DIALECT, {"contents": [user(result("mcp", response))]})

    place = ("contents", 0, "parts", 0, "functionResponse", "response", "content", 0, "text")
    assert editable(conversation) == [place]
    assert at(conversation, *place).text == LONG
    assert "short" in conversation.blocks[0].text
    assert LONG not in conversation.blocks[0].text


def test_only_so_many_texts_and_only_so_deep_ones_are_looked_for() -> None:
    many = {str(n): "x" for n in range(MOST_TEXTS + 5)}
    deep: Any = "x" * SHORT_CHARACTERS
    for _ in range(DEEPEST + 1):
        deep = {"a": deep}

    first = read(DIALECT, {"contents": [user(result("bash", many))]})
    second = read(DIALECT, {"contents": [user(result("bash", deep))]})

    assert len(editable(first)) == MOST_TEXTS
    assert editable(second) == []
    assert first.blocks[0].text.count("x") == 5


@pytest.mark.parametrize("response", [{}, {"n": 1}, {"a": [1, 2]}, None, "odd"])
def test_a_result_without_texts_is_opaque(response: Any) -> None:
    (block,) = read(DIALECT, {"contents": [user(result("bash", response))]}).blocks

    assert block.kind == "opaque"


@pytest.mark.parametrize(
    "part",
    [
        {"text": "a", "thoughtSignature": "s"},
        {"text": "", "thought_signature": "s"},
        {**call("bash"), "thoughtSignature": "s"},
        {"text": "Hm.", "thought": True},
    ],
)
def test_thinking_is_bound_to_what_stands_before_it(part: Any) -> None:
    conversation = read(DIALECT, {"contents": [user({"text": "Go."}), model(part), user()]})

    assert conversation.facts.thinks_until == 2
    assert conversation.facts.bound_until == 2


def test_signatures_do_not_count_where_a_client_leaves_them_out() -> None:
    signed = model({**call("bash"), "thoughtSignature": "s"})

    one, other = (read(DIALECT, {"contents": [each]}) for each in (signed, model(call("bash"))))

    assert one.blocks == other.blocks


@pytest.mark.parametrize(
    "content",
    ["odd", {"role": "system", "parts": []}, {"role": "user"}, {"role": "model", "parts": "x"}],
)
def test_an_odd_content_is_opaque(content: Any) -> None:
    (block,) = read(DIALECT, {"contents": [content]}).blocks

    assert block.kind == "opaque"


def test_a_role_may_be_left_out_and_results_may_have_one_of_their_own() -> None:
    contents = [
        {"parts": [{"text": "Go."}]},
        {"role": "function", "parts": [result("f", {"a": "b"})]},
    ]

    assert [b.kind for b in read(DIALECT, {"contents": contents}).blocks] == ["text", "tool_result"]


def test_tools_and_system_are_no_blocks() -> None:
    body = {
        "systemInstruction": {"parts": [{"text": "Be careful."}]},
        "tools": [{"functionDeclarations": [{"name": "bash"}]}],
        "contents": [user({"text": "Go."})],
    }
    conversation = read(DIALECT, body)

    assert len(conversation.blocks) == 1
    assert any("Be careful." in text for text in conversation.fixed_text)
    assert any("bash" in text for text in conversation.fixed_text)
    assert conversation.facts.brings_tools


@pytest.mark.parametrize("name", ["cachedContent", "cached_content"])
def test_content_that_is_cached_by_name_is_a_mark(name: str) -> None:
    assert read(DIALECT, {"contents": [], name: "cachedContents/a"}).facts.cache_marks
    assert not read(DIALECT, {"contents": []}).facts.cache_marks


def test_a_stream_tells_of_words_calls_usage_and_its_end() -> None:
    assert streams.watch(DIALECT, streams.GEMINI) == [
        TextSaid("Hm."),
        UsageReported(Usage(input_tokens=2000)),
        TextSaid("Löok: "),
        CallMade("g1", "run_shell_command", '{"command":"ls"}'),
        UsageReported(USED),
        Finished("STOP"),
    ]


def test_a_whole_reply_and_a_list_tell_the_same() -> None:
    whole = streams.WHOLE["gemini"]
    told = streams.whole(DIALECT, whole)

    assert told[0] == TextSaid("Look: ")
    assert told[-2:] == [UsageReported(USED), Finished("STOP")]
    first = streams.gemini_chunk({"text": "Well. "})
    assert streams.whole(DIALECT, [first, whole]) == [TextSaid("Well. "), *told]


def test_a_prompt_that_is_blocked_is_a_whole_reply() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}}

    assert streams.whole(DIALECT, blocked) == [Finished("SAFETY")]


def test_a_stream_without_a_reason_has_not_ended() -> None:
    assert streams.watch(DIALECT, streams.gemini_stream(streams.gemini_chunk({"text": "a"}))) == [
        TextSaid("a")
    ]
