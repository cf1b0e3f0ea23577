"""GitHub Copilot CLI with a provider of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.cli.launch.copilot import NO_MODEL, configure, provider_type
from headroom.errors import SettingsError
from tests.cli.launch.wanting import BASE, wanted

KEYS = {"ANTHROPIC_API_KEY": "sk-ant", "OPENAI_API_KEY": "sk-oai"}


@pytest.mark.parametrize(
    ("asked", "backend", "kind"),
    [
        ("auto", "anthropic", "anthropic"),
        ("auto", "anyllm", "openai"),
        ("auto", "litellm-bedrock", "openai"),
        ("openai", "anthropic", "openai"),
        ("anthropic", "anthropic", "anthropic"),
        ("auto", "bedrock", "anthropic"),
        ("auto", "vertex", "anthropic"),
    ],
)
def test_which_api_it_speaks(asked: str, backend: str, kind: str) -> None:
    assert provider_type(asked, backend) == kind


def test_a_cloud_that_takes_anthropics_api_is_asked_in_no_other() -> None:
    with pytest.raises(SettingsError, match="The backend bedrock takes Anthropic's API"):
        provider_type("openai", "bedrock")


def test_anthropics_api(tmp_path: Path) -> None:
    launch = configure(wanted(tmp_path, "--model", "claude-sonnet-4-5", **KEYS))

    assert launch.variables == {
        "COPILOT_PROVIDER_TYPE": "anthropic",
        "COPILOT_PROVIDER_BASE_URL": BASE,
        "COPILOT_PROVIDER_API_KEY": "sk-ant",
    }
    assert launch.notes == ()


@pytest.mark.parametrize(
    ("model", "asked", "wire"),
    [
        ("gpt-4.1", "", "completions"),
        ("gpt-5.4", "", "responses"),
        ("gpt-5.4", "completions", "completions"),
        ("gpt-4.1", "responses", "responses"),
    ],
)
def test_openais_api(tmp_path: Path, model: str, asked: str, wire: str) -> None:
    said = wanted(tmp_path, f"--model={model}", provider_type="openai", wire_api=asked, **KEYS)

    launch = configure(said)

    assert launch.variables == {
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_BASE_URL": f"{BASE}/v1",
        "COPILOT_PROVIDER_WIRE_API": wire,
        "COPILOT_PROVIDER_API_KEY": "sk-oai",
    }


@pytest.mark.parametrize(
    ("backend", "wire"),
    [("openrouter", "responses"), ("azure", "responses"), ("litellm-azure", "completions")],
)
def test_the_wire_is_one_that_the_backend_takes(tmp_path: Path, backend: str, wire: str) -> None:
    said = wanted(tmp_path, "--model=gpt-5.4", backend=backend, **KEYS)

    assert configure(said).variables["COPILOT_PROVIDER_WIRE_API"] == wire


@pytest.mark.parametrize("name", ["API_KEY", "API_KEY_COMMAND", "BEARER_TOKEN"])
def test_a_credential_of_its_own_stays(tmp_path: Path, name: str) -> None:
    said = wanted(tmp_path, **KEYS, **{f"COPILOT_PROVIDER_{name}": "mine"})

    assert "COPILOT_PROVIDER_API_KEY" not in configure(said).variables


@pytest.mark.parametrize("name", ["COPILOT_MODEL", "COPILOT_PROVIDER_MODEL_ID"])
def test_no_model_is_told(tmp_path: Path, name: str) -> None:
    assert configure(wanted(tmp_path, **KEYS)).notes == (NO_MODEL,)
    assert configure(wanted(tmp_path, **KEYS, **{name: "gpt-5"})).notes == ()


def test_a_provider_that_is_set_stays_the_provider(tmp_path: Path) -> None:
    own = {"COPILOT_PROVIDER_BASE_URL": "https://one.example/v1", "COPILOT_PROVIDER_TYPE": "openai"}

    launch = configure(wanted(tmp_path, "--model", "gpt-4.1", **KEYS, **own))

    assert launch.variables["COPILOT_PROVIDER_TYPE"] == "openai"
    assert launch.upstreams == {"openai_api_url": "https://one.example/v1"}
    with pytest.raises(SettingsError, match="azure"):
        configure(wanted(tmp_path, **{**KEYS, **own, "COPILOT_PROVIDER_TYPE": "azure"}))


def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    cases = (
        (wanted(tmp_path, "--model", "auto", **KEYS), "--model auto"),
        (wanted(tmp_path, "--model", "x"), "ANTHROPIC_API_KEY"),
        (wanted(tmp_path, "--model", "x", provider_type="openai"), "OPENAI_API_KEY"),
        (wanted(tmp_path, wire_api="responses", **KEYS), "--provider-type openai"),
        (wanted(tmp_path, wire_api="responses", backend="anyllm", **KEYS), "completions"),
    )
    for said, word in cases:
        with pytest.raises(SettingsError, match=word):
            configure(said)
