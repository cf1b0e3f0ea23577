from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from headroom.observe.entry import entry_of
from tests.proxy.house import PATIENCE_S, House, get, hang, house_of, replying, upstream_of
from tests.proxy.keyrings import WITH_KEYS, new_key
from tests.proxy.talks import noting

HANDSHAKE = (
    b"connection: upgrade",
    b"upgrade: websocket",
    b"sec-websocket-version: 13",
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


class Provider:
    """A provider that speaks WebSocket as *talk* says, and keeps the handshakes."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.requests: list[web.BaseRequest] = []
        self.ended = asyncio.Event()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        if request.path == "/v1/refused":
            return web.Response(status=429, text="no")
        socket = web.WebSocketResponse(protocols=("realtime", "other"), autoclose=False)
        socket.headers["openai-version"] = "v"
        await socket.prepare(request)
        try:
            await self.talk(socket)
        finally:
            self.ended.set()
        return socket


async def echo(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
        else:
            await socket.send_bytes(message.data)


@asynccontextmanager
async def speaking(talk: Talk, **settings: Any) -> AsyncIterator[tuple[Provider, House]]:
    provider = Provider(talk)
    runner = web.ServerRunner(web.Server(provider.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with house_of(openai_api_url=url, **settings) as house:
            yield provider, house
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(
    house: House, path: str = "/v1/realtime", **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            URL(f"http://127.0.0.1:{house.port}{path}", encoded=True), autoclose=False, **options
        ) as socket,
    ):
        yield socket


async def received(socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
    return await asyncio.wait_for(socket.receive(), PATIENCE_S)


async def test_messages_pass_both_ways_as_they_are() -> None:
    async with speaking(echo) as (_, house), connected(house) as socket:
        await socket.send_str('{"type":"response.create","é":"\\u00e9"}')
        text = await received(socket)
        await socket.send_bytes(b"\x00\xff" * 500_000)
        binary = await received(socket)

    assert text.data == '{"type":"response.create","é":"\\u00e9"}'
    assert binary.data == b"\x00\xff" * 500_000


async def test_path_query_headers_and_subprotocol_are_as_sent() -> None:
    headers = {
        "authorization": "Bearer k",
        "x-headroom-bypass": "true",
        "openai-beta": "realtime=v1",
        "proxy-authorization": "secret",
    }
    async with (
        speaking(echo) as (provider, house),
        connected(
            house, "/responses?model=a%2Fb&x=1&x=2", headers=headers, protocols=("realtime", "z")
        ) as socket,
    ):
        protocol = socket.protocol
        answered = socket._response.headers.get("openai-version")

    request = provider.requests[0]
    assert request.raw_path == "/v1/responses?model=a%2Fb&x=1&x=2"
    assert request.headers["authorization"] == "Bearer k"
    assert request.headers["openai-beta"] == "realtime=v1"
    assert "x-headroom-bypass" not in request.headers
    assert "proxy-authorization" not in request.headers
    assert (protocol, answered) == ("realtime", "v")


async def test_the_providers_close_code_reaches_the_client() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.close(code=4001, message=b"quota")

    async with speaking(talk) as (_, house), connected(house) as socket:
        message = await received(socket)

    assert (message.type, message.data, message.extra) == (aiohttp.WSMsgType.CLOSE, 4001, "quota")


async def test_the_clients_close_code_reaches_the_provider() -> None:
    codes: list[int | None] = []

    async def talk(socket: web.WebSocketResponse) -> None:
        message = await socket.receive()
        codes.append(message.data)
        await socket.close()

    async with speaking(talk) as (provider, house):
        async with connected(house) as socket:
            await socket.close(code=4002, message=b"done")
        await asyncio.wait_for(provider.ended.wait(), PATIENCE_S)

    assert codes == [4002]


async def test_a_client_that_drops_off_ends_the_providers_side() -> None:
    async with speaking(echo) as (provider, house), connected(house) as socket:
        transport = socket.get_extra_info("socket")
        assert transport is not None
        house_connection = next(iter(house.state.connections))
        house_connection.transport.abort()

        await asyncio.wait_for(provider.ended.wait(), 2.0)


async def test_a_provider_that_drops_off_closes_the_client() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.abort()

    async with speaking(talk) as (_, house), connected(house) as socket:
        message = await received(socket)

    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1011)


async def test_a_handshake_that_the_provider_refuses_has_its_status() -> None:
    async with speaking(echo) as (_, house):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(house, "/v1/refused"):
                pass

    assert refused.value.status == 429


async def test_a_provider_that_cannot_be_reached_is_502() -> None:
    async with house_of(openai_api_url="http://127.0.0.1:1") as house:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(house):
                pass

    assert refused.value.status == 502


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"origin": "http://evil.example"}, 403), ({"host": "evil.example"}, 421)],
)
async def test_E6_admission_holds_for_websockets(headers: dict[str, str], status: int) -> None:
    async with speaking(echo) as (provider, house):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(house, headers=headers):
                pass

    assert refused.value.status == status
    assert provider.requests == []


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer %s"},
        {"x-headroom-api-key": "%s"},
        {"sec-websocket-protocol": "realtime, openai-insecure-api-key.%s"},
    ],
)
async def test_E6_a_virtual_key_is_replaced_on_a_websocket_too(headers: dict[str, str]) -> None:
    async with speaking(echo, **WITH_KEYS) as (provider, house):
        key, _ = await new_key(house, "openai")
        sent = {name: value % key.decode() for name, value in headers.items()}
        async with connected(house, f"/v1/realtime?key={key.decode()}", headers=sent) as socket:
            await socket.send_str("hello")
            assert (await received(socket)).data == "hello"

    [request] = provider.requests
    assert request.headers["authorization"] == "Bearer sk-proj-operator"
    assert request.raw_path == "/v1/realtime"
    assert key.decode() not in repr(request.raw_headers)


@pytest.mark.parametrize("settings", [{}, WITH_KEYS])
async def test_E6_a_virtual_key_that_does_not_hold_opens_no_websocket(
    settings: dict[str, Any],
) -> None:
    async with speaking(echo, **settings) as (provider, house):
        for headers in (
            {"authorization": "Bearer hk-" + "0" * 48},
            {"sec-websocket-protocol": "openai-insecure-api-key.hk-1"},
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with connected(house, headers=headers):
                    pass
            assert refused.value.status == 401

    assert provider.requests == []


async def test_E6_no_token_of_ours_goes_on_and_no_page_of_ours_is_a_websocket() -> None:
    headers = {"authorization": "Bearer CALLERS", "x-headroom-api-key": "CALLERS"}
    async with speaking(echo, api_key="CALLERS") as (provider, house):
        async with connected(house, headers=headers):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(house, "/v1/compress", headers=headers):
                pass

    assert refused.value.status == 403
    [request] = provider.requests
    assert b"CALLERS" not in b"".join(b"".join(pair) for pair in request.raw_headers)


async def test_D8_a_handshake_that_is_sent_elsewhere_is_not_followed() -> None:
    async with upstream_of() as elsewhere:
        moved = b"HTTP/1.1 307 Moved\r\nlocation: %b/x\r\ncontent-length: 0\r\n\r\n"
        async with house_of(replying(moved % elsewhere.url.encode())) as house:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with connected(house, headers={"x-api-key": "secret"}):
                    pass

        assert refused.value.status == 502
        assert elsewhere.seen == []


async def test_B12_what_stands_behind_a_refused_handshake_is_never_read_as_a_request() -> None:
    async with house_of() as house:
        handshake = get(b"/v1/realtime", *HANDSHAKE, b"authorization: Bearer hk-1")
        answer = await house.say(handshake + get(b"/v1/smuggled"))

    assert answer.startswith(b"HTTP/1.1 401")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert house.upstream.seen == []


async def test_an_upgrade_behind_a_call_in_flight_is_refused() -> None:
    upgrade = get(
        b"/v1/realtime",
        b"connection: upgrade",
        b"upgrade: websocket",
        b"sec-websocket-version: 13",
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    async with house_of() as house:
        answer = await house.say(get(b"/v1/models") + upgrade)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"101" not in answer


async def test_a_client_that_does_not_wait_for_the_handshake_ends_the_providers_side() -> None:
    async with house_of(hang) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(get(b"/v1/realtime", *HANDSHAKE))
        seen = await house.upstream.next()

        client.writer.transport.abort()

        await asyncio.wait_for(seen.gone.wait(), 2.0)
        assert (await notebook.next()).verdict == "client_left"


async def test_a_handshake_that_waits_when_the_proxy_stops_ends_in_peace() -> None:
    async with house_of(hang) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(get(b"/v1/realtime", *HANDSHAKE))
        await house.upstream.next()
        assert house.app.proxy is not None
        house.app.proxy.lifecycle.stopping = True

        for task in list(house.state.tasks):
            task.cancel()

        assert (await notebook.next()).verdict == "stopped"


async def test_a_websocket_is_told_with_how_long_it_stood() -> None:
    async with speaking(echo) as (_, house):
        notebook = noting(house)
        async with connected(house) as socket:
            await socket.send_str("a")
            await received(socket)
            await socket.close()
        taken = await notebook.next()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(house, "/v1/refused"):
                pass
        refused = await notebook.next()

    assert (taken.status, taken.verdict) == (101, "relayed")
    assert entry_of(taken).is_socket
    assert not entry_of(refused).is_socket
