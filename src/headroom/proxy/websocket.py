"""WebSockets, passed on message by message both ways, with their close codes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp

from headroom.errors import Forbidden, Refusal, UpstreamError
from headroom.observe.entry import SWITCHED
from headroom.proxy.admission import admit
from headroom.proxy.answers import body_of, error_body, headers_of
from headroom.proxy.call import Call, ClientLeft, Headers, Message, Receive, Send
from headroom.proxy.frames import Frames
from headroom.proxy.limiting import take_request
from headroom.proxy.pages import find_page
from headroom.proxy.passing import Between, Ending
from headroom.proxy.pool import Handshake, HandshakeRefused
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.settling import settle
from headroom.proxy.socket_spending import SocketSpending

# RFC 6455 7.4.1: codes that stand for what happened and may not be sent.
UNSENDABLE = frozenset({0, 1004, 1005, 1006, 1015})

RESPONSES = "openai_responses"
"""The dialect whose messages hold whole requests."""

NORMAL = 1000
NOT_ALLOWED = 1008
UPSTREAM_LOST = 1011
MOST_REASON_BYTES = 123
"""RFC 6455 5.5: of a control frame, without the code."""


async def relay_websocket(proxy: Proxy, record: Record, send: Send) -> None:
    """Connect to the provider, then pass messages on until either side closes."""
    between = _between(proxy, record)
    ending: Ending = "client_left"
    try:
        ending = await _relayed(proxy, record, send, between)
    except ClientLeft:
        record.verdict = "client_left"
    except asyncio.CancelledError:
        record.verdict = ending = "stopped"
        if not proxy.lifecycle.stopping:
            raise
    finally:
        between.end(ending)
        settle(proxy, record)


def _between(proxy: Proxy, record: Record) -> Between:
    """What hears the messages: where these hold whole requests, each is one of its own."""
    call = record.call
    dialect, replays = call.route.format, call.route.replays
    # The connection itself asks for nothing.
    record.call = replace(call, route=replace(call.route, format="", replays=False))
    if dialect == RESPONSES and not replays:
        return Frames(proxy, record, dialect)
    return SocketSpending(proxy, record)


async def _relayed(proxy: Proxy, record: Record, send: Send, between: Between) -> Ending:
    call = record.call
    await call.receive()
    try:
        admit(proxy.settings, call)
        if find_page(call.route.name) is not None:
            raise Forbidden(f"{call.route.name} takes no WebSocket")
        await record.enter(proxy.access, None)
        proxy.check_taken(record.call)
        await take_request(proxy, record)
        await between.begin()
        connection = await _connected(proxy, record.call)
    except (Refusal, UpstreamError, HandshakeRefused) as error:
        record.verdict = "refused" if isinstance(error, Refusal) else "upstream_failed"
        record.refusal = error.word if isinstance(error, Refusal) else ""
        record.status = error.status
        await _deny(call, send, error)
        return "cut"
    async with connection:
        record.status = SWITCHED
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": connection.protocol,
                "headers": connection.reply_headers,
            }
        )
        with proxy.running.a_socket():
            return await _both_ways(proxy, connection, call.receive, send, between)


async def _connected(proxy: Proxy, call: Call) -> Handshake:
    """The WebSocket to the provider.  Raises ClientLeft when the client does not wait for it."""
    connecting = asyncio.ensure_future(proxy.upstream.connect(call))
    # Before its handshake is answered, a client has nothing to say but that it leaves.
    leaving = asyncio.ensure_future(call.receive())
    try:
        await asyncio.wait({connecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not leaving.done():
            return connecting.result()
        if connecting.done() and connecting.exception() is None:
            await connecting.result().close()
        raise ClientLeft("the client left before the provider answered its handshake")
    finally:
        for waiting in (connecting, leaving):
            waiting.cancel()
        await asyncio.gather(connecting, leaving, return_exceptions=True)


async def _deny(call: Call, send: Send, error: Refusal | UpstreamError | HandshakeRefused) -> None:
    headers: Headers = []
    if isinstance(error, HandshakeRefused):
        body = error_body(call.route.provider, error.status, str(error))
    else:
        body, headers = body_of(call.route.provider, error), headers_of(error)
    length = (b"content-length", b"%d" % len(body))
    head = [(b"content-type", b"application/json"), length, *headers]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": head})
    await send({"type": "websocket.http.response.body", "body": body})


async def _both_ways(
    proxy: Proxy, connection: Handshake, receive: Receive, send: Send, between: Between
) -> Ending:
    endings: list[Ending] = []
    ways = (
        asyncio.create_task(_to_upstream(receive, connection, send, between, endings)),
        asyncio.create_task(_to_client(connection, send, between, endings)),
    )
    for way in ways:
        proxy.running.relay(way)
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    for way in done:
        way.result()
    return endings[0] if endings else "cut"


async def _to_upstream(
    receive: Receive,
    connection: Handshake,
    send: Send,
    between: Between,
    endings: list[Ending],
) -> None:
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text, data = message.get("text"), message.get("bytes") or b""
            frame = _json(data) if text is None else text
            passing = await between.passes(frame)
            if passing.told:
                await send({"type": "websocket.send", "text": passing.told})
            elif text is not None:
                await connection.send_str(passing.frame)
            else:
                await connection.send_bytes(data if passing.frame is frame else passing.packed)
        endings.append("client_left")
        await _close_upstream(connection, message)
    except Refusal as error:
        endings.append("stopped")
        told = between.told(error)
        if told:
            await send({"type": "websocket.send", "text": told})
        await _end(connection, send, str(error))
    except (aiohttp.ClientError, OSError):
        # The provider has gone; the other way sees it too, and tells the client.
        await asyncio.get_running_loop().create_future()


def _json(data: bytes) -> str:
    """Bytes that are JSON, as Gemini writes it; empty where they are something else."""
    return data.decode("utf-8", "replace") if data.startswith(b"{") else ""


async def _end(connection: Handshake, send: Send, why: str) -> None:
    """The client may say nothing any more: both sides are closed."""
    reason = why.encode()[:MOST_REASON_BYTES].decode("utf-8", "ignore")
    await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": reason})
    await connection.close(code=NORMAL, message=b"")


async def _close_upstream(connection: Handshake, message: Message) -> None:
    code = message.get("code", NORMAL)
    reason = (message.get("reason") or "").encode()
    await connection.close(code=NORMAL if code in UNSENDABLE else code, message=reason)


async def _to_client(
    connection: Handshake, send: Send, between: Between, endings: list[Ending]
) -> None:
    try:
        while True:
            message = await connection.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                # First: what a client is told it may go on from at once.
                await between.says(message.data)
                await send({"type": "websocket.send", "text": message.data})
            elif message.type is aiohttp.WSMsgType.BINARY:
                await between.says(_json(message.data))
                await send({"type": "websocket.send", "bytes": message.data})
            else:
                break
        endings.append("cut")
        await send({"type": "websocket.close", **_close_of(message)})
    except OSError:
        # uvicorn's word for a client that has left; the other way ends the connection.
        await asyncio.get_running_loop().create_future()


def _close_of(message: aiohttp.WSMessage) -> dict[str, object]:
    if message.type is not aiohttp.WSMsgType.CLOSE:
        return {"code": UPSTREAM_LOST, "reason": "the provider broke off"}
    code = NORMAL if message.data in UNSENDABLE else message.data
    return {"code": code, "reason": message.extra or ""}
