"""Gemini CLI.

With a base URL it takes the sign-in `gateway`, which it then refuses unless its settings name
one.  So where the user's name none, defaults that stand below them name the key's.
"""

from __future__ import annotations

import json

from headroom.cli.launch.agent import Copy, Launch, Wanted

KEY = "GEMINI_API_KEY"
DEFAULTS = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"
NO_KEY = (
    f"{KEY} is not set: signed in with Google, Gemini CLI goes to another address and past "
    "Headroom. Set a key, or nothing is saved."
)


def configure(wanted: Wanted) -> Launch:
    """What Gemini CLI is started with."""
    variables = {"GOOGLE_GEMINI_BASE_URL": wanted.base}
    defaults = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    copy = None
    if not wanted.environ.get(DEFAULTS):
        copy = Copy("gemini-defaults.json", json.dumps(defaults).encode(), variable=DEFAULTS)
    return Launch(variables, copy=copy, notes=() if wanted.environ.get(KEY) else (NO_KEY,))
