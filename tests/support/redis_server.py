"""A real Redis server of a test's own, on a socket in a folder of the test's own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

START_S = 10.0

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None and not os.environ.get("CI"),
    reason="redis-server is not installed (Debian package redis-server)",
)


@asynccontextmanager
async def redis_server(_folder: Path | None = None) -> AsyncIterator[str]:
    """The address of an empty server; it ends with the block."""
    # The path of a socket has room for some 100 characters only: not in the test's folder.
    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        path = Path(place, "socket")
        server = start_redis(path)
        try:
            await answering(path)
            yield f"unix://{path}"
        finally:
            server.kill()
            server.wait()


def start_redis(path: Path) -> subprocess.Popen[bytes]:
    """A server on this socket that keeps nothing when it ends."""
    words = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    return subprocess.Popen(
        ["redis-server", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


async def answering(path: Path) -> None:
    """Wait until a server listens on this socket."""
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_unix_connection(path)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
