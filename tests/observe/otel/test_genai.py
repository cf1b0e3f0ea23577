"""What the GenAI conventions call what we know."""

from __future__ import annotations

import pytest

from headroom.observe.otel import genai
from tests.observe.otel.made import entry


@pytest.mark.parametrize(
    ("route", "provider", "model", "named"),
    [
        ("/v1/messages", "anthropic", "m", ("chat", "anthropic")),
        ("/v1/responses", "openai", "m", ("chat", "openai")),
        ("/v1/messages/count_tokens", "anthropic", "m", ("count_tokens", "anthropic")),
        ("", "gemini", "m", ("generate_content", "gcp.gemini")),
        ("/v1beta/models/m:generateContent", "gemini", "m", ("generate_content", "gcp.gemini")),
        ("/v1beta/models/m:countTokens", "gemini", "m", ("count_tokens", "gcp.gemini")),
        ("", "openai", "", ("relay", "openai")),
    ],
)
def test_operations_and_providers_have_the_names_of_the_conventions(
    route: str, provider: str, model: str, named: tuple[str, str]
) -> None:
    one = entry(route=route, provider=provider, model=model)

    assert (genai.operation(one), genai.provider(one)) == named


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"status": 529}, "529"),
        ({"verdict": "cut"}, "cut"),
        ({"verdict": "refused", "refusal": "over_budget", "status": 429}, "over_budget"),
    ],
)
def test_errors_are_told_by_a_word_or_a_status(changes: dict[str, object], said: str) -> None:
    assert genai.error_type(entry(**changes)) == said


def test_stored_replies_and_refusals_were_never_sent() -> None:
    assert genai.was_sent(entry())
    assert not genai.was_sent(entry(verdict="cached"))
    assert not genai.was_sent(entry(verdict="refused"))
    assert genai.is_call(entry())
    assert not genai.is_call(entry(model=""))


def test_what_was_only_made_shorter_asked_no_model() -> None:
    one = entry(verdict="compressed", route="/v1/compress")

    assert genai.operation(one) == "compress"
    assert not genai.is_call(one)
    assert not genai.was_sent(one)
