"""opencode: settings in a variable are merged over those of its files."""

from __future__ import annotations

import json
from typing import Any

from headroom.cli.launch.agent import Launch, Wanted
from headroom.errors import SettingsError

VARIABLE = "OPENCODE_CONFIG_CONTENT"


def configure(wanted: Wanted) -> Launch:
    """What opencode is started with.  Raises SettingsError where its variable is no JSON."""
    settings = _said(wanted)
    providers = settings.setdefault("provider", {})
    upstreams: dict[str, str] = {}
    for name in ("anthropic", "openai"):
        options = providers.setdefault(name, {}).setdefault("options", {})
        upstreams |= wanted.went_to(name, options.get("baseURL"))
        options["baseURL"] = wanted.openai
    return Launch({VARIABLE: json.dumps(settings)}, upstreams=upstreams)


def _said(wanted: Wanted) -> dict[str, Any]:
    said = wanted.environ.get(VARIABLE)
    if not said:
        return {}
    try:
        settings = json.loads(said)
    except ValueError as error:
        raise SettingsError(f"{VARIABLE} is no JSON ({error}): mend or unset it.") from error
    if not isinstance(settings, dict):
        raise SettingsError(f"{VARIABLE} is no JSON object: mend or unset it.")
    return settings
