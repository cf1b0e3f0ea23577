"""opencode: what its variable holds already stays in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headroom.cli.launch.opencode import VARIABLE, configure
from headroom.errors import SettingsError
from tests.cli.launch.wanting import BASE, wanted


def test_both_providers_go_through(tmp_path: Path) -> None:
    said = json.loads(configure(wanted(tmp_path)).variables[VARIABLE])

    options = {"options": {"baseURL": f"{BASE}/v1"}}
    assert said == {"provider": {"anthropic": options, "openai": options}}


def test_what_was_said_there_stays(tmp_path: Path) -> None:
    before = {
        "theme": "x",
        "provider": {
            "openai": {"options": {"timeout": 5, "baseURL": "https://one.example"}},
            "local": {},
        },
    }

    launch = configure(wanted(tmp_path, **{VARIABLE: json.dumps(before)}))

    said = json.loads(launch.variables[VARIABLE])
    assert said["theme"] == "x"
    assert launch.upstreams == {"openai_api_url": "https://one.example"}
    assert said["provider"]["openai"] == {"options": {"timeout": 5, "baseURL": f"{BASE}/v1"}}
    assert said["provider"]["local"] == {}


@pytest.mark.parametrize("content", ["{", "[]"])
def test_what_is_no_object_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(SettingsError, match=VARIABLE):
        configure(wanted(tmp_path, **{VARIABLE: content}))
