"""A model is known by many spellings."""

from __future__ import annotations

import pytest

from headroom.economics.model_names import longest_beginning, names_of

KNOWN = ("claude-opus-4", "claude-opus-4-7", "gpt-5", "gpt-5.4", "gpt-5.4-mini", "gemini-2.5-pro")


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("claude-opus-4-7", "claude-opus-4-7"),
        (" Claude-Opus-4-7 ", "claude-opus-4-7"),
        ("claude-sonnet-5-5-20261001", "claude-sonnet-5-5"),
        ("anthropic/claude-opus-4.7", "claude-opus-4-7"),
        ("openrouter/anthropic/claude-opus-4.7:thinking", "claude-opus-4-7"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("bedrock/global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-7-v1:0",
            "claude-opus-4-7",
        ),
        ("claude-opus-4-7@20260101", "claude-opus-4-7"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("claude-4.7-opus", "claude-opus-4-7"),
        ("gpt-5.5-2026-04-23", "gpt-5.5"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("gemini/gemini-3.1-pro-preview", "gemini-3.1-pro"),
        ("models/gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
    ],
)
def test_what_routes_and_dates_add_is_taken_away(spelled: str, name: str) -> None:
    assert name in names_of(spelled)


def test_the_exact_name_comes_first() -> None:
    assert names_of("gpt-5.5-2026-04-23") == ("gpt-5.5-2026-04-23", "gpt-5.5")


@pytest.mark.parametrize("text", ["", "  ", "x" * 201])
def test_what_is_no_name_has_none(text: str) -> None:
    assert names_of(text) == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-5.4-mini-fast", "gpt-5.4-mini"),
        ("gpt-5-nano", "gpt-5"),
        ("gemini-2.5-pro-tts", "gemini-2.5-pro"),
        # Another version is another model, and so is a word that only begins alike.
        ("claude-opus-4-9", ""),
        ("gpt-5.9", ""),
        ("gpt-52", ""),
        ("gpt", ""),
    ],
)
def test_a_variant_is_known_by_the_longest_name_that_it_begins_with(name: str, found: str) -> None:
    assert longest_beginning(name, KNOWN) == found


@pytest.mark.parametrize("text", ["/" * 200, "a." * 90, "-latest" * 28, ":" * 200, "[" * 200])
def test_odd_names_do_not_disturb(text: str) -> None:
    assert text in names_of(text)
