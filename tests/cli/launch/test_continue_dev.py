"""Continue: a copy of its settings."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from headroom.cli.launch.continue_dev import configure
from headroom.errors import HeadroomError, SettingsError
from tests.cli.launch.wanting import BASE, wanted

yaml: Any = importlib.import_module("yaml")

SETTINGS = """
# mine
name: Main
models:
  - {name: One, provider: anthropic, model: claude-sonnet-4-5, apiKey: sk-secret}
  - {name: Other, provider: ollama, model: x}
"""


def config(home: Path, text: str, name: str = "config.yaml") -> Path:
    file = home / ".continue" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_its_models_that_we_pass_on_go_through(tmp_path: Path) -> None:
    file = config(tmp_path, SETTINGS)

    copy = configure(wanted(tmp_path)).copy

    assert copy is not None
    assert copy.argument == "--config"
    one, other = yaml.safe_load(copy.content)["models"]
    assert one["apiBase"] == f"{BASE}/v1/"
    assert one["apiKey"] == "sk-secret"
    assert other == {"name": "Other", "provider": "ollama", "model": "x"}
    assert file.read_text() == SETTINGS


def test_the_first_address_of_a_provider_is_where_its_requests_go_on_to(tmp_path: Path) -> None:
    models = "\n".join(
        f"  - {{provider: openai, model: x, apiBase: 'https://{name}.example/v1'}}"
        for name in ("one", "other")
    )
    config(tmp_path, f"models:\n{models}\n")

    launch = configure(wanted(tmp_path))

    assert launch.upstreams == {"openai_api_url": "https://one.example/v1"}


def test_settings_of_the_users_choice_are_the_ones_that_are_copied(tmp_path: Path) -> None:
    file = config(tmp_path, SETTINGS, "mine.yaml")

    assert configure(wanted(tmp_path, "--config", str(file))).copy is not None


def test_without_such_models_that_is_told(tmp_path: Path) -> None:
    (note,) = configure(wanted(tmp_path)).notes

    assert str(tmp_path / ".continue" / "config.yaml") in note


def test_settings_that_are_no_yaml_are_told(tmp_path: Path) -> None:
    config(tmp_path, "models: [")

    with pytest.raises(SettingsError, match=r"config\.yaml"):
        configure(wanted(tmp_path))


def test_without_the_extra_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(HeadroomError, match=r"headroom-ai\[continue\]"):
        configure(wanted(tmp_path))
