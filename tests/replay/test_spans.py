from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headroom.replay.dialects import (
    DIALECTS,
    AnthropicDialect,
    Dialect,
    GeminiDialect,
    OpenAIChatDialect,
    OpenAIResponsesDialect,
)
from headroom.replay.spans import Haystack, said, spans


def test_whole_lines_count_from_sixteen_characters() -> None:
    assert list(spans(["  fifteen is few\n  sixteen are fine"])) == ["sixteen are fine"]


def test_words_count_that_look_like_paths_identifiers_or_numbers() -> None:
    text = "see\nsrc/a.py\nhandle_it\ngetValue\n1234567\nand carrots"

    assert list(spans([text])) == ["src/a.py", "handle_it", "getValue", "1234567"]


def test_punctuation_around_a_word_is_not_part_of_it() -> None:
    assert list(spans(["(`plot_3.py`),", "plot_3.py."])) == ["plot_3.py"]


def test_ordinary_words_are_no_spans_of_their_own() -> None:
    assert list(spans(["carrots\nwell-known\nGardens"])) == []


def test_text_and_arguments_are_said_in_every_dialect() -> None:
    anthropic = {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hidden"},
            {"type": "text", "text": "one"},
            {"type": "tool_use", "id": "x", "name": "look", "input": {"deep": ["two"]}},
        ],
    }
    chat = {
        "role": "assistant",
        "content": "one",
        "tool_calls": [{"id": "x", "function": {"name": "look", "arguments": '{"a": "two"}'}}],
    }
    items = (
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hidden"}]},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "one"}],
        },
        {"type": "custom_tool_call", "call_id": "x", "name": "look", "input": "two"},
    )

    gemini = {
        "role": "model",
        "parts": [
            {"text": "hidden", "thought": True},
            {"text": "one"},
            {"functionCall": {"name": "look", "args": {"deep": ["two"]}}},
        ],
    }

    replies: tuple[tuple[Dialect, tuple[Any, ...]], ...] = (
        (AnthropicDialect(), (anthropic,)),
        (OpenAIChatDialect(), (chat,)),
        (OpenAIResponsesDialect(), items),
        (GeminiDialect(), (gemini,)),
    )
    for dialect, reply in replies:
        assert list(said(reply, dialect)) == ["one", "two"]


def test_odd_replies_say_nothing() -> None:
    odd = [None, 5, {}, {"content": 5}, {"role": "assistant", "content": [7]}]

    for dialect in DIALECTS:
        assert list(said(odd, dialect)) == []


@given(st.lists(st.text(max_size=20), max_size=12), st.text(min_size=1, max_size=4))
def test_a_haystack_finds_what_any_of_its_texts_holds(texts: list[str], needle: str) -> None:
    haystack = Haystack()
    for text in texts:
        haystack.add(text)

    if any(needle in text for text in texts):
        assert needle in haystack
    elif "\n" not in needle:
        assert needle not in haystack
