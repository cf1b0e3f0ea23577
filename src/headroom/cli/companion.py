"""The proxy beside an agent: one that runs, or one that is started for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headroom.cli import users
from headroom.cli.asking import Address, Answer, is_ours, who
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import ENTRIES, Settings
from headroom.state import workspace

ANTHROPIC = "anthropic"
LOG = "logs/proxy.log"
MOST_LOG_BYTES = 10_000_000
READY_WITHIN_S = 15.0
LOOK_EVERY_S = 0.02
TOLD_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Companion:
    """A proxy that answers, and whether it was started just now."""

    base: str
    backend: str
    """To whom it passes requests on."""
    is_new: bool = False


def found(address: Address) -> Companion | None:
    """The Headroom that answers there; None where nobody does.  Raises SettingsError."""
    answer = who(address)
    if answer.trouble == "nobody":
        return None
    if answer.trouble in ("stranger", "late"):
        raise SettingsError(_stranger(address, answer))
    config = answer.told.get("config") if isinstance(answer.told, dict) else None
    return Companion(address.url, str((config or {}).get("backend") or ANTHROPIC))


def started(
    settings: Settings, folder: Path, flags: Mapping[str, object], environ: Mapping[str, str]
) -> Companion:
    """A proxy of these settings, which stops when nobody uses it any more.

    *flags* are settings by field name.  Raises HeadroomError where it does not start.
    """
    log = settings.workspace_dir / LOG
    said = {**flags, "port": settings.port, "while_used": folder / users.FILE}
    words = [
        word
        for entry in ENTRIES
        if said.get(entry.name)
        for word in (entry.flag, str(said[entry.name]))
    ]
    process = _start(log, words, environ)
    address = Address.of(settings)
    for _ in _looks():
        answer = address.ask("/readyz", patience_s=1.0)
        if not answer.trouble and is_ours(answer.told):
            return Companion(address.url, settings.backend, is_new=True)
        if process.poll() is not None:
            raise HeadroomError(f"the proxy did not start; it said: {_said(log)} ({log})")
    process.terminate()
    raise HeadroomError(
        f"the proxy did not get ready within {READY_WITHIN_S:.0f} s: see {log}, or start it with "
        "`headroom proxy` to watch it"
    )


def _start(log: Path, flags: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    workspace.prepare(log.parent)
    if log.exists() and log.stat().st_size > MOST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # In a session of its own: what the terminal says to the agent is not for it.
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "headroom", "proxy", *flags],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(environ),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _looks() -> Iterator[None]:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        yield
        time.sleep(LOOK_EVERY_S)


def _said(log: Path) -> str:
    """Its last line."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TOLD_BYTES))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("headroom: ") if lines else "nothing"


def _stranger(address: Address, answer: Answer) -> str:
    if answer.trouble == "late":
        return (
            f"What listens on {address.url} does not answer ({answer.detail}): "
            f"stop it, or choose another port, such as --port {address.port % 65535 + 1}."
        )
    return (
        f"What listens on {address.url} is no Headroom: "
        f"choose another port, such as --port {address.port % 65535 + 1}."
    )
