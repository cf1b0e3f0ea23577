"""LiteLLM: what it lacks is said, and what it has no place for is said in words."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from headroom.errors import SettingsError
from headroom.proxy.backends.through_litellm import make, missing, said_in_words
from headroom.settings import Settings
from tests.cli.running import run


def test_what_is_missing_is_told_by_its_variables() -> None:
    assert missing("azure", {"AZURE_AD_TOKEN": "t"}) == "AZURE_API_BASE"
    assert missing("openrouter", {}) == "OPENROUTER_API_KEY or OR_API_KEY"
    assert missing("openrouter", {"OR_API_KEY": "k"}) == ""
    assert missing("bedrock", {}) == ""


def test_missing_credentials_are_told_before_the_library_is_imported() -> None:
    with pytest.raises(SettingsError, match="set AZURE_API_BASE and AZURE_API_KEY or"):
        make(Settings(backend="litellm-azure"), {})


@pytest.mark.skipif(importlib.util.find_spec("litellm") is not None, reason="it is installed")
def test_without_the_library_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="litellm"):
        make(Settings(backend="litellm-openrouter"), {"OPENROUTER_API_KEY": "k"})
    words = ("proxy", "--backend", "litellm-openrouter", "--port", "0")
    variables = {"OPENROUTER_API_KEY": "k", "HEADROOM_WORKSPACE_DIR": str(tmp_path)}
    done = run(*words, variables=variables)

    assert done.returncode == 2
    assert "The backend litellm-openrouter needs LiteLLM: pip install" in done.stderr


def test_a_failed_result_says_so_in_its_words() -> None:
    failed = {"type": "tool_result", "tool_use_id": "t", "is_error": True}
    said = [
        {"role": "user", "content": [{**failed, "content": "no such file"}]},
        {"role": "user", "content": [{**failed, "content": [{"type": "text", "text": "a"}]}]},
    ]

    words = said_in_words({"messages": said})["messages"]

    assert words[0]["content"][0]["content"] == "Error: no such file"
    assert words[1]["content"][0]["content"][0] == {"type": "text", "text": "Error:"}


def test_effort_and_one_call_at_a_time_go_by_their_other_names() -> None:
    body = {
        "messages": [],
        "output_config": {"effort": "low"},
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    }

    asked = said_in_words(body)

    assert (asked["reasoning_effort"], asked["parallel_tool_calls"]) == ("low", False)
    assert "reasoning_effort" not in said_in_words({**body, "thinking": {"type": "disabled"}})
