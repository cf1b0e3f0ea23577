"""Codex: its settings are overridden on its command line."""

from __future__ import annotations

from pathlib import Path

from headroom.cli.launch.codex import configure
from tests.cli.launch.wanting import BASE, wanted


def config(home: Path, text: str) -> None:
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text(text)


def test_its_own_provider_goes_through(tmp_path: Path) -> None:
    launch = configure(wanted(tmp_path))

    assert launch.arguments == ("-c", f'openai_base_url="{BASE}/v1"')
    assert launch.notes == ()


def test_the_address_of_its_settings_is_where_requests_go_on_to(tmp_path: Path) -> None:
    config(tmp_path, 'openai_base_url = "https://gateway.example/v1"\n')

    launch = configure(wanted(tmp_path))

    assert launch.upstreams == {"openai_api_url": "https://gateway.example/v1"}


def test_one_that_is_said_on_the_command_line_is_told(tmp_path: Path) -> None:
    (note,) = configure(wanted(tmp_path, "-c", "openai_base_url=x")).notes

    assert "past Headroom" in note


def test_a_provider_of_the_users_own_is_told(tmp_path: Path) -> None:
    config(
        tmp_path,
        'model_provider = "azure"\n[model_providers.azure]\nbase_url = "https://one.example"\n',
    )

    (note,) = configure(wanted(tmp_path)).notes

    assert "azure (https://one.example)" in note
    assert "--openai-api-url" in note


def test_a_provider_that_is_chosen_on_the_command_line_is_no_matter(tmp_path: Path) -> None:
    config(tmp_path, 'model_provider = "azure"\n')

    assert configure(wanted(tmp_path, "-c", "model_provider=openai")).notes == ()


def test_settings_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    config(tmp_path, "model_provider = \n")

    assert configure(wanted(tmp_path)).notes == ()
