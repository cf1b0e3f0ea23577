"""Which kind of key is there, told by its form: never the key, nor a part of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from headroom.cli.diagnosis.variables import TITLES
from headroom.proxy.routes import Provider

Kind = Literal["api_key", "subscription", "virtual", "other"]

VARIABLES: tuple[tuple[str, Provider], ...] = (
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("ANTHROPIC_AUTH_TOKEN", "anthropic"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "anthropic"),
    ("OPENAI_API_KEY", "openai"),
    ("CODEX_API_KEY", "openai"),
    ("GEMINI_API_KEY", "gemini"),
    ("GOOGLE_API_KEY", "gemini"),
    ("COPILOT_PROVIDER_API_KEY", "openai"),
)

BEGINS: tuple[tuple[str, Provider | None, Kind], ...] = (
    ("hk-", None, "virtual"),
    ("sk-ant-oat", "anthropic", "subscription"),
    ("sk-ant-ort", "anthropic", "subscription"),
    ("sk-ant-", "anthropic", "api_key"),
    ("sk-", "openai", "api_key"),
    # A JSON Web Token: what Codex has after a login with ChatGPT.
    ("eyJ", "openai", "subscription"),
    ("AIza", "gemini", "api_key"),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a login that was found: where, whose, of which kind, and what is wrong with it."""

    where: str
    provider: Provider
    kind: Kind
    flaw: str = ""


def in_variables(environ: Mapping[str, str]) -> Iterator[Credential]:
    """Those that variables hold."""
    for name, provider in VARIABLES:
        if environ.get(name):
            yield credential(name, provider, environ[name])


def credential(where: str, provider: Provider, value: str) -> Credential:
    """What this value is, by its form."""
    bare = value.strip().strip("'\"")
    begins = (one for one in BEGINS if bare.startswith(one[0]))
    _, owner, kind = next(begins, ("", None, "other"))
    shared = where.startswith("COPILOT_")
    provider = owner if owner and shared else provider
    return Credential(where, provider, kind, _flaw(value, bare, owner, provider))


def _flaw(value: str, bare: str, owner: Provider | None, provider: Provider) -> str:
    if value != value.strip():
        return "it begins or ends with a blank or a line break"
    if bare != value:
        return "it stands in quotes, which are part of it"
    if owner is not None and owner != provider:
        return f"it has the form of a key of {TITLES[owner]}"
    return ""


def of_claude(text: str, where: str) -> Iterator[Credential]:
    """What the file says in which Claude Code keeps its login."""
    told = _object(text)
    if isinstance(told.get("claudeAiOauth"), dict):
        yield Credential(where, "anthropic", "subscription")


def of_codex(text: str, where: str) -> Iterator[Credential]:
    """What the file says in which Codex keeps its login."""
    told = _object(text)
    key = told.get("OPENAI_API_KEY")
    if isinstance(key, str) and key:
        yield credential(where, "openai", key)
    elif isinstance(told.get("tokens"), dict):
        yield Credential(where, "openai", "subscription")


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
