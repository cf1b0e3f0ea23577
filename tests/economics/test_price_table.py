"""The table inside genai-prices."""

from __future__ import annotations

import pytest

from headroom.economics.price_table import (
    known_window,
    load,
    long_prompts,
    models_of,
    priced,
    public_name,
)
from headroom.outcome import Usage
from tests.cli.running import loaded_by


def test_it_says_which_table_it_is() -> None:
    assert load().startswith("genai-prices ")


def test_it_is_not_loaded_before_it_is_asked() -> None:
    assert loaded_by("headroom.economics", ["genai_prices"]) == []


def test_prompts_become_dearer_above_so_many_tokens() -> None:
    sol = priced("gpt-6.1-sol", Usage(1), provider="openai", context={})
    opus = priced("claude-opus-4-7", Usage(1), provider="anthropic", context={})

    assert sol is not None
    assert opus is not None
    assert (long_prompts(sol), long_prompts(opus)) == ((272_000,), ())


def test_a_name_of_nobody_is_not_there() -> None:
    assert priced("nobody", Usage(1), provider="", context={}) is None
    assert known_window(("nobody", "")) is None


def test_the_window_of_the_first_name_that_is_there_is_told() -> None:
    found = known_window(("nobody", "o4-mini"))

    assert found is not None
    assert found[0] == 200_000
    assert found[1].startswith("o4-mini: genai-prices")


def test_google_has_not_made_what_it_sells_of_others() -> None:
    assert "gemini-2.5-pro" in models_of("gemini")
    assert not [name for name in models_of("gemini") if name.startswith("claude")]
    assert "claude-opus-5-5" in models_of("anthropic")
    assert models_of("nobody") == ()


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("claude-sonnet-4-5-20250929",), "claude-sonnet-4-5"),
        (("acme-internal", "gpt-5"), "gpt-5"),
        (("acme-internal",), ""),
        ((), ""),
    ],
)
def test_a_model_has_its_public_name_or_none(names: tuple[str, ...], name: str) -> None:
    assert public_name(names) == name
