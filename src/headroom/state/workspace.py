"""The workspace: the folder of everything that Headroom keeps, for its owner only."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600

LOCK_FILE = "lock"
LOCK_PATIENCE_S, LOCK_PAUSE_S = 0.5, 0.01


def prepare(folder: Path) -> None:
    """Make the folder if it is missing, for its owner only.  Raises OSError.

    A folder that is there already keeps its mode: it may be anything, `/tmp` too.
    """
    if folder.is_dir():
        return
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    # mkdir heeds the umask, which may forbid even the owner.
    folder.chmod(FOLDER_MODE)


def create(path: Path) -> bool:
    """Make this file, empty, for its owner only, unless it is there; whether it was made.

    Never opens a file that is there: closing it again would end the locks that a database
    connection of this process holds on it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return False
    try:
        os.fchmod(descriptor, FILE_MODE)
    finally:
        os.close(descriptor)
    return True


def make_private(path: Path) -> None:
    """Take this file from everybody but its owner."""
    if stat.S_IMODE(path.stat().st_mode) & ~FILE_MODE:
        path.chmod(FILE_MODE)


def replace(
    path: Path, content: bytes, *, mode: int = FILE_MODE, draft: str = ".tmp"
) -> os.stat_result:
    """Let this stand there whole, for its owner only, or what stood there; how it was left.

    *mode* opens it to others; it is written first to a file whose name ends in *draft*.
    Raises OSError.
    """
    draft_path = path.with_name(f"{path.name}{draft}")
    # What was left there may be anybody's to read, or lead elsewhere.
    draft_path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(draft_path, flags, FILE_MODE), "wb") as file:
        # The umask may forbid its owner.
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        status = os.fstat(file.fileno())
    draft_path.rename(path)
    _sync(path.parent)
    return status


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A file that is locked, open; made if it is missing.  No program that is started holds it."""
    create(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes and threads out of this block.  Raises OSError when they stay in it."""
    with opened(folder / LOCK_FILE) as descriptor:
        lock(descriptor)
        yield


def lock(descriptor: int) -> None:
    """Lock this file for us alone until it is closed.  Raises OSError when another one keeps it."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOCK_PAUSE_S)
        else:
            return


class Lead:
    """Which one of several processes does what one is to do: the first that asks, until it ends."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self) -> bool:
        """Whether it is this one, from now on if nobody else was.  Where nothing can be locked, no.

        The lock belongs to the process: none that it starts holds it any longer.
        """
        if self._descriptor >= 0:
            return True
        try:
            create(self._path)
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    @property
    def is_held(self) -> bool:
        """Whether it is this one, as far as it has asked."""
        return self._descriptor >= 0

    def release(self) -> None:
        """Let another one take it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
