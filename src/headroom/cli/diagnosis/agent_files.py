"""What agents' own settings files say of where requests go: they win over the environment.

Texts come in, and what matters in them goes out; nothing is read or written here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from headroom.cli.launch.claude import ELSEWHERE

LOCAL_URL = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?[^\s\"'`,;)}\]]*")
MARKER = "<!-- headroom:"
"""What the original's `wrap` has written around its text."""
OPENAI = "openai"


@dataclass(frozen=True, slots=True)
class Said:
    """A settings file says this: which program reads it, under which name, and what stands there.

    *agent* is what statistics call the program; *keyless* where it sends no key there.
    """

    agent: str
    file: str
    name: str
    value: str
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that another tool has written into a file, and that may be in the way."""

    file: str
    what: str


def of_claude(text: str, file: str) -> Iterator[Said]:
    """What the `env` of Claude Code's settings says.  Raises ValueError where it is no JSON."""
    told = json.loads(text)
    env = told.get("env") if isinstance(told, dict) else None
    if not isinstance(env, dict):
        return
    for name in ("ANTHROPIC_BASE_URL", *ELSEWHERE):
        value = env.get(name)
        if value not in (None, "", 0, "0", False, "false"):
            yield Said("claude", file, name, str(value))


def hooks_of_claude(text: str, file: str) -> Iterator[Leftover]:
    """Hooks that the original has put there.  Raises ValueError where it is no JSON."""
    told = json.loads(text)
    hooks = told.get("hooks") if isinstance(told, dict) else None
    if re.search(r"\brtk\b", json.dumps(hooks)):
        yield Leftover(file, "a hook that runs rtk, which changes what commands print")


def of_codex(text: str, file: str) -> Iterator[Said]:
    """Which address Codex's settings choose.  Raises ValueError where it is no TOML."""
    told = tomllib.loads(text)
    base = told.get("openai_base_url")
    name = told.get("model_provider", OPENAI)
    provider = _provider(told, name)
    url = provider.get("base_url")
    if isinstance(url, str):
        keyed = provider.get("env_key") or provider.get("requires_openai_auth")
        named = f"model_providers.{name}.base_url"
        yield Said("codex", file, named, url, keyless=not keyed)
    elif isinstance(base, str) and name == OPENAI:
        yield Said("codex", file, "openai_base_url", base)


def _provider(told: dict[str, Any], name: object) -> dict[str, Any]:
    providers = told.get("model_providers")
    found = providers.get(name) if isinstance(providers, dict) else None
    return found if isinstance(found, dict) else {}


def mentions(agent: str, text: str, file: str) -> Iterator[Said]:
    """Addresses of this machine that any other file names, each once, with their lines."""
    seen = set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", "//")):
            continue
        for found in LOCAL_URL.findall(line):
            if found not in seen:
                seen.add(found)
                yield Said(agent, file, f"line {number}", found)


def leftover(text: str, file: str) -> Iterator[Leftover]:
    """What the original's `wrap` has written into instructions for agents."""
    if MARKER in text:
        yield Leftover(file, "instructions of another Headroom (between <!-- headroom:… --> marks)")
