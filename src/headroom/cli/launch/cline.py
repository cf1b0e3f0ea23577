"""Cline's command line: a copy of its providers' settings, in which their base URLs are ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headroom.cli.launch.agent import Copy, Launch, Wanted

VARIABLE = "CLINE_PROVIDER_SETTINGS_PATH"
PROVIDERS = ("anthropic", "openai-native")
UNSIGNED = (
    "Cline knows no provider of yours that Headroom passes on (anthropic, openai-native): "
    "sign in with `cline auth anthropic` first."
)


def configure(wanted: Wanted) -> Launch:
    """What Cline is started with."""
    settings = _settings(wanted)
    ours = [settings.get("providers", {}).get(name) for name in PROVIDERS]
    chosen = [each["settings"] for each in ours if isinstance(each, dict) and "settings" in each]
    for each in chosen:
        each["baseUrl"] = wanted.openai
    if not chosen:
        return Launch(notes=(UNSIGNED,))
    copy = Copy("cline-providers.json", json.dumps(settings, indent=2).encode(), variable=VARIABLE)
    return Launch(copy=copy)


def _settings(wanted: Wanted) -> dict[str, Any]:
    folder = wanted.environ.get("CLINE_DIR") or str(wanted.home / ".cline")
    data = wanted.environ.get("CLINE_DATA_DIR") or str(Path(folder, "data"))
    file = wanted.environ.get(VARIABLE) or str(Path(data, "settings", "providers.json"))
    try:
        told = json.loads(Path(file).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("providers"), dict) else {}
