"""The proxy beside an agent: one that runs, or one that is started for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headroom.cli import users
from headroom.cli.asking import Address, Answer, is_ours
from headroom.errors import HeadroomError, SettingsError
from headroom.settings import Settings

LOG = "logs/proxy.log"
MOST_LOG_BYTES = 10_000_000
READY_WITHIN_S = 15.0
LOOK_EVERY_S = 0.02
TOLD_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Companion:
    """A proxy that answers, and whether it was started just now."""

    base: str
    is_new: bool
    config: Mapping[str, Any]

    @property
    def backend(self) -> str:
        """To whom it passes requests on."""
        return str(self.config.get("backend") or "anthropic")


def found(address: Address) -> Companion | None:
    """The Headroom that answers there; None where nobody does.  Raises SettingsError."""
    answer = address.ask("/health")
    if answer.trouble == "nobody":
        return None
    if answer.trouble not in ("", "token", "broken") or not is_ours(answer.told):
        raise SettingsError(_stranger(address, answer))
    return Companion(address.url, is_new=False, config=answer.told.get("config") or {})


def found_or_started(
    settings: Settings, folder: Path, flags: Sequence[str], environ: Mapping[str, str]
) -> Companion:
    """The Headroom of these settings; started with *flags* where none runs.

    Raises SettingsError where something else is there, HeadroomError where it does not start.
    """
    address = Address.of(settings)
    with users.alone(folder):
        companion = found(address)
        if companion is not None:
            return companion
        log = settings.workspace_dir / LOG
        process = _start(log, (*flags, "--while-used", str(folder / users.FILE)), environ)
        return _ready(process, address, log)


def _start(log: Path, flags: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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


def _ready(process: subprocess.Popen[bytes], address: Address, log: Path) -> Companion:
    begun = log.stat().st_size if log.exists() else 0
    for _ in _looks():
        answer = address.ask("/readyz", patience_s=1.0)
        if not answer.trouble and is_ours(answer.told):
            told = address.ask("/health").told
            config = told.get("config") if isinstance(told, dict) else None
            return Companion(address.url, is_new=True, config=config or {})
        if process.poll() is not None:
            raise HeadroomError(f"the proxy did not start; it said: {_said(log, begun)} ({log})")
    process.terminate()
    raise HeadroomError(
        f"the proxy did not get ready within {READY_WITHIN_S:.0f} s: see {log}, or start it with "
        "`headroom proxy` to watch it"
    )


def _looks() -> Iterator[None]:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        yield
        time.sleep(LOOK_EVERY_S)


def _said(log: Path, begun: int) -> str:
    with log.open("rb") as file:
        file.seek(max(0, begun - TOLD_BYTES))
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
