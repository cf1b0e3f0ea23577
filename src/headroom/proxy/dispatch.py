"""What happens to each request: own page, planned route, WebSocket, or relay."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from types import MappingProxyType

from headroom.errors import Refusal, SettingsError, TooLarge, UnsupportedMedia, UpstreamError
from headroom.observe.log import LogLine
from headroom.observe.totals import Totals
from headroom.proxy.admission import admit, is_preflight, preflight_headers
from headroom.proxy.aftermath import note_leaving, seeing_to_the_dead
from headroom.proxy.answers import answer, answer_error, error_body
from headroom.proxy.call import Call, ClientLeft, Headers, Message, Receive, Scope, Send, read_head
from headroom.proxy.exchange import exchange
from headroom.proxy.limiting import take_request
from headroom.proxy.lineage import Lineage
from headroom.proxy.metered import relay_metered
from headroom.proxy.pages import Page, find_page
from headroom.proxy.present import beating
from headroom.proxy.proxy import Proxy, open_proxy
from headroom.proxy.record import Record
from headroom.proxy.relay import ReplyCut
from headroom.proxy.settling import settle
from headroom.proxy.websocket import relay_websocket
from headroom.proxy.zygote import Zygote
from headroom.settings import Settings

logger = logging.getLogger(__name__)

CLOSE = (b"connection", b"close")

UNFRAMED: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class App:
    """The ASGI application."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str] = NO_VARIABLES,
        *,
        lineage: Lineage | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        self.settings = settings
        self._environ = environ
        self._lineage = lineage
        self._zygote = zygote
        self.totals = Totals()
        self._proxy: Proxy | None = None

    @property
    def proxy(self) -> Proxy | None:
        """What is open while the application runs."""
        return self._proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "lifespan":
            # A second signal cancels it: what is open is closed, and nothing is wrong.
            with suppress(asyncio.CancelledError):
                await self._lifespan(scope, receive, send)
        elif scope["type"] == "http" and self._proxy is not None:
            await take(self._proxy, Record(read_head(scope, receive)), send)
        elif scope["type"] == "websocket" and self._proxy is not None:
            await relay_websocket(self._proxy, Record(read_head(scope, receive)), send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                self._proxy = await stack.enter_async_context(
                    open_proxy(
                        self.settings,
                        [self.totals, LogLine()],
                        self._environ,
                        self._lineage,
                        zygote=self._zygote,
                    )
                )
            except (OSError, SettingsError) as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await stack.enter_async_context(beating(self._proxy))
            await stack.enter_async_context(seeing_to_the_dead(self._proxy))
            scope["state"]["lifecycle"] = self._proxy.lifecycle
            await send({"type": "lifespan.startup.complete"})
            try:
                await receive()
            finally:
                self._proxy.lifecycle.stopping = True
                self._proxy = None
        await send({"type": "lifespan.shutdown.complete"})


class _Line:
    """The way back to the client: knows whether a reply has begun, and adds headers to it."""

    __slots__ = ("_headers", "_record", "_send", "started")

    def __init__(self, send: Send, record: Record) -> None:
        self._send = send
        self._record = record
        self._headers: Headers = []
        self.started = False

    def add(self, headers: Headers) -> None:
        self._headers.extend(headers)

    def __call__(self, message: Message) -> Awaitable[None]:
        if not self.started:
            self.started = True
            self._record.status = message["status"]
            self._record.first_byte_ms = self._record.elapsed_ms()
            if self._headers:
                message["headers"] = [*message["headers"], *self._headers]
        return self._send(message)


async def take(proxy: Proxy, record: Record, send: Send) -> None:
    """Answer one call, also when it is refused, fails, or the proxy stops; settle it once."""
    call = record.call
    line = _Line(send, record)
    provider = call.route.provider
    page = find_page(call.route.name, with_docs=proxy.settings.docs)
    try:
        cors = admit(proxy.settings, call)
        # Pages of ours are read by nobody else's, and stand in no frame.
        line.add([(b"content-security-policy", page.policy), *UNFRAMED] if page else cors)
        if page is None:
            await record.enter(proxy.access, None)
            record.leaving = partial(note_leaving, proxy)
            with proxy.running.a_call():
                await _dispatch(proxy, record, line)
        else:
            await record.enter(proxy.access, page.level, browsed=page.browsed)
            await _open_page(page, proxy, record, line)
    except Refusal as error:
        record.verdict, record.refusal = "refused", error.word
        await answer_error(line, provider, error, [CLOSE] if isinstance(error, TooLarge) else [])
    except UpstreamError as error:
        record.verdict = "upstream_failed"
        # The caller is not told where we send its calls; the operator needs to know.
        logger.warning("%s: %s (%s)", record.request_id, error, proxy.upstream.base(record.call))
        await answer_error(line, provider, error)
    except ReplyCut:
        record.verdict = "cut"
        raise
    except ClientLeft:
        record.verdict = "client_left"
    except asyncio.CancelledError:
        record.verdict = "stopped" if proxy.lifecycle.stopping else "client_left"
        if not line.started:
            body = error_body(provider, 503, "the proxy is stopping; ask again")
            await answer(line, 503, body, [CLOSE])
        raise
    finally:
        if page is None and (record.verdict == "refused" or not _is_question(call)):
            settle(proxy, record)


async def _dispatch(proxy: Proxy, record: Record, send: Send) -> None:
    call = record.call
    if _asks_for_leave(call):
        await answer(send, 204, b"", preflight_headers(call))
    elif _is_question(call):
        await answer(send, 200, b"")
    else:
        proxy.check_taken(call)
        await take_request(proxy, record)
        if call.route.format:
            await exchange(proxy, record, send)
        else:
            await relay_metered(proxy, record, send)


def _is_question(call: Call) -> bool:
    """Whether it asks us what no provider need be asked: then it is no call, as those to our pages.

    Claude Code asks `HEAD /` to see whether its base URL answers at all.
    """
    return _asks_for_leave(call) or (call.method == "HEAD" and call.route.name == "/")


def _asks_for_leave(call: Call) -> bool:
    """Whether a browser asks what a page may do."""
    return is_preflight(call) and call.header(b"origin") is not None


async def _open_page(page: Page, proxy: Proxy, record: Record, send: Send) -> None:
    call = record.call
    if call.method not in page.methods:
        allow = [(b"allow", ", ".join(page.methods).encode())]
        body = error_body(
            call.route.provider, 405, f"{call.route.name} does not take {call.method}"
        )
        await answer(send, 405, body, allow)
        return
    if page.takes_json and not _is_json(call):
        # What a web page can send without asking first is never JSON by its name.
        raise UnsupportedMedia(f"{call.route.name} takes content-type: application/json")
    if page.is_limited:
        await take_request(proxy, record)
    await page.answer(proxy, call, send)


def _is_json(call: Call) -> bool:
    kind = (call.header(b"content-type") or b"").partition(b";")[0]
    return kind.strip().lower() == b"application/json"
