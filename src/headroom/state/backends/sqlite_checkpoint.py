"""Playing the log of the SQLite store into its file, in a thread of its own.

That waits for the disk, twice, for seconds where it is slow or others write much; nobody who
writes may wait with it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from headroom.state import workspace

LEAST_S = 1.0
"""Between two of them."""
END_S = 1.0


class Checkpoints:
    """Made one after the other, whenever they are asked for; who asks waits for nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-checkpoints", daemon=True)

    def ask(self) -> None:
        """Let one be made, before long."""
        if self._thread.ident is None:
            self._thread.start()
        self._asked.set()

    async def close(self) -> None:
        """Make no more."""
        self._closing.set()
        self._asked.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, END_S)

    def _run(self) -> None:
        while self._asked.wait() and not self._closing.is_set():
            self._asked.clear()
            # Whatever is wrong with the file, those who use it find out and tell.
            with suppress(sqlite3.Error, OSError):
                make(self._path)
            self._closing.wait(LEAST_S)


def make(path: Path) -> None:
    """Play what is in the log into the file; nobody is kept from reading or writing meanwhile.

    Raises sqlite3.Error, OSError.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    # Both files are opened while nobody sets them aside: a log played into another one's file
    # would be lost.
    with workspace.locked(path.parent):
        connection = sqlite3.connect(address, uri=True, timeout=0.0, isolation_level=None)
        with suppress(sqlite3.Error):
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with closing(connection):
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
