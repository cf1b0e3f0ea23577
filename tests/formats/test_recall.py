"""Messages that were read before are not read again, and nothing changes by that."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.conversation import Block, Conversation
from headroom.formats import FORMATS
from headroom.formats.base import Format
from headroom.formats.recall import Recall, Step
from headroom.wire.document import Document

SECRET = b"secret"

ANTHROPIC: list[dict[str, Any]] = [
    {"role": "user", "content": "please look"},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a.py"}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": "import os"},
            {"type": "text", "text": "go on", "cache_control": {"type": "ephemeral"}},
        ],
    },
    {"role": "assistant", "content": "done"},
]
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "please look"},
    {
        "role": "assistant",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "a result"},
    {"role": "user", "content": "thanks"},
]
RESPONSES: list[dict[str, Any]] = [
    {"role": "user", "content": "please look"},
    {"type": "reasoning", "summary": [], "encrypted_content": "x"},
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "a result"},
]
GEMINI: list[dict[str, Any]] = [
    {"role": "user", "parts": [{"text": "please look"}]},
    {
        "role": "model",
        "parts": [
            {"text": "hm", "thought": True},
            {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s"},
            {"functionCall": {"name": "f", "args": {"a": 1}}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "f", "response": {"output": "a result"}}},
            {"functionResponse": {"name": "f", "response": {"output": "b result", "exit": 1}}},
        ],
    },
    {"role": "model", "parts": [{"text": "done"}]},
]
MESSAGES = {
    "anthropic": ANTHROPIC,
    "openai_chat": CHAT,
    "openai_responses": RESPONSES,
    "gemini": GEMINI,
}
MEMBERS = {"openai_responses": "input", "gemini": "contents"}


def document(dialect: Format, count: int) -> Document:
    messages = MESSAGES[dialect.name][:count]
    member = MEMBERS.get(dialect.name, "messages")
    return Document.read(msgspec.json.encode({"model": "m", "stream": True, member: messages}))


def plain(conversation: Conversation) -> Conversation:
    return Conversation(
        conversation.blocks,
        conversation.model,
        conversation.streaming,
        conversation.facts,
        conversation.fixed_text,
    )


@pytest.mark.parametrize("dialect", FORMATS, ids=lambda dialect: dialect.name)
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_a_conversation_reads_the_same_with_and_without_memory(
    dialect: Format, counts: list[int]
) -> None:
    recall = Recall(secret=SECRET)

    for count in counts:
        with_memory = dialect.read(document(dialect, count), recall)

        assert plain(with_memory) == dialect.read(document(dialect, count))


@pytest.mark.parametrize("dialect", FORMATS, ids=lambda dialect: dialect.name)
def test_the_same_message_after_another_history_is_read_anew(dialect: Format) -> None:
    recall = Recall(secret=SECRET)
    member = MEMBERS.get(dialect.name, "messages")
    history = MESSAGES[dialect.name]
    other = [{"role": "user", "content": "something else"}, *history[1:]]

    dialect.read(Document.read(msgspec.json.encode({member: history})), recall)
    raw = msgspec.json.encode({member: other})

    assert plain(dialect.read(Document.read(raw), recall)) == dialect.read(Document.read(raw))


def test_the_prefix_keys_say_how_many_blocks_stand_until_each_message() -> None:
    dialect = FORMATS[0]
    recall = Recall(secret=SECRET)

    short = dialect.read(document(dialect, 3), recall)
    long = dialect.read(document(dialect, 4), recall)

    assert [until for _, until in long.prefixes] == [1, 3, 5, 6]
    assert long.prefixes[:3] == short.prefixes
    assert long.blocks[0] is short.blocks[0]


def step(text: str) -> Step:
    block = Block(("messages", 0), 0, "user", "text", text)
    return Step(
        (block,),
        (),
        (),
        (),
        marked=False,
        mark_ttl_s=0.0,
        thinks_until=0,
        tools=False,
        turn=0,
        assistant_speaks=False,
    )


def test_what_was_unseen_for_longest_leaves() -> None:
    recall = Recall(secret=SECRET, limit_characters=3_000)
    recall.remember(b"a", step("x" * 700))
    recall.remember(b"b", step("x" * 700))
    assert recall.step(b"a") is not None

    recall.remember(b"c", step("x" * 700))

    assert recall.step(b"b") is None
    assert recall.step(b"a") is not None


def test_keys_depend_on_the_secret_the_history_and_the_bytes() -> None:
    one, other = Recall(secret=b"1"), Recall(secret=b"2")

    keys = {
        one.key(b"", b"ab"),
        one.key(b"a", b"b") + b"!",
        one.key(b"", b"b"),
        other.key(b"", b"ab"),
        one.root("anthropic"),
        one.root("openai"),
    }

    assert len(keys) == 6
