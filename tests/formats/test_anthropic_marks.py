"""Where marks of ours go, and what they change."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from headroom.conversation import Conversation, Edit, Put, Remove, Replace
from headroom.formats.anthropic import Anthropic
from headroom.formats.anthropic_marks import (
    Marking,
    automatic,
    bears_before,
    extracts,
    is_begun,
    listed_before,
    may_be_marked,
    on_blocks,
    tokens_of,
    with_marks,
)
from headroom.wire.document import Document

MARK = {"type": "ephemeral"}
TEXT = {"type": "text", "text": "You are careful."}
TOOL = {"name": "Bash", "input_schema": {"type": "object"}}

Json = dict[str, Any]


def read(body: Json | bytes) -> tuple[Document, Conversation]:
    document = Document.read(body if isinstance(body, bytes) else json.dumps(body).encode())
    return document, Anthropic().read(document)


def said(*contents: Any) -> list[Json]:
    """Messages in turns, the user's first."""
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": content} for n, content in enumerate(contents)]


def marked(
    body: Json, *, least: int = 0, listed: tuple[int, ...] = (), anchored: bool = False
) -> list[str]:
    """Where the marks on blocks stand, as paths with dots; with `=` where a text became a list."""
    document, conversation = read(body)
    marking = on_blocks(document, conversation, listed, least_tokens=least, anchored=anchored)
    puts = [".".join(map(str, put.path)) for put in marking.puts]
    lists = [f"={conversation.blocks[index].path[1]}" for index in marking.listed]
    return [*puts, *lists]


def test_the_newest_user_message_and_the_system_are_marked() -> None:
    body = {"system": [TEXT, TEXT], "messages": said([TEXT], [TEXT], [TEXT, TEXT])}

    assert marked(body) == ["system.1", "messages.2.content.1"]


def test_the_last_tool_is_marked_where_the_system_is_no_list() -> None:
    messages = said([TEXT])

    assert marked({"system": "Be.", "tools": [TOOL, TOOL], "messages": messages})[0] == "tools.1"
    for tool in ({**TOOL, "defer_loading": True}, {"type": "web_search_20260101"}):
        body = {"tools": [TOOL, tool], "messages": messages}
        assert marked(body) == ["messages.0.content.0"]


def test_what_is_too_short_to_be_cached_alone_bears_no_mark() -> None:
    body = {"system": [TEXT], "messages": said([TEXT])}

    assert marked(body, least=1024) == ["messages.0.content.0"]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "x", "signature": "y"},
        {"type": "text", "text": ""},
        {"type": "text", "text": " \n"},
        {"type": "container_upload", "file_id": "f"},
        {"type": "of the future"},
        "text",
        None,
    ],
)
def test_a_mark_goes_to_the_last_block_that_can_bear_one(block: Any) -> None:
    assert marked({"messages": said([TEXT, block])}) == ["messages.0.content.0"]
    assert marked({"messages": said([block])}) == []


@pytest.mark.parametrize("kind", ["image", "document", "search_result", "tool_result"])
def test_other_blocks_of_a_user_can_bear_one(kind: str) -> None:
    assert marked({"messages": said([TEXT, {"type": kind}])}) == ["messages.0.content.1"]


def test_a_text_becomes_a_list_only_in_the_newest_message() -> None:
    assert marked({"messages": said("one", "two", "three")}) == ["=2"]
    assert marked({"messages": said("one", "two", "three")}, listed=(0,)) == ["=0", "=2"]
    assert marked({"messages": said("one", "two", " ")}) == []
    assert marked({"messages": said("one", "two", "three", "four")}) == ["=2"]


def test_where_much_was_said_since_the_last_request_its_end_is_marked_too() -> None:
    few = {"messages": said([TEXT], [TEXT] * 10, [TEXT] * 9)}
    many = {"messages": said([TEXT], [TEXT] * 10, [TEXT] * 10)}

    assert marked(few) == ["messages.2.content.8"]
    assert marked(many) == ["messages.0.content.0", "messages.2.content.9"]


def test_where_ends_are_lost_what_stood_before_them_is_marked_too() -> None:
    few = {"messages": said([TEXT, TEXT], [TEXT], "new")}
    begun = {"messages": said([TEXT], [TEXT], [TEXT, TEXT], "The")}

    assert marked(few, anchored=True) == ["messages.0.content.1", "=2"]
    assert marked(begun, anchored=True) == ["messages.0.content.0", "messages.2.content.1"]
    assert marked({"messages": said([TEXT], [TEXT])}, anchored=True) == ["messages.0.content.0"]
    assert bears_before(read(few)[0])
    assert not bears_before(read({"messages": said("one", [TEXT], [TEXT])})[0])


def test_an_answer_that_is_begun_stands_at_the_end() -> None:
    assert is_begun(read({"messages": said([TEXT], "The")})[0])
    assert not is_begun(read({"messages": said([TEXT], [TEXT], "and")})[0])


