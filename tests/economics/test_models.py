"""What models hold, and that nobody guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.economics import Limits, limits, rates
from headroom.own_models import OwnModel, read_models


@pytest.mark.parametrize(
    ("model", "window", "output", "least"),
    [
        ("claude-sonnet-5-5-20261001", 1_000_000, 128_000, 512),
        ("claude-opus-4-7", 1_000_000, 128_000, 2_048),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 200_000, 64_000, 4_096),
        ("gpt-5.4", 1_050_000, 128_000, 1_024),
        ("gpt-4o-2024-08-06", 128_000, 16_384, 1_024),
        ("gemini/gemini-2.5-pro", 1_048_576, 65_536, 2_048),
    ],
)
def test_known_models_say_what_they_hold(model: str, window: int, output: int, least: int) -> None:
    found = limits(model)

    assert found is not None
    assert (found.window, found.output, found.min_cacheable) == (window, output, least)
    assert "2026-11" in found.source


@pytest.mark.parametrize("model", ["", "a-model-of-our-own", "claude-opus-4-9", "deepseek-chat"])
def test_what_is_not_known_is_not_guessed(model: str) -> None:
    assert limits(model) is None


def test_the_window_of_others_is_that_of_the_price_table() -> None:
    found = limits("gpt-4o-mini")

    assert found is not None
    assert (found.window, found.output, found.min_cacheable) == (128_000, None, None)
    assert "genai-prices" in found.source


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-sonnet-4-5[1m]"])
def test_a_request_may_ask_for_a_longer_window(model: str) -> None:
    asked = limits(model, beta="oauth-2025-04-20,context-1m-2025-08-07")
    plain = limits("claude-sonnet-4-5")

    assert asked is not None
    assert plain is not None
    assert (asked.window, plain.window) == (1_000_000, 200_000)


@pytest.mark.parametrize(
    ("found", "room"),
    [
        (Limits(window=200_000), 136_000),
        # Of 1 050 000 a prompt may have 922 000.
        (Limits(window=1_050_000, prompt=922_000), 922_000),
        (Limits(window=50_000), 0),
        (Limits(output=10), None),
    ],
)
def test_a_prompt_has_the_room_that_the_answer_leaves(found: Limits, room: int | None) -> None:
    assert found.room(64_000) == room


def test_the_operators_word_counts_first_and_what_is_left_out_stays() -> None:
    own = {"claude-opus-4-7": OwnModel(window=500_000, where="models.json")}

    found = limits("anthropic/claude-opus-4-7-20260101", own=own)

    assert found == Limits(500_000, 128_000, 2_048, "models.json")


def test_a_window_of_the_operators_ends_what_was_known_of_the_prompt() -> None:
    found = limits("gpt-6-sol", own=read_models('{"gpt-6-sol": 300000}', "x"))

    assert found is not None
    assert found.room(0) == 300_000


def test_the_operator_may_name_a_model_and_all_its_variants() -> None:
    own = read_models('{"house": {"window": 64000, "min_cacheable": 256}, "house-xl": 1}', "x")

    assert limits("house-mini", own=own) == Limits(64_000, None, 256, "x")
    assert limits("house-xl-fast", own=own) == Limits(1, source="x")
    assert limits("housing", own=own) is None


def test_a_price_alone_says_nothing_of_the_window() -> None:
    own = read_models('{"house": {"price": {"input": 1, "output": 2}}}', "x")

    assert limits("house", own=own) is None


@given(st.text() | st.from_regex(r"[a-z.:/@\[\]-]{0,40}(claude|gpt|gemini)[a-z0-9.:/@\[\]-]{0,40}"))
def test_whatever_a_client_calls_its_model_is_known_or_not(name: str) -> None:
    found, price = limits(name), rates(name, provider="anthropic")

    assert found is None or found.source
    assert price is None or price.source
