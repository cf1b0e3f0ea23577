"""Who uses a proxy that was started for them: a lock that each of them shares.

An agent's launcher holds the lock shared for as long as its agent runs, and the kernel lets go of
it for one that was killed.  The proxy waits for it alone: once it has it, nobody is left.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from headroom.state import workspace

FOLDER = "clients"
FILE = "users"
START = "start"


def folder_of(workspace_dir: Path, port: int) -> Path:
    """What is kept for the launchers that use this port.  Raises OSError."""
    folder = workspace_dir / FOLDER / str(port)
    workspace.prepare(workspace_dir)
    workspace.prepare(workspace_dir / FOLDER)
    workspace.prepare(folder)
    return folder


@contextmanager
def one_of_the_users(folder: Path) -> Iterator[None]:
    """While in this block, nobody stops the proxy.  Waits for one that is just stopping."""
    with _held(folder / FILE, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While in this block, no other launcher looks for the proxy or starts one."""
    with _held(folder / START, fcntl.LOCK_EX):
        yield


def when_unused(file: Path, then: Callable[[], None]) -> None:
    """Call *then* once nobody shares this lock any more, from a thread of its own."""

    def wait() -> None:
        with _held(file, fcntl.LOCK_EX):
            then()
            # Who comes now waits until this process has ended, and starts another one.
            threading.Event().wait()

    threading.Thread(target=wait, name="users", daemon=True).start()


@contextmanager
def _held(file: Path, how: int) -> Iterator[None]:
    with workspace.opened(file) as descriptor:
        fcntl.flock(descriptor, how)
        yield
