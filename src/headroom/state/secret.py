"""The secret of an installation: whoever shares the workspace shares it.

It keys the ledger's chains, so that the same conversation is found again after a restart and
by another process.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from headroom.errors import StoreError
from headroom.state import workspace

FILE = "secret"
SECRET_BYTES = 32


def installation_secret(folder: Path, proposed: bytes) -> bytes:
    """The secret of this workspace; *proposed* becomes it when there is none yet.

    Raises StoreError when it can be neither read nor kept.
    """
    path = folder / FILE
    try:
        workspace.prepare(folder)
        found = _read(path)
        if found is not None:
            return found
        with workspace.locked(folder):
            found = _read(path)
            if found is not None:
                return found
            _write(path, proposed)
            return proposed
    except OSError as error:
        raise StoreError(f"the secret cannot be kept: {error}") from error


def _read(path: Path) -> bytes | None:
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        return None
    return secret if len(secret) == SECRET_BYTES else None


def _write(path: Path, secret: bytes) -> None:
    """Put the whole secret in place at once, so that nobody reads half of it."""
    if path.exists():
        path.rename(path.with_name(f"{FILE}.corrupt-{time.time_ns()}"))
    draft = path.with_name(f"{FILE}.draft")
    draft.unlink(missing_ok=True)
    workspace.create(draft)
    with draft.open("r+b") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
