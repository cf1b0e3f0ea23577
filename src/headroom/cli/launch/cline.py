"""Cline's command line: a copy of its providers' settings, in which their base URLs are ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headroom.cli.launch.agent import Copy, Launch, Wanted

VARIABLE = "CLINE_PROVIDER_SETTINGS_PATH"
PROVIDERS = {"anthropic": "anthropic", "openai-native": "openai"}
"""Its names of them, and ours."""
UNSIGNED = (
    "Cline knows no provider of yours that Headroom passes on (anthropic, openai-native): "
    "sign in with `cline auth anthropic` first."
)


def configure(wanted: Wanted) -> Launch:
    """What Cline is started with."""
    settings = _settings(wanted)
    known = [(provider, _own(settings, name)) for name, provider in PROVIDERS.items()]
    ours = [(provider, own) for provider, own in known if own]
    if not ours:
        return Launch(notes=(UNSIGNED,))
    upstreams: dict[str, str] = {}
    for provider, own in ours:
        upstreams |= wanted.went_to(provider, own.get("baseUrl"))
        own["baseUrl"] = wanted.openai
    copy = Copy("cline-providers.json", json.dumps(settings, indent=2).encode(), variable=VARIABLE)
    return Launch(copy=copy, upstreams=upstreams)


def _own(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """What stands there of this provider."""
    one = settings.get("providers", {}).get(name)
    own = one.get("settings") if isinstance(one, dict) else None
    return own if isinstance(own, dict) else {}


def _settings(wanted: Wanted) -> dict[str, Any]:
    folder = wanted.environ.get("CLINE_DIR") or str(wanted.home / ".cline")
    data = wanted.environ.get("CLINE_DATA_DIR") or str(Path(folder, "data"))
    file = wanted.environ.get(VARIABLE) or str(Path(data, "settings", "providers.json"))
    try:
        told = json.loads(Path(file).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("providers"), dict) else {}
