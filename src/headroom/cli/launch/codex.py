"""Codex.

Its settings are overridden on its command line (`-c key=value`), so `config.toml` stays as it is.
The base URL of its own provider `openai` is changed, and no provider is added: Codex lists past
sessions by the provider's name, and its login goes to that one.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from headroom.cli.launch.agent import Launch, Wanted

OPENAI = "openai"


def configure(wanted: Wanted) -> Launch:
    """What Codex is started with."""
    url = json.dumps(wanted.openai)
    provider = _provider(wanted)
    name = provider.get("name")
    arguments = ("-c", f"openai_base_url={url}")
    if not name:
        return Launch(arguments=arguments)
    # A provider of the user's own: it is one to whom Headroom does not know the way.
    note = (
        f"Codex uses its provider {name} ({provider.get('base_url', 'no base_url')}): it goes past "
        f"Headroom. Start Headroom with --openai-api-url and that address, and give Codex "
        f"-c model_provider={OPENAI}."
    )
    return Launch(arguments=arguments, notes=(note,))


def _provider(wanted: Wanted) -> dict[str, Any]:
    """The provider that the user's settings choose, where it is not Codex's own."""
    home = wanted.environ.get("CODEX_HOME") or str(wanted.home / ".codex")
    try:
        settings = tomllib.loads(Path(home, "config.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    name = settings.get("model_provider", OPENAI)
    if name == OPENAI or any("model_provider=" in each for each in wanted.arguments):
        return {}
    providers = settings.get("model_providers")
    chosen = providers.get(name) if isinstance(providers, dict) else None
    return {**(chosen if isinstance(chosen, dict) else {}), "name": name}
