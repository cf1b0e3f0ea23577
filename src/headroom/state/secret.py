"""The secrets of an installation, each a file of the workspace: whoever shares it shares them.

One keys the ledger's chains, so that the same conversation is found again after a restart and by
another process.  Two more are tokens that callers and the operator bring, where no variable says
others.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from headroom.errors import StoreError
from headroom.state import workspace

FILE = "secret"
SECRET_BYTES = 32

CALLERS_FILE = "token"
OPERATOR_FILE = "admin_key"
TOKEN_BYTES = 24
TOKEN = re.compile(rb"[0-9a-f]{48}\n?")


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token of the workspace; *is_new* says that it was made just now."""

    token: str = field(repr=False)
    is_new: bool


def installation_secret(folder: Path, proposed: bytes) -> bytes:
    """The secret of this workspace; *proposed* becomes it when there is none yet.

    Raises StoreError when it can be neither read nor kept.
    """
    return _agreed(folder / FILE, proposed, lambda secret: len(secret) == SECRET_BYTES)


def kept_token(folder: Path, file: str) -> KeptToken:
    """The token in this file of the workspace, made by the first to come.  Raises StoreError."""
    proposed = secrets.token_hex(TOKEN_BYTES).encode() + b"\n"
    agreed = _agreed(folder / file, proposed, lambda text: TOKEN.fullmatch(text) is not None)
    return KeptToken(agreed.decode().strip(), is_new=agreed == proposed)


def token_in(file: Path) -> str:
    """The token that stands in this file; empty where it holds none.  Raises OSError."""
    kept = file.read_bytes()
    return kept.decode().strip() if TOKEN.fullmatch(kept) else ""


def _agreed(path: Path, proposed: bytes, is_whole: Callable[[bytes], bool]) -> bytes:
    folder = path.parent
    try:
        workspace.prepare(folder)
        found = _read(path)
        if found is not None and is_whole(found):
            return found
        with workspace.locked(folder):
            found = _read(path)
            if found is not None and is_whole(found):
                return found
            _write(path, proposed)
            return proposed
    except OSError as error:
        raise StoreError(f"the {path.name} cannot be kept: {error}") from error


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, secret: bytes) -> None:
    """Put the whole secret in place at once, so that nobody reads half of it."""
    if path.exists():
        path.rename(path.with_name(f"{path.name}.corrupt-{time.time_ns()}"))
    workspace.replace(path, secret)