def test_the_provider_sets_the_mark_at_the_end_itself() -> None:
    document, conversation = read({"system": [TEXT], "messages": said("one")})

    marking = automatic(document, conversation, (), least_tokens=0)

    assert [put.path for put in marking.puts] == [(), ("system", 0)]
    assert marking.listed == ()


@pytest.mark.parametrize(
    "members",
    [
        {"cache_control": None},
        {"cache_control": MARK},
        {"system": [{**TEXT, "cache_control": MARK}]},
        {"tools": [{**TOOL, "cache_control": MARK}]},
        {"messages": said([{**TEXT, "cache_control": MARK}])},
        {"messages": [{"role": "odd", "content": [{**TEXT, "cache_control": MARK}]}]},
        {"messages": said([{"type": "odd", "of": {"the": [{"cache_control": MARK}]}}])},
        {"thread": {"type": "create"}},
        {"messages": []},
        {"messages": "none"},
    ],
)
def test_marks_of_the_client_leave_no_room_for_ours(members: Json) -> None:
    document, conversation = read({"messages": said([TEXT]), **members})

    assert not may_be_marked(document, conversation)


def test_a_member_that_stands_there_twice_is_one_of_the_clients() -> None:
    twice = b'{"cache_control":1,"messages":[{"role":"user","content":"x"}],"cache_control":2}'

    assert not may_be_marked(*read(twice))


def test_a_message_that_is_too_large_to_be_looked_into_may_hold_marks() -> None:
    many = [[0] for _ in range(20_001)]
    hiding = said([{"type": "odd", "many": many, "cache_control": MARK}])

    assert not may_be_marked(*read({"messages": hiding}))
    assert may_be_marked(*read({"messages": said([{"type": "odd", "many": many}])}))


def test_words_about_marks_are_no_marks() -> None:
    words = 'Set "cache_control": on it.'

    assert may_be_marked(*read({"messages": said(words)}))
    assert may_be_marked(*read({"messages": said([{"type": "odd", "words": words}])}))
    assert may_be_marked(*read({"messages": [{"role": "odd", "content": words}]}))


def test_a_request_that_must_call_one_tool_is_made_for_that() -> None:
    assert extracts(read({"tool_choice": {"type": "tool", "name": "x"}})[0])
    assert not extracts(read({"tool_choice": {"type": "any"}})[0])
    assert not extracts(read({"tool_choice": "tool"})[0])


def test_tokens_are_counted_with_tools_and_system() -> None:
    assert tokens_of(read({"system": "x" * 30, "messages": said("y" * 60)})[1]) == 30


def test_an_edit_of_a_text_that_becomes_a_list_stands_in_the_list() -> None:
    body = {"messages": said("one", "two", "three")}
    document, conversation = read(body)
    other = Edit(("messages", 0, "content"), "uno", "x")
    changes = [other, Edit(("messages", 2, "content"), "tré", "x")]

    made = with_marks(conversation, Marking((), (2,), marked=2), changes)

    content = msgspec.json.decode(document.rewrite(made))["messages"][2]["content"]
    assert content == [{"type": "text", "text": "tré", "cache_control": MARK}]
    assert other in made


def test_a_text_that_the_client_made_a_list_of_is_left_to_it() -> None:
    document, conversation = read({"messages": said([TEXT])})

    assert with_marks(conversation, Marking((), (0,)), []) == []
    assert document.rewrite(with_marks(conversation, Marking((), (0, 7)), [])) is document.body


def test_only_texts_that_read_the_same_for_everybody_are_written_anew() -> None:
    odd = rb'{"messages":[{"role":"user","content":"a \ud800 b"}]}'

    assert on_blocks(*read(odd), (), least_tokens=0) == Marking()


def test_what_became_a_list_is_told_by_where_it_stands() -> None:
    body = {"messages": said("one", [TEXT], "two", [TEXT], [TEXT], [TEXT], " ", [TEXT], "now")}
    document, conversation = read(body)

    assert listed_before(document, conversation, from_first=True) == (0, 2)
    assert listed_before(document, conversation, from_first=False) == (2,)


def test_marks_and_edits_in_one_block_go_together() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": "long"}
    document, conversation = read({"messages": said([result])})
    edit = Edit(("messages", 0, "content", 0, "content"), "short", "x")
    marking = on_blocks(document, conversation, (), least_tokens=0)

    body = document.rewrite(with_marks(conversation, marking, [edit]))

    block = msgspec.json.decode(body)["messages"][0]["content"][0]
    assert block == {**result, "content": "short", "cache_control": MARK}
    assert isinstance(marking.puts[0], Put)
    assert not any(isinstance(change, Replace) for change in marking.puts)


def test_what_leaves_bears_no_mark_and_becomes_no_list() -> None:
    _, conversation = read({"messages": said("one", "a", "two", "b", "three")})
    inside = Put(("messages", 2), "cache_control", b"{}")
    left = [Remove(("messages", 1)), Remove(("messages", 2))]

    changes = with_marks(conversation, Marking((inside,), (2, 4), 4), left)

    assert changes[:2] == left
    assert [change.path for change in changes[2:]] == [("messages", 4, "content")]
