"""Codex.

Its settings are overridden on its command line (`-c key=value`), so `config.toml` stays as it is.
The base URL of its own provider `openai` is changed, and no provider is added: Codex lists past
sessions by the provider's name, and its login goes to that one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from headroom.cli.launch.agent import Launch, Wanted

OPENAI = "openai"
BASE_URL = "openai_base_url"


def configure(wanted: Wanted) -> Launch:
    """What Codex is started with."""
    settings = _settings(wanted)
    return Launch(
        arguments=("-c", f"{BASE_URL}={json.dumps(wanted.openai)}"),
        notes=tuple(_past_us(wanted, settings)),
        upstreams=wanted.went_to("openai", settings.get(BASE_URL)),
    )


def _settings(wanted: Wanted) -> dict[str, Any]:
    home = wanted.environ.get("CODEX_HOME") or str(wanted.home / ".codex")
    try:
        return tomllib.loads(Path(home, "config.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _past_us(wanted: Wanted, settings: Mapping[str, Any]) -> Iterator[str]:
    """What sends its requests somewhere else."""
    if any(each.startswith(f"{BASE_URL}=") for each in wanted.arguments):
        yield f"{BASE_URL} is said by you: Codex goes there and past Headroom. Leave it out."
    name = settings.get("model_provider", OPENAI)
    if name == OPENAI or any("model_provider=" in each for each in wanted.arguments):
        return
    # A provider of the user's own: it is one to whom Headroom does not know the way.
    providers = settings.get("model_providers")
    chosen = providers.get(name) if isinstance(providers, dict) else None
    url = chosen.get("base_url", "no base_url") if isinstance(chosen, dict) else "no base_url"
    yield (
        f"Codex uses its provider {name} ({url}): it goes past Headroom. Start Headroom with "
        f"--openai-api-url and that address, and give Codex -c model_provider={OPENAI}."
    )
