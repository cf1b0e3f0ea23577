"""What an earlier Headroom has left in files, taken out of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.cli.launch import leftovers
from headroom.errors import SettingsError

SETTINGS = b"""{
  "model": "opus",
  "env": {
    "KEEP": "this",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:8787"
  }
}
"""
CONFIG = b"""# mine
model = "gpt-5"
model_provider = "headroom"

[model_providers.headroom]
name = "Headroom"
base_url = "http://127.0.0.1:8787/v1"

[tools]
web_search = true
"""


def test_a_base_url_of_this_machine_leaves_claude_codes_settings() -> None:
    assert leftovers.without_base_url(SETTINGS) == SETTINGS.replace(
        b',\n    "ANTHROPIC_BASE_URL": "http://127.0.0.1:8787"', b""
    )


@pytest.mark.parametrize("url", [b"https://gateway.example", b"http://[", b""])
def test_other_base_urls_stay(url: bytes) -> None:
    settings = SETTINGS.replace(b"http://127.0.0.1:8787", url)

    assert leftovers.without_base_url(settings) == settings


def test_a_provider_of_that_name_leaves_codexs_settings() -> None:
    assert leftovers.without_provider(CONFIG) == (
        b'# mine\nmodel = "gpt-5"\n\n[tools]\nweb_search = true\n'
    )


def test_another_provider_stays() -> None:
    config = CONFIG.replace(b"headroom", b"azure")

    assert leftovers.without_provider(config) == config


def test_what_cannot_be_taken_out_safely_is_told() -> None:
    with pytest.raises(SettingsError, match="no TOML"):
        leftovers.without_provider(b"[")


@pytest.mark.parametrize("slash", [b"", b"/"])
def test_a_block_between_marks_leaves_instructions(slash: bytes) -> None:
    mark, end = (b"<!-- %sheadroom:rtk-instructions -->" % each for each in (b"", slash))
    block = b"\n" + mark + b"\nuse rtk\n" + end

    assert leftovers.without_instructions(b"# Rules\n" + block + b"\n# More\n") == (
        b"# Rules\n\n# More\n"
    )
    assert leftovers.without_instructions(b"# Rules\n") == b"# Rules\n"
    assert leftovers.without_instructions(mark) == mark


def test_files_of_the_user_and_of_the_project_are_looked_at(tmp_path: Path) -> None:
    found = leftovers.leftovers("codex", tmp_path / "home", tmp_path / "here")

    assert [one.path.relative_to(tmp_path).as_posix() for one in found] == [
        "home/.codex/config.toml",
        "here/AGENTS.md",
        "home/.codex/AGENTS.md",
    ]
    assert list(leftovers.leftovers("gemini", tmp_path, tmp_path)) == []
