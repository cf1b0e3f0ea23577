from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import UnreadableBody
from headroom.replay.dialects import (
    DIALECTS,
    AnthropicDialect,
    Dialect,
    GeminiDialect,
    OpenAIChatDialect,
    OpenAIResponsesDialect,
)
from headroom.replay.request_body import session_from_body
from headroom.replay.segments import IMAGE_TOKENS, SegmentReader
from tests.replay.examples import anthropic_body, chat_body, gemini_body, responses_body, words

MARK = {"cache_control": {"type": "ephemeral"}}


def _digests(body: dict[str, Any]) -> tuple[bytes, ...]:
    return SegmentReader(AnthropicDialect(), words).read(json.dumps(body).encode()).digests


def test_tools_and_system_come_first_then_each_block() -> None:
    body = {**anthropic_body(), "messages": anthropic_body()["messages"][:3]}

    prompt = SegmentReader(AnthropicDialect(), words).read(json.dumps(body).encode())

    assert [segment.owner for segment in prompt.segments] == [
        "head",
        "head",
        "user",
        "assistant",
        "tool",
    ]
    assert prompt.places == ((-1, 0), (-1, 1), (0, 0), (1, 0), (2, 0))
    assert prompt.tokens == sum(segment.tokens for segment in prompt.segments)


def test_a_cache_mark_changes_nothing() -> None:
    marked = anthropic_body()
    marked["tools"][0] |= MARK
    marked["messages"][2]["content"][0] |= MARK
    marked["messages"][0]["content"] = [{"type": "text", "text": "Where are the carrots?", **MARK}]

    assert _digests(marked) == _digests(anthropic_body())


def test_spacing_escapes_and_order_of_members_change_nothing() -> None:
    body = {"messages": [{"role": "user", "content": "grün"}]}
    reader = SegmentReader(AnthropicDialect(), words)

    plain = reader.read(json.dumps(body).encode())
    other = reader.read('{ "messages" : [ {"content":"grün", "role":"user"} ] }'.encode())

    assert plain.digests == other.digests


def test_who_says_it_makes_a_difference() -> None:
    user = {"messages": [{"role": "user", "content": "yes"}]}
    assistant = {"messages": [{"role": "assistant", "content": "yes"}]}

    assert _digests(user) != _digests(assistant)


def test_a_tool_result_knows_its_call_and_what_was_said() -> None:
    for body in (chat_body(), responses_body(), gemini_body()):
        dialect = session_from_body("garden", body).dialect
        prompt = SegmentReader(dialect, words).read(json.dumps(body).encode())

        (result,) = [segment for segment in prompt.segments if segment.owner == "tool"]

        assert result.call == "call_1"
        assert result.result.startswith("src/garden/plot_0/carrots.py\n")


def test_a_result_of_parts_is_their_texts_only() -> None:
    parts = [{"type": "text", "text": "seen"}, {"type": "image", "source": {"data": "AAAA"}}]
    block = {"type": "tool_result", "tool_use_id": "1", "content": parts}
    body = {"messages": [{"role": "user", "content": [block]}]}

    prompt = SegmentReader(AnthropicDialect(), words).read(json.dumps(body).encode())

    assert prompt.segments[0].result.strip() == "seen"


PICTURE = "data:image/png;base64," + "A" * 100_000


@pytest.mark.parametrize(
    ("dialect", "item"),
    [
        (
            AnthropicDialect(),
            {"role": "user", "content": [{"type": "image", "source": {"data": "A" * 100_000}}]},
        ),
        (
            OpenAIChatDialect(),
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": PICTURE}, **MARK}],
            },
        ),
        (
            OpenAIResponsesDialect(),
            {"role": "user", "content": [{"type": "input_image", "image_url": PICTURE}]},
        ),
        (
            OpenAIResponsesDialect(),
            {
                "type": "function_call_output",
                "call_id": "1",
                "output": [{"type": "input_image", "image_url": PICTURE}],
            },
        ),
        (
            GeminiDialect(),
            {"role": "user", "parts": [{"inlineData": {"mimeType": "i", "data": PICTURE}}]},
        ),
    ],
)
def test_a_picture_is_not_counted_by_its_bytes(dialect: Dialect, item: dict[str, Any]) -> None:
    prompt = SegmentReader(dialect, words).read(json.dumps({dialect.history: [item]}).encode())

    assert IMAGE_TOKENS < prompt.tokens < 2 * IMAGE_TOKENS


def test_a_lone_surrogate_or_a_history_that_is_text_is_read_too() -> None:
    odd = b'{"messages": [{"role": "user", "content": "\\ud83d"}]}'
    text = b'{"input": "Where?", "instructions": "Be brief."}'

    assert len(SegmentReader(AnthropicDialect(), words).read(odd).segments) == 1
    assert len(SegmentReader(OpenAIResponsesDialect(), words).read(text).segments) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"hello", b'{"messages": [' + b"[" * 100_000])
def test_what_is_no_request_is_said_so(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        SegmentReader(AnthropicDialect(), words).read(body)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_message_is_read_in_any_dialect(message: Any) -> None:
    for dialect in DIALECTS:
        body = json.dumps({dialect.history: [message]}).encode()

        prompt = SegmentReader(dialect, words).read(body)

        assert len(prompt.segments) == len(prompt.places) == len(prompt.digests)
