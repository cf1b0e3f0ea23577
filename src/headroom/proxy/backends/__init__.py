"""Who may answer in a provider's place, and how each is loaded.

A new backend is a new line here.  Its module is imported when it is wanted, and not before.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from headroom.errors import SettingsError
from headroom.proxy.backends.base import Backend, Make
from headroom.settings import Settings

NO_ADDRESSES = (
    "The backend {} goes to one address, with the operator's credentials: leave out "
    "--allowed-base-url (HEADROOM_ALLOWED_BASE_URLS)."
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A backend by its name, or by what its names begin with; *made* is `module:name`."""

    name: str
    made: str
    dialects: tuple[str, ...]
    """Names of the formats of whose calls it takes some."""
    translates: bool = False
    """Whether a library writes the request anew."""

    def is_named(self, name: str) -> bool:
        """Whether this is the one of that name."""
        return name.startswith(self.name) if self.name.endswith("-") else name == self.name


BACKENDS: tuple[Listed, ...] = (
    Listed(
        "anthropic",
        "headroom.proxy.upstream:Upstream.make",
        ("anthropic", "openai_chat", "openai_responses", "gemini"),
    ),
    Listed("bedrock", "headroom.proxy.backends.bedrock:Bedrock.make", ("anthropic",)),
    Listed("vertex", "headroom.proxy.backends.vertex:Vertex.make", ("anthropic",)),
    Listed(
        "openrouter",
        "headroom.proxy.backends.keyed:Keyed.openrouter",
        ("anthropic", "openai_chat", "openai_responses"),
    ),
    Listed(
        "azure",
        "headroom.proxy.backends.keyed:Keyed.azure",
        ("openai_chat", "openai_responses"),
    ),
    Listed(
        "litellm-",
        "headroom.proxy.backends.through_litellm:make",
        ("anthropic", "openai_chat"),
        translates=True,
    ),
    Listed(
        "anyllm",
        "headroom.proxy.backends.through_anyllm:make",
        ("anthropic", "openai_chat"),
        translates=True,
    ),
)


def _listed(name: str) -> Listed | None:
    return next((one for one in BACKENDS if one.is_named(name)), None)


def dialects_of(name: str) -> tuple[str, ...]:
    """Names of the formats of whose calls the backend of this name takes some."""
    listed = _listed(name)
    return () if listed is None else listed.dialects


def made(settings: Settings, environ: Mapping[str, str]) -> Backend:
    """The backend of these settings.  Raises SettingsError where it cannot be: see `Make`."""
    name = settings.backend
    listed = _listed(name)
    if listed is None:
        known = ", ".join(one.name for one in BACKENDS)
        raise SettingsError(f"The backend {name} is not there; there are {known}.")
    module, _, path = listed.made.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    make: Make = found  # type: ignore[assignment]  # what the line above names
    backend = make(settings, environ)
    if backend.lends and settings.allowed_base_urls:
        raise SettingsError(NO_ADDRESSES.format(name))
    return backend
