"""Gemini CLI.

With a base URL it takes the sign-in `gateway`, which it then refuses unless its settings name
one.  So where the user's name none, defaults that stand below them name the key's.
"""

from __future__ import annotations

import json
from pathlib import Path

from headroom.cli.launch.agent import Copy, Launch, Wanted

BASE_URL = "GOOGLE_GEMINI_BASE_URL"
KEY = "GEMINI_API_KEY"
BY_KEY = "gemini-api-key"
DEFAULTS = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"
NO_KEY = f"{KEY} is not set: Gemini CLI needs a key of yours to come through Headroom."
SIGNED_IN = (
    "Gemini CLI is signed in otherwise ({}), and goes to another address and past Headroom: "
    f"choose a Gemini API key with /auth, and set {KEY}."
)


def configure(wanted: Wanted) -> Launch:
    """What Gemini CLI is started with."""
    variables = {BASE_URL: wanted.base}
    upstreams = wanted.went_to("gemini", wanted.environ.get(BASE_URL))
    chosen = _sign_in(wanted)
    if chosen and chosen not in (BY_KEY, "gateway"):
        return Launch(variables, notes=(SIGNED_IN.format(chosen),), upstreams=upstreams)
    notes = () if wanted.environ.get(KEY) else (NO_KEY,)
    copy = None
    if not chosen and not wanted.environ.get(DEFAULTS):
        defaults = json.dumps({"security": {"auth": {"selectedType": BY_KEY}}}).encode()
        copy = Copy("defaults.json", defaults, variable=DEFAULTS)
    return Launch(variables, copy=copy, notes=notes, upstreams=upstreams)


def _sign_in(wanted: Wanted) -> str:
    """How the user's settings say that they sign in; empty where they say nothing."""
    home = Path(wanted.environ.get("GEMINI_CLI_HOME") or wanted.home)
    try:
        told = json.loads((home / ".gemini" / "settings.json").read_bytes())
        return str(told["security"]["auth"]["selectedType"])
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return ""
