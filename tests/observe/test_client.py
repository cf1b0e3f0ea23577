"""Which program a request comes from."""

from __future__ import annotations

import pytest

from headroom.observe.client import OTHER_CLIENT, client_of


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("claude-cli/2.1.181 (external, cli)", "claude"),
        ("codex_cli_rs/0.98.0 (Ubuntu 24.4.0; x86_64)", "codex"),
        ("opencode/1.2.0 ai-sdk/provider-utils/3.0", "opencode"),
        ("GeminiCLI/0.21.0 (linux; x64)", "gemini"),
        ("Anthropic/Python 0.75.0", "anthropic_sdk"),
        ("OpenAI/JS 6.9.0", "openai_sdk"),
        ("AsyncOpenAI/Python 2.8.0", "openai_sdk"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)
def test_a_program_is_told_by_how_it_calls_itself(said: str, name: str) -> None:
    assert client_of(said) == name


def test_S4_what_a_client_makes_up_is_no_name() -> None:
    assert client_of("x" * 10_000) == OTHER_CLIENT
    assert client_of("my-secret-project/1.0") == OTHER_CLIENT
