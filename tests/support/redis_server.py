"""A real Redis server of a test's own, on a socket in a folder of the test's own."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

START_S = 10.0

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

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
    return _started(["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"])


def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["redis-server", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@asynccontextmanager
async def redis_at(host: str) -> AsyncIterator[str]:
    """The address of an empty server that listens there, on a port that was free."""
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", host, "--protected-mode", "no"]
    server = _started([*words, "--save", "", "--appendonly", "no"])
    try:
        await _answering(partial(asyncio.open_connection, host, port))
        yield f"redis://{host}:{port}"
    finally:
        server.kill()
        server.wait()


async def answering(path: Path) -> None:
    """Wait until a server listens on this socket."""
    await _answering(partial(asyncio.open_unix_connection, path))


async def _answering(connect: Connect) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await connect()
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
