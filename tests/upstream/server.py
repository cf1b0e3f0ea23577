"""A small HTTP/1.1 server: bytes to `Received`, `Reply` to bytes, nothing in between.

Own, because tests need what servers hide: header names in their case, the target as sent,
a reply that stops in the middle, and to know when the client went away.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

import httptools

from tests.upstream.sockets import Socket
from tests.upstream.wire import Cut, Hold, Pause, Received, Reply

Answer = Callable[[Received], Reply]


@contextmanager
def running(answer: Answer, *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve *answer* on a free loopback port, in a thread; gives the URL without a slash."""
    listener = socket.create_server((host, 0), backlog=512)
    url = f"http://{host}:{listener.getsockname()[1]}"
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(serve(answer, listener, stop),), daemon=True
    )
    thread.start()
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def serve(answer: Answer, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve on this socket until *stop* is set, then drop what is still open."""
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answer, connections), sock=listener)
    await stop.wait()
    server.close()
    for connection in tuple(connections):
        connection.abort()
    await asyncio.gather(*(connection.ended for connection in tuple(connections)))


class Connection(asyncio.Protocol):
    """One connection: requests are answered one after another, in the order they came."""

    def __init__(self, answer: Answer, connections: set[Connection]) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._answer = answer
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Received, bool]] = deque()
        self._under_way: Received | None = None
        self._playing: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._raw = b""
        self._socket: Socket | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # cast, not isinstance: uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        # asyncio leaves this out for sockets of `socket.create_server`: a reply in two pieces
        # would wait 40 ms for the delayed acknowledgement of the first.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._writable.set()
        if self._under_way is not None:
            self._under_way.left.set()
        if self._playing is not None:
            self._playing.cancel()
        if self._socket is not None:
            self._socket.end()
        if not self.ended.done():
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.feed(data)
            return
        self._raw += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._refuse(b"HTTP/1.1 400 Bad Request\r\n")

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()

    # httptools

    def on_message_begin(self) -> None:
        self._target, self._headers, self._body = b"", [], []

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if any(name.lower() == b"expect" for name, _ in self._headers):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade():
            return
        self._raw = b""
        received = Received(
            method=self._parser.get_method().decode("latin-1"),
            target=self._target,
            headers=tuple(self._headers),
            body=b"".join(self._body),
        )
        self._waiting.append((received, self._parser.should_keep_alive()))
        self._next()

    def _upgrade(self) -> None:
        asked = Received("GET", self._target, tuple(self._headers), b"")
        reply = self._answer(asked)
        if reply.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self._socket = Socket(asked, self._answer, self._transport)
            self._socket.feed(self._raw)
        else:
            self._transport.write(_head(reply, keep_alive=False) + reply.body)
            self._transport.close()

    # replies

    def _next(self) -> None:
        while self._waiting and self._under_way is None:
            received, keep_alive = self._waiting.popleft()
            reply = self._answer(received)
            head = _head(reply, keep_alive=keep_alive)
            if reply.immediate:
                self._transport.write(head if received.method == "HEAD" else head + reply.body)
                self._finish(keep_alive=keep_alive)
            else:
                self._under_way = received
                self._playing = asyncio.ensure_future(
                    self._play(received, reply, head, keep_alive=keep_alive)
                )

    async def _play(
        self, received: Received, reply: Reply, head: bytes, *, keep_alive: bool
    ) -> None:
        self._transport.write(head)
        for step in reply.steps:
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Hold):
                await step.gate.passed()
            elif isinstance(step, Cut):
                # close, not abort: what was written before must still arrive.
                self._under_way = None
                self._transport.close()
                return
            elif received.method != "HEAD":
                await self._writable.wait()
                self._transport.write(_chunk(step) if reply.chunked else step)
        if reply.chunked and received.method != "HEAD":
            self._transport.write(b"0\r\n\r\n")
        self._under_way = None
        self._playing = None
        self._finish(keep_alive=keep_alive)
        self._next()

    def _finish(self, *, keep_alive: bool) -> None:
        if not keep_alive:
            self._transport.close()

    def _refuse(self, status_line: bytes) -> None:
        self._transport.write(status_line + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self._transport.close()


def _head(reply: Reply, *, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    has_body = reply.status >= 200 and reply.status not in (204, 304)
    if reply.chunked:
        lines.append("transfer-encoding: chunked")
    elif has_body and not any(name == "content-length" for name, _ in reply.headers):
        lines.append(f"content-length: {len(reply.body)}")
    if not keep_alive:
        lines.append("connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _phrase(status: int) -> str:
    # 529 is Anthropic's own and has no phrase in the standard.
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""
