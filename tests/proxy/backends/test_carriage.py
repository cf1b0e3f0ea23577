"""The table of what is carried; its rows are tried in tests/gateways."""

from __future__ import annotations

from headroom.proxy.backends.carriage import ADVISORY, CLAUDE, LITELLM_OTHERS, litellm_row


def test_claude_on_bedrock_has_a_row_of_its_own() -> None:
    assert litellm_row("bedrock", "us.anthropic.claude-x") is CLAUDE
    assert litellm_row("bedrock", "us.amazon.nova").name == "bedrock"


def test_vertex_is_asked_as_gemini_is() -> None:
    assert litellm_row("vertex_ai", "gemini-2.5-pro") is litellm_row("gemini", "gemini-2.5-pro")


def test_of_a_provider_that_nobody_has_looked_at_only_words_and_tools_are_trusted() -> None:
    row = litellm_row("somebody", "model")

    assert row is LITELLM_OTHERS
    assert "user.image.base64" not in row.of("anthropic")
    assert "user.image.data" not in row.of("openai_chat")


def test_nothing_that_says_what_is_meant_is_only_advice() -> None:
    assert not {"assistant.thinking", "tool_result.is_error", "user.image.base64"} & set(ADVISORY)
