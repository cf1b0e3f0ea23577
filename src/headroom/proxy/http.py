"""Limits on uvicorn's HTTP protocol: head size and time, body pace, framing, connections.

Under `headroom proxy` and under gunicorn's uvicorn worker this class stands where uvicorn's
own would.  What it refuses never reaches the application.  It also cancels a call whose
client has left, so that the provider is not paid for a reply that nobody reads.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from headroom.proxy.answers import error_body
from headroom.proxy.cycle import Cycle
from headroom.proxy.framing import RefusedHead, check_head, path_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may cost.  The defaults are those of RELIABILITY L4 and B8."""

    head_bytes: int = 32_768
    headers: int = 100
    head_seconds: float = 10.0
    body_window_seconds: float = 10.0
    """The pace of a body is looked at once per window; the first one is grace."""
    body_bytes_per_second: int = 1024
    keep_alive_seconds: int = 60
    connections: int = 1000
    linger_bytes: int = 65_536
    """How much of an unread body is drained so that the client can read our answer."""
    linger_seconds: float = 2.0
    stalled_reader_seconds: float = 60.0
    drain_seconds: float = 29.0
    """How long a running call may go on after the stop; gunicorn kills after 30."""


class HttpProtocol(HttpToolsProtocol):
    """One client connection, within `limits`."""

    limits = Limits()
    cycle: Cycle

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.access_log = False
        self.timeout_keep_alive = self.limits.keep_alive_seconds
        self.running: Cycle | None = None
        """The call that the application is at; `cycle` is the one that is being read."""
        self.refusal: RefusedHead | None = None
        self.crowded = False
        self.deaf = False
        """True once nothing more is read as HTTP: what still comes is drained."""
        self.drained_bytes = 0
        self.finishing = False
        """True while the rest of a body is taken in whose request has been answered."""
        self.in_head = False
        self.head_bytes = 0
        self.head_is_fresh = False
        self.head_fed_bytes = 0
        self.in_body = False
        self.body_bytes = 0
        self.timers: dict[str, asyncio.TimerHandle] = {}

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Begin to read, unless there are far too many connections already."""
        super().connection_made(transport)
        count = len(self.connections)
        self.crowded = count > self.limits.connections
        if count > 2 * self.limits.connections:
            transport.abort()
            return
        self._after("head", self.limits.head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel what was done for this client."""
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
        self.pipeline.clear()
        running = self.running
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        if running is not None and not running.response_complete:
            running.abandon()
        self.running = None

    def shutdown(self) -> None:
        """Finish the running call within the drain time, and close; at once when idle."""
        lifecycle = self.app_state.get("lifecycle")
        if lifecycle is not None:
            lifecycle.stopping = True
        running = self.running
        if running is None or running.response_complete:
            self.transport.close()
            return
        self._finish_only(running)
        if running.task is not None:
            self._after("drain", self.limits.drain_seconds, running.task.cancel)

    def pause_writing(self) -> None:
        """The client reads too slowly; it is dropped when it reads nothing for a minute."""
        super().pause_writing()
        self._after("stalled", self.limits.stalled_reader_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._no_longer("stalled")
        super().resume_writing()

    # Bytes

    def data_received(self, data: bytes) -> None:
        """Parse what came, and refuse what is not HTTP/1.1 as we take it."""
        if self.deaf:
            self._drain(len(data))
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
            return
        except httptools.HttpParserError:
            self._refuse(self.refusal or RefusedHead(400, "this is not a valid HTTP request"))
            return
        if self.in_head:
            self._head_goes_on(len(data))
        elif self.in_body and not self.finishing and "body" not in self.timers:
            self._after("body", self.limits.body_window_seconds, self._look_at_pace)

    def _head_goes_on(self, size: int) -> None:
        # Of the piece in which a head begins, an unknown part belongs to what came before.
        if self.head_is_fresh:
            self.head_is_fresh = False
        else:
            self.head_fed_bytes += size
        if self.head_fed_bytes > self.limits.head_bytes:
            self._refuse(self._head_too_large())
        elif "head" not in self.timers:
            self._after("head", self.limits.head_seconds, self._head_is_late)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.in_head = self.head_is_fresh = True
        self.head_bytes = self.head_fed_bytes = 0

    def on_url(self, url: bytes) -> None:
        """A part of the request target."""
        super().on_url(url)
        self.head_bytes += len(url)
        if self.head_bytes > self.limits.head_bytes:
            self._stop_parsing(self._head_too_large())

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is whole."""
        super().on_header(name, value)
        self.head_bytes += len(name) + len(value) + 4
        if self.head_bytes > self.limits.head_bytes:
            self._stop_parsing(self._head_too_large())
        if len(self.headers) > self.limits.headers:
            most = self.limits.headers
            self._stop_parsing(RefusedHead(431, f"more than {most} headers"))

    def on_headers_complete(self) -> None:
        """The head is whole: check it, and start the call."""
        self._no_longer("head")
        self.in_head = False
        version = self.parser.get_http_version()
        method = self.parser.get_method().decode("ascii")
        refusal = check_head(method, version, self.url, self.headers)
        if refusal is None and self.crowded:
            refusal = RefusedHead(503, "too many connections")
        if refusal is not None:
            self.in_head = True
            self._stop_parsing(refusal)
        scope = self.scope
        scope["method"] = method
        scope["http_version"] = version
        if self.parser.should_upgrade() and self._should_upgrade():
            return
        raw_path, query, path = path_of(self.url)
        scope["path"] = self.root_path + path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        self._begin(version)

    def _begin(self, version: str) -> None:
        self.in_body = True
        self.body_bytes = 0
        cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            # uvicorn's own date and server headers would stand beside the provider's.
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        cycle.loop = self.loop
        cycle.drained_bytes = self.limits.linger_bytes
        lengths = (value for name, value in self.headers if name == b"content-length")
        cycle.body_left = next(map(int, lengths), None)
        self._unset_keepalive_if_required()
        self.cycle = cycle
        if self.running is None or self.running.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        task = self.loop.create_task(cycle.run_asgi(app))
        if isinstance(cycle, Cycle):
            cycle.task = task
            self.running = cycle
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_body(self, body: bytes) -> None:
        """A part of the body; reading pauses when the application does not keep up."""
        self.body_bytes += len(body)
        cycle = self.cycle
        if cycle.body_left is not None:
            cycle.body_left -= len(body)
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """The body is whole."""
        if not self.in_body:
            return
        self.in_body = False
        self._no_longer("body")
        self.cycle.more_body = False
        self.cycle.message_event.set()
        if self.finishing:
            self.finishing = False
            self._no_longer("linger")
            super().on_response_complete()

    def on_response_complete(self) -> None:
        """The reply is out: take the next call, once the rest of this one's body has come.

        Where more of it comes than we drain, the connection ends: what is left of a body must
        never be read as a request.
        """
        running = self.running
        if running is None or not running.more_body or self.transport.is_closing():
            super().on_response_complete()
        elif running.keep_alive and not running.leaves_body:
            self._finish_body()
        else:
            self.server_state.total_requests += 1
            self.linger()

    def _finish_body(self) -> None:
        self.finishing = True
        self._no_longer("body")
        self.flow.resume_reading()
        self._after("linger", self.limits.linger_seconds, self.transport.close)

    # Refusing

    def linger(self) -> None:
        """Close so that the client can still read our answer: drain a little of what comes.

        Closing a socket with unread bytes resets it, and the reset may overtake the answer.
        """
        if self.deaf or self.transport.is_closing():
            return
        self.deaf = True
        self.pipeline.clear()
        self._no_longer("head")
        self._no_longer("body")
        self._unset_keepalive_if_required()
        self.transport.write_eof()
        self.flow.resume_reading()
        self._after("linger", self.limits.linger_seconds, self.transport.close)

    def _drain(self, size: int) -> None:
        self.drained_bytes += size
        if self.drained_bytes > self.limits.linger_bytes:
            self.transport.close()

    def _stop_parsing(self, refusal: RefusedHead) -> None:
        """Make the parser give up; *refusal* is then answered."""
        self.refusal = refusal
        raise refusal

    def _refuse(self, refusal: RefusedHead) -> None:
        """Answer that this request cannot be taken, and close the connection."""
        running = self.running
        if running is not None and not running.response_complete:
            if self.in_head or running is not self.cycle:
                # An earlier request is still being answered: its reply must not be mixed
                # with ours, so it is finished and the connection then closed.
                self.deaf = True
                self._finish_only(running)
                return
            running.abandon()
            if running.response_started:
                self.transport.close()
                return
        self._write_refusal(refusal)
        self.linger()

    def _write_refusal(self, refusal: RefusedHead) -> None:
        if self.transport.is_closing():
            return
        body = error_body("openai", refusal.status, str(refusal))
        more = b"".join(b"%b: %b\r\n" % header for header in refusal.headers)
        head = (
            b"content-type: application/json\r\nconnection: close\r\n"
            b"%bcontent-length: %d\r\n\r\n" % (more, len(body))
        )
        self.transport.write(STATUS_LINE[refusal.status] + head + body)

    def _finish_only(self, running: Cycle) -> None:
        running.keep_alive = False
        self.pipeline.clear()

    def _upgrade(self) -> None:
        idle = self.running is None or self.running.response_complete
        if self.in_body or not self._should_upgrade():
            # Some other upgrade (h2c): answered as plain HTTP, and what follows the request
            # is neither protocol, so the connection ends with the reply.
            self.deaf = True
            if self.running is not None:
                self._finish_only(self.running)
        elif idle:
            self._no_longer("head")
            self.handle_websocket_upgrade()
        else:
            self._refuse(RefusedHead(400, "an upgrade may not follow a request in flight"))

    def _head_too_large(self) -> RefusedHead:
        return RefusedHead(431, f"the head of the request is over {self.limits.head_bytes} bytes")

    # Time

    def _after(self, name: str, seconds: float, act: Any) -> None:
        self._no_longer(name)
        self.timers[name] = self.loop.call_later(seconds, act)

    def _no_longer(self, name: str) -> None:
        timer = self.timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _head_is_late(self) -> None:
        if self.in_head:
            self._refuse(RefusedHead(408, "the head of the request did not come in time"))
        else:
            self.transport.close()

    def _look_at_pace(self) -> None:
        """Refuse a body that came slower than the least pace while we were ready for it."""
        seconds = self.limits.body_window_seconds
        ours = self.flow.read_paused or self.cycle.waiting_for_100_continue
        least = self.limits.body_bytes_per_second * seconds
        if not ours and self.body_bytes < least:
            self._refuse(RefusedHead(408, "the body of the request came too slowly"))
            return
        self.body_bytes = 0
        self._after("body", seconds, self._look_at_pace)
