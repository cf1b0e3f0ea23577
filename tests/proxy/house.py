"""The real app on a real socket, in front of an upstream of raw bytes, in one event loop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from headroom.proxy.dispatch import App
from headroom.proxy.http import HttpProtocol, Limits
from headroom.proxy.server import create_app
from headroom.proxy.zygote import Zygote
from headroom.settings import Settings

SHARED = Zygote()
"""One for all houses, as its start takes longer than most tests; it leaves with this process."""

PATIENCE_S = 10.0
"""How long a test waits for what must come; never how long it waits for nothing."""


@dataclass(slots=True)
class Seen:
    """One request as the upstream saw it."""

    head: bytes
    body: bytes
    gone: asyncio.Event
    """Set when the connection ended before the reply was whole."""

    @property
    def line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        lines = self.head.split(b"\r\n")[1:]
        pairs = (line.partition(b": ") for line in lines if line)
        return [(name.lower(), value) for name, _, value in pairs]

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key == name]


Script = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def say_ok(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


def saying(*pieces: bytes) -> Script:
    """A script that writes these bytes and then drops the connection."""

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    return script


def replying(reply: bytes) -> Script:
    """A script that writes this whole reply and keeps the connection."""

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    return script


async def hang(seen: Seen, _writer: asyncio.StreamWriter) -> None:
    await seen.gone.wait()


@dataclass(slots=True)
class Upstream:
    """A provider that does to each request what *script* says."""

    script: Script = say_ok
    reads_bodies: bool = True
    seen: list[Seen] = field(default_factory=list)
    arrived: asyncio.Queue[Seen] = field(default_factory=asyncio.Queue)
    connections: int = 0
    port: int = 0
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def next(self) -> Seen:
        return await asyncio.wait_for(self.arrived.get(), PATIENCE_S)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            while not writer.is_closing():
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self.tasks.discard(task)

    async def end(self) -> None:
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen = Seen(head[:-4], b"", asyncio.Event())
        if self.reads_bodies:
            seen.body = await _body(head.lower(), reader)
        self.seen.append(seen)
        self.arrived.put_nowait(seen)
        left = asyncio.ensure_future(_until_gone(reader, seen))
        try:
            await self.script(seen, writer)
        except ConnectionError:
            seen.gone.set()
            raise
        finally:
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)


class _Reader(asyncio.StreamReader):
    """Tells of its end at once, also while unread bytes stand before it."""

    def __init__(self) -> None:
        super().__init__(limit=1 << 20, loop=asyncio.get_running_loop())
        self.ended = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.ended.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.ended.set()


async def _until_gone(reader: asyncio.StreamReader, seen: Seen) -> None:
    assert isinstance(reader, _Reader)
    await reader.ended.wait()
    seen.gone.set()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    if length is not None:
        return await reader.readexactly(int(length[1]))
    if b"\r\ntransfer-encoding: chunked" not in head:
        return b""
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


@dataclass(slots=True)
class House:
    """A running proxy and the upstream behind it."""

    upstream: Upstream
    app: App
    port: int
    state: ServerState
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        client = Client(reader, writer)
        self.clients.append(client)
        return client

    async def say(self, *pieces: bytes) -> bytes:
        """Send these bytes on one connection; everything that comes back until it closes."""
        client = await self.connect()
        for piece in pieces:
            client.writer.write(piece)
        return await client.rest()

    async def ask(self, request: bytes) -> Answer:
        """Send one whole request, and read one whole answer."""
        client = await self.connect()
        client.writer.write(request)
        answer = await client.answer()
        client.close()
        return answer


@dataclass(slots=True)
class Answer:
    """One reply as its bytes came."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key == name]


