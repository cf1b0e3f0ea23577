"""A proxy of our own for one replay: started with an empty workspace, stopped at the end."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from headroom.errors import HeadroomError
from headroom.replay.upstream import upstream_options

START_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05


@asynccontextmanager
async def own_proxy(upstream_url: str, environ: Mapping[str, str]) -> AsyncIterator[str]:
    """The URL of a ready proxy in front of *upstream_url*.  Raises HeadroomError."""
    with tempfile.TemporaryDirectory(prefix="headroom-replay-") as folder:
        port = _free_port()
        log = Path(folder) / "proxy.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "headroom", "proxy", "--host", "127.0.0.1", "--port", str(port)),
                *upstream_options(upstream_url),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={
                    **environ,
                    "HEADROOM_WORKSPACE_DIR": f"{folder}/workspace",
                    "HEADROOM_CONFIG_DIR": f"{folder}/config",
                    # What is replayed is no request of anybody's.
                    "HEADROOM_LOG_FILE": "",
                    "HEADROOM_TELEMETRY": "off",
                },
            )
        url = f"http://127.0.0.1:{port}"
        try:
            await _until_ready(url, process, log)
            yield url
        finally:
            await _stop(process)


async def _until_ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as client:
            while not await _is_ready(client, url):
                if process.returncode is not None:
                    raise HeadroomError(f"The proxy did not start: {_last_line(log)}")
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise HeadroomError(
            f"The proxy was not ready within {START_SECONDS:.0f} seconds: {_last_line(log)}"
        ) from error


async def _is_ready(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(f"{url}/readyz") as reply:
            return reply.ok
    except aiohttp.ClientError:
        return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
