"""One call on a client connection: its reply is written here, framed, or cut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from headroom.errors import HeadroomError
from headroom.proxy.relay import ReplyCut


class Cycle(RequestResponseCycle):
    """One call and its reply."""

    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[None] | None = None
    head = b""
    """The head of the reply while it waits for a first piece of body in the same turn."""
    body_left: int | None = None
    """How much of the request's body is still to come; None where nobody knows."""
    drained_bytes = 0
    """How much of an unread body is taken in behind the reply, so that the connection stays."""

    @property
    def leaves_body(self) -> bool:
        """Whether more of the body than is drained comes behind the reply: then we close."""
        left = self.body_left
        return self.more_body and (left is None or left > self.drained_bytes)

    def abandon(self) -> None:
        """Cancel the call: its client has left, or cannot be understood."""
        self.disconnected = True
        self.message_event.set()
        if self.task is not None:
            self.task.cancel()

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Run the application; a reply that it breaks off is cut, not finished."""

        async def cutting(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            try:
                await app(scope, receive, send)
            except (ReplyCut, asyncio.CancelledError):
                self._cut()

        await super().run_asgi(cutting)

    def _cut(self) -> None:
        if self.response_complete or self.disconnected:
            return
        self._flush()
        if self.response_started and self.chunked_encoding is None:
            # Only the end of the connection frames this body: a reset tells it from the end.
            self.transport.abort()
        else:
            self.transport.close()
        self.disconnected = True

    async def send(self, message: Any) -> None:
        """Write one ASGI message of the reply."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            self._write_body(message.get("body", b""), more=message.get("more_body", False))
        else:
            self._write_head(message["status"], message.get("headers", ()))

    def _write_head(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.response_started = True
        if self.waiting_for_100_continue:
            # Not told to go on, a client may send its body or not.
            self.body_left = None
            self.waiting_for_100_continue = False
        lines = []
        closing = False
        for name, value in headers:
            if name == b"content-length":
                self.expected_content_length = int(value)
                self.chunked_encoding = False
            elif name == b"connection" and b"close" in value.lower():
                closing = True
            lines.append(b"%b: %b\r\n" % (name, value))
        if closing:
            self.keep_alive = False
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise HeadroomError("a header of the reply holds a line break")
        # A provider may use numbers that the standard does not know.
        line = STATUS_LINE.get(status) or b"HTTP/1.1 %d \r\n" % status
        self.head = line + head + self._framing(status, closing=closing) + b"\r\n"
        # The first piece of body mostly follows in the same turn of the loop.
        self.loop.call_soon(self._flush)

    def _framing(self, status: int, *, closing: bool) -> bytes:
        framing = b""
        bodiless = self.scope["method"] == "HEAD" or status in (204, 304)
        if bodiless:
            self.expected_content_length = 0
        elif self.chunked_encoding is None:
            if self.scope["http_version"] == "1.0":
                self.keep_alive = False
            else:
                self.chunked_encoding = True
                framing = b"transfer-encoding: chunked\r\n"
        if not self.keep_alive and not closing:
            framing += b"connection: close\r\n"
        return framing

    def _flush(self) -> None:
        if self.head:
            head, self.head = self.head, b""
            self.transport.write(head)

    def _write_body(self, body: bytes, *, more: bool) -> None:
        head, self.head = self.head, b""
        if head and not more and self.keep_alive and self.leaves_body:
            self.keep_alive = False
            head = head[:-2] + b"connection: close\r\n\r\n"
        if self.response_complete:
            raise RuntimeError("the reply is already whole")
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            body = b""
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        elif self.chunked_encoding is False:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("the reply is longer than its content-length")
        if head or body:
            self.transport.write(head + body if head else body)
        if not more:
            self._complete()

    def _complete(self) -> None:
        if self.expected_content_length != 0:
            raise RuntimeError("the reply is shorter than its content-length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive and not self.more_body:
            self.transport.close()
        self.on_response()
