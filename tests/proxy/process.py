"""The proxy in a process of its own, for what only a whole process shows."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.proxy.house import PATIENCE_S, Answer, Client, get
from tests.support.proxy_process import HEADROOM, clean_environ

START_S = 20.0
SHOWN_BYTES = 4_000
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Process:
    """A running proxy process and the address it listens on."""

    process: asyncio.subprocess.Process
    port: int
    host: str = "127.0.0.1"
    said: bytearray = field(default_factory=bytearray)
    """What it has written to its output so far."""
    clients: list[Client] = field(default_factory=list)

    async def connect(self, address: str = "") -> Client:
        reader, writer = await asyncio.open_connection(address or self.host, self.port)
        self.clients.append(Client(reader, writer))
        return self.clients[-1]

    async def ask(self, request: bytes) -> int:
        return (await self.answer(request)).status

    async def answer(self, request: bytes, address: str = "") -> Answer:
        """The whole answer to one request, on a connection of its own."""
        client = await self.connect(address)
        client.writer.write(request)
        answer = await client.answer()
        client.close()
        return answer

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    async def exit_code(self, within_s: float = PATIENCE_S) -> int:
        """Of this process alone: `wait` would wait for all that still hold its output."""
        async with asyncio.timeout(within_s):
            while (code := self.process.returncode) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return code


@asynccontextmanager
async def process_of(
    upstream: str,
    workspace: Path,
    command: Sequence[str] = (*HEADROOM, "--port", "0"),
    sign: bytes = rb"http://127\.0\.0\.1:(\d+)",
    host: str = "127.0.0.1",
    variables: Mapping[str, str] = NO_VARIABLES,
) -> AsyncIterator[Process]:
    """Run *command*, with these *variables* more; its output tells the port by *sign*.

    It answers at *host*.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**clean_environ(workspace, upstream), **variables},
    )
    said = bytearray()
    port = await asyncio.wait_for(_port(process, sign, said), START_S)
    output = asyncio.ensure_future(_listen(process, said))
    running = Process(process, port, host, said)
    try:
        await _until_ready(running)
        yield running
    except (AssertionError, OSError, EOFError) as error:
        error.add_note(f"The process said, at last: {said[-SHOWN_BYTES:].decode(errors='replace')}")
        raise
    finally:
        for client in running.clients:
            client.writer.transport.abort()
        if process.returncode is None:
            process.kill()
        await process.wait()
        await output


async def _port(process: asyncio.subprocess.Process, sign: bytes, said: bytearray) -> int:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        said += line
        if found := re.search(sign, line):
            return int(found[1])
    raise AssertionError(f"the process ended, and said: {said.decode()}")


async def _listen(process: asyncio.subprocess.Process, said: bytearray) -> None:
    assert process.stdout is not None
    while piece := await process.stdout.read(65_536):
        said += piece


async def _until_ready(running: Process) -> None:
    """Ask until it answers: another process tells of its start in no other way."""
    for _ in range(400):
        try:
            if await running.ask(get(b"/readyz")) == 200:
                return
        except OSError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("the proxy did not get ready")
