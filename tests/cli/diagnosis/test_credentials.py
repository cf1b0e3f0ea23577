"""Keys are told by their form, and never shown."""

from __future__ import annotations

import json

import pytest

from headroom.cli.diagnosis.credentials import (
    credential,
    in_variables,
    of_claude,
    of_codex,
)

CANARY = "canary" * 6


@pytest.mark.parametrize(
    ("name", "value", "provider", "kind", "flaw"),
    [
        ("ANTHROPIC_API_KEY", f"sk-ant-api03-{CANARY}", "anthropic", "api_key", ""),
        ("ANTHROPIC_AUTH_TOKEN", f"sk-ant-oat01-{CANARY}", "anthropic", "subscription", ""),
        ("OPENAI_API_KEY", f"sk-proj-{CANARY}", "openai", "api_key", ""),
        ("OPENAI_API_KEY", f"eyJ{CANARY}", "openai", "subscription", ""),
        ("OPENAI_API_KEY", f"hk-{CANARY}", "openai", "virtual", ""),
        ("GEMINI_API_KEY", f"AIza{CANARY}", "gemini", "api_key", ""),
        ("ANTHROPIC_API_KEY", "a-gateways-own", "anthropic", "other", ""),
        ("COPILOT_PROVIDER_API_KEY", f"sk-ant-api03-{CANARY}", "anthropic", "api_key", ""),
        ("OPENAI_API_KEY", f"sk-ant-api03-{CANARY}", "openai", "api_key", "Anthropic"),
        ("OPENAI_API_KEY", f"sk-{CANARY}\n", "openai", "api_key", "line break"),
        ("OPENAI_API_KEY", f"'sk-{CANARY}'", "openai", "api_key", "quotes"),
    ],
)
def test_S3_a_key_is_told_by_its_form(
    name: str, value: str, provider: str, kind: str, flaw: str
) -> None:
    [found] = in_variables({name: value})

    assert (found.where, found.provider, found.kind) == (name, provider, kind)
    assert flaw in found.flaw
    assert bool(found.flaw) == bool(flaw)
    assert "canary" not in repr(found)


def test_logins_are_found_in_the_files_of_their_programs() -> None:
    claude = json.dumps({"claudeAiOauth": {"accessToken": CANARY}})
    chatgpt = json.dumps({"OPENAI_API_KEY": None, "tokens": {"id_token": CANARY}})
    keyed = json.dumps({"OPENAI_API_KEY": f"sk-{CANARY}"})

    assert [one.kind for one in of_claude(claude, "f")] == ["subscription"]
    assert [one.kind for one in of_codex(chatgpt, "f")] == ["subscription"]
    assert [one.kind for one in of_codex(keyed, "f")] == ["api_key"]
    assert [*of_claude("{", "f"), *of_claude("[]", "f"), *of_codex("{}", "f")] == []


def test_an_empty_variable_is_no_key() -> None:
    assert [*in_variables({"OPENAI_API_KEY": ""})] == []
    assert credential("X", "openai", "sk-x").kind == "api_key"
