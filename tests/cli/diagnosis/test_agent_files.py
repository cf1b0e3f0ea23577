"""What agents' settings files say of where requests go."""

from __future__ import annotations

import pytest

from headroom.cli.diagnosis.agent_files import (
    Leftover,
    Said,
    hooks_of_claude,
    leftover,
    mentions,
    of_claude,
    of_codex,
)

CODEX = """
model_provider = "headroom"
openai_base_url = "http://127.0.0.1:1/v1"
[model_providers.headroom]
base_url = "http://127.0.0.1:8787/v1"
"""


def test_claude_codes_env_is_read_and_nothing_else_of_it() -> None:
    text = (
        '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "CLAUDE_CODE_USE_BEDROCK": 1,'
        '"CLAUDE_CODE_USE_VERTEX": "0", "SECRET": "canary"}, "permissions": {}}'
    )

    assert [*of_claude(text, "f")] == [
        Said("claude", "f", "ANTHROPIC_BASE_URL", "http://127.0.0.1:1"),
        Said("claude", "f", "CLAUDE_CODE_USE_BEDROCK", "1"),
    ]
    assert [*of_claude('{"env": []}', "f"), *of_claude("[]", "f")] == []


def test_codex_goes_where_the_provider_says_that_it_chooses() -> None:
    [found] = of_codex(CODEX, "f")
    assert (found.name, found.value) == (
        "model_providers.headroom.base_url",
        "http://127.0.0.1:8787/v1",
    )
    assert found.keyless
    [keyed] = of_codex(f"{CODEX}requires_openai_auth = true", "f")
    assert not keyed.keyless


def test_codexs_own_provider_goes_where_its_base_url_says() -> None:
    [found] = of_codex('openai_base_url = "http://localhost:1/v1"', "f")

    assert (found.name, found.keyless) == ("openai_base_url", False)
    assert [*of_codex('model_provider = "ollama"', "f")] == []


def test_other_files_are_looked_through_for_addresses_of_this_machine() -> None:
    text = "a: http://localhost:8787/v1,\n# http://localhost:1\nb: https://x.example\n"

    assert [*mentions("aider", text, "f")] == [
        Said("aider", "f", "line 1", "http://localhost:8787/v1")
    ]


def test_what_the_original_left_is_found() -> None:
    hooks = '{"hooks": {"PreToolUse": [{"hooks": [{"command": "rtk hook claude"}]}]}}'

    assert isinstance(next(hooks_of_claude(hooks, "f")), Leftover)
    assert isinstance(next(leftover("<!-- headroom:rtk-instructions -->", "f")), Leftover)
    assert [*hooks_of_claude('{"hooks": {"x": "partkeeper"}}', "f"), *leftover("x", "f")] == []


@pytest.mark.parametrize("reader", [of_claude, of_codex])
def test_a_file_that_is_none_raises(reader: object) -> None:
    assert callable(reader)
    with pytest.raises(ValueError, match=r"line 1"):
        [*reader("{", "f")]