@dataclass(slots=True)
class Client:
    """A client of raw bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def rest(self) -> bytes:
        """All bytes until the connection ends, whether well or by a reset."""
        got = b""
        try:
            while piece := await asyncio.wait_for(self.reader.read(65536), PATIENCE_S):
                got += piece
        except ConnectionError:
            pass
        self.close()
        return got

    async def head(self) -> Answer:
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        first, *lines = raw[:-4].split(b"\r\n")
        pairs = (line.partition(b": ") for line in lines)
        headers = [(name, value) for name, _, value in pairs]
        return Answer(int(first.split()[1]), headers, b"")

    async def answer(self) -> Answer:
        answer = await self.head()
        length = answer.values(b"content-length")
        if length:
            answer.body = await asyncio.wait_for(
                self.reader.readexactly(int(length[0])), PATIENCE_S
            )
        elif answer.values(b"transfer-encoding"):
            while chunk := await self.chunk():
                answer.body += chunk
        return answer

    async def chunk(self) -> bytes:
        size = int(await asyncio.wait_for(self.reader.readline(), PATIENCE_S), 16)
        return (await asyncio.wait_for(self.reader.readexactly(size + 2), PATIENCE_S))[:-2]

    def close(self) -> None:
        self.writer.close()


NOWHERE = "http://127.0.0.1:9"
"""Where no provider is, for what sends nothing."""


def settings_for(url: str, **changes: Any) -> Settings:
    urls = {f"{each}_api_url": url for each in ("anthropic", "openai", "gemini", "chatgpt")}
    # Nothing is kept unless a test says so, with a workspace of its own.
    keeping = {} if "workspace_dir" in changes else {"stateless": True}
    # A machine that does much else needs longer to make plans; tests of lateness say so.
    patience = {"plan_deadline_seconds": PATIENCE_S}
    return Settings(**{**urls, **keeping, **patience, **changes})


def post(
    path: bytes = b"/v1/messages", body: bytes = b"{}", *headers: bytes, host: bytes = b"localhost"
) -> bytes:
    """A request with a body of JSON and its length."""
    is_typed = any(header.startswith(b"content-type:") for header in headers)
    lines = [
        b"POST " + path + b" HTTP/1.1",
        b"host: " + host,
        *headers,
        *([] if is_typed else [b"content-type: application/json"]),
        b"content-length: %d" % len(body),
        b"",
        body,
    ]
    return b"\r\n".join(lines)


def get(path: bytes, *headers: bytes, host: bytes = b"localhost", method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"host: " + host, *headers, b"", b""])


@asynccontextmanager
async def upstream_of(script: Script = say_ok, host: str = "127.0.0.1") -> AsyncIterator[Upstream]:
    upstream = Upstream(script)
    server = await asyncio.get_running_loop().create_server(
        lambda: asyncio.StreamReaderProtocol(_Reader(), upstream.answer), host, 0
    )
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        await upstream.end()


@asynccontextmanager
async def house_of(
    script: Script = say_ok,
    *,
    limits: Limits | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
    zygote: Zygote | None = SHARED,
    **settings: Any,
) -> AsyncIterator[House]:
    """A proxy with these settings in front of an upstream that follows *script*.

    Its planner processes are those of *zygote*; None: of one of its own.
    """
    async with upstream_of(script) as upstream:
        app = create_app(settings_for(upstream.url, **settings), environ, zygote=zygote)
        async with _lifespan(app) as app_state:
            protocol = type("Protocol", (HttpProtocol,), {"limits": limits or Limits()})
            config = uvicorn.Config(app, http=protocol, log_config=None, proxy_headers=False)
            config.load()
            state = ServerState()
            server = await asyncio.get_running_loop().create_server(
                lambda: protocol(config, state, app_state), "127.0.0.1", 0
            )
            house = House(upstream, app, server.sockets[0].getsockname()[1], state)
            try:
                yield house
            finally:
                server.close()
                await _end(house)


@asynccontextmanager
async def _lifespan(app: App) -> AsyncIterator[dict[str, Any]]:
    to_app: asyncio.Queue[Any] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    app_state: dict[str, Any] = {}
    scope = {"type": "lifespan", "state": app_state}
    running = asyncio.ensure_future(app(scope, to_app.get, from_app.put))
    to_app.put_nowait({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield app_state
    finally:
        to_app.put_nowait({"type": "lifespan.shutdown"})
        await running


async def _end(house: House) -> None:
    for connection in list(house.state.connections):
        connection.transport.abort()
    for client in house.clients:
        client.writer.transport.abort()
    tasks = list(house.state.tasks)
    await asyncio.gather(*tasks, return_exceptions=True)
    # A transport tells that it is lost in the next turn of the loop.
    await asyncio.sleep(0)
