"""Continue's command line: a copy of its settings, in which its models' addresses are ours."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from headroom.cli.launch.agent import Copy, Launch, Wanted
from headroom.errors import HeadroomError, SettingsError
from headroom.extras import needed

PROVIDERS = ("anthropic", "openai")
OPTION = "--config"
NO_MODEL = (
    "Continue's settings name no model of Anthropic or OpenAI ({}): it goes past Headroom. "
    "Run `cn` once to make them, then try again."
)


def configure(wanted: Wanted) -> Launch:
    """What Continue is started with.

    Raises SettingsError where its settings cannot be read, HeadroomError without the extra.
    """
    file = _file(wanted)
    settings = _settings(file)
    models = settings.get("models")
    ours = [
        model
        for model in (models if isinstance(models, list) else ())
        if isinstance(model, dict) and model.get("provider") in PROVIDERS
    ]
    if not ours:
        return Launch(notes=(NO_MODEL.format(file),))
    upstreams: dict[str, str] = {}
    for model in ours:
        # The first of each provider says where the others go too.
        upstreams = {**wanted.went_to(model["provider"], model.get("apiBase")), **upstreams}
        model["apiBase"] = f"{wanted.openai}/"
    content = _yaml().safe_dump(settings, sort_keys=False, allow_unicode=True).encode()
    return Launch(copy=Copy("continue.yaml", content, argument=OPTION), upstreams=upstreams)


def _file(wanted: Wanted) -> Path:
    folder = wanted.environ.get("CONTINUE_GLOBAL_DIR") or str(wanted.home / ".continue")
    said = [
        wanted.arguments[at + 1] for at, each in enumerate(wanted.arguments[:-1]) if each == OPTION
    ]
    return Path(said[-1] if said else Path(folder, "config.yaml"))


def _settings(file: Path) -> dict[str, Any]:
    yaml = _yaml()
    try:
        told = yaml.safe_load(file.read_text("utf-8"))
    except OSError:
        return {}
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read as YAML: {error}") from error
    return told if isinstance(told, dict) else {}


def _yaml() -> Any:
    with needed("The file of Continue's settings", "continue", error=HeadroomError):
        return importlib.import_module("yaml")
