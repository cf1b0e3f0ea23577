"""The texts of a conversation that a reference can lead to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.conversation import Block, Conversation, Form, ToolCall
from headroom.pipeline.texts import Texts


def said(role: Any, text: str, *, editable: bool = False) -> Block:
    return Block(("messages", 0), 0, role, "text", text, editable=editable)


def call(arguments: Any) -> Block:
    packed = arguments if isinstance(arguments, str) else json.dumps(arguments)
    made = ToolCall("call_1", "Write", packed)
    return Block(("messages", 1), 1, "assistant", "tool_call", packed, call=made)


def result(text: str) -> Block:
    made = ToolCall("call_1", "Read", '{"path":"a.py"}')
    return Block(("messages", 2), 1, "tool", "tool_result", text, call=made, editable=True)


BLOCKS = (
    said("user", "task"),
    said("system", "rules"),
    said("assistant", "I look"),
    call({"path": "b.py", "content": "x = 1\ny = 2"}),
    result("one"),
    Block(("x",), 1, "assistant", "opaque", '{"type":"thinking"}'),
    said("user", "an observation", editable=True),
    result("two"),
)


def test_texts_are_numbered_by_what_they_are() -> None:
    texts = Texts.of(Conversation(BLOCKS, "model"), {})

    labels = [texts.source(number).label for number in range(len(texts))]
    assert labels == [
        "user text 1",
        "assistant text 1",
        "call 1",
        "result 1",
        "result 2",
        "result 3",
    ]
    assert texts.blocks == len(BLOCKS)


def test_a_source_tells_what_it_was_and_what_was_sent_for_it() -> None:
    texts = Texts.of(Conversation(BLOCKS, "model"), {4: Form("1", ("records",), 9, 1)})

    source = texts.labelled("result 1")
    assert (source.text, source.sent) == ("one", "1")
    assert source.description == " (Read a.py)"
    assert (texts.size(3), texts.size(5)) == (1, 3)


def test_of_a_call_the_texts_among_its_arguments_are_said_in_order() -> None:
    nested = {"a": ["one", {"b": "two", "c": 3}], "d": None, "e": "three"}
    texts = Texts.of(Conversation((call(nested), call("{")), "model"), {})

    assert [texts.source(number).sent for number in range(2)] == ["one\ntwo\nthree", ""]


def test_arguments_that_are_nested_for_ever_are_not_followed_for_ever() -> None:
    deep: Any = "deep"
    for _ in range(100):
        deep = [deep]

    assert Texts.of(Conversation((call(deep),), "model"), {}).source(0).sent == ""


def test_texts_before_a_block_are_counted() -> None:
    texts = Texts.of(Conversation(BLOCKS, "model"), {})

    assert [texts.until(block) for block in range(len(BLOCKS) + 1)] == [0, 1, 1, 2, 3, 4, 4, 5, 6]


def test_a_label_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no result 9"):
        Texts.of(Conversation(BLOCKS, "model"), {}).labelled("result 9")


def test_what_has_left_is_not_counted() -> None:
    gone = Form(None, ("intelligent_cap",), 9, 0, told_by=0)
    told = Form("[1 of 2 turns left out]", ("intelligent_cap",), 9, 6, "0" * 24, told_by=4)
    texts = Texts.of(Conversation(BLOCKS, "model"), {2: gone, 3: gone, 4: told})

    assert [texts.label(index) for index in range(len(BLOCKS))] == [
        "user text 1",
        "",
        "",
        "",
        "result 1",
        "",
        "result 2",
        "result 3",
    ]
    assert texts.labelled("result 1").text == ""
    assert texts.block_of("result 2") == 6
    assert texts.block_of("call 1") is None
    assert texts.blocks == len(BLOCKS)
