"""Cline: a copy of its providers' settings."""

from __future__ import annotations

import json
from pathlib import Path

from headroom.cli.launch.cline import UNSIGNED, VARIABLE, configure
from tests.cli.launch.wanting import BASE, wanted

SETTINGS = {
    "version": 1,
    "lastUsedProvider": "anthropic",
    "providers": {
        "anthropic": {"settings": {"apiKey": "sk-secret"}, "tokenSource": "manual"},
        "openrouter": {"settings": {"apiKey": "sk-other"}},
    },
}


def test_its_providers_that_we_pass_on_go_through(tmp_path: Path) -> None:
    file = tmp_path / ".cline" / "data" / "settings" / "providers.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(SETTINGS))

    copy = configure(wanted(tmp_path)).copy

    assert copy is not None
    assert copy.variable == VARIABLE
    told = json.loads(copy.content)
    assert told["providers"]["anthropic"]["settings"] == {
        "apiKey": "sk-secret",
        "baseUrl": f"{BASE}/v1",
    }
    assert told["providers"]["openrouter"] == SETTINGS["providers"]["openrouter"]  # type: ignore[index]
    assert json.loads(file.read_bytes()) == SETTINGS


def test_its_own_address_is_where_requests_go_on_to(tmp_path: Path) -> None:
    file = tmp_path / "providers.json"
    own = {"settings": {"apiKey": "sk-secret", "baseUrl": "https://one.example/v1"}}
    file.write_text(json.dumps({"providers": {"anthropic": own, "openai-native": own}}))

    launch = configure(wanted(tmp_path, **{VARIABLE: str(file)}))

    assert launch.upstreams == {
        "anthropic_api_url": "https://one.example/v1",
        "openai_api_url": "https://one.example/v1",
    }


def test_without_one_that_is_told(tmp_path: Path) -> None:
    launch = configure(wanted(tmp_path))

    assert (launch.copy, launch.notes) == (None, (UNSIGNED,))
