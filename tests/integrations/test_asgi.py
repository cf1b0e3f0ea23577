"""A gateway of one's own with the middleware in it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from headroom.integrations.asgi import Headroom, Message, Receive, Scope, Send
from tests.gateways.environment import answering, needed
from tests.integrations.relaying import post, relay
from tests.proxy.talks import ROUTES, body_of, conversation, results, texts_of
from tests.upstream import Provider, Say, Script, running


class Listening:
    """An app that notes what it was asked, down to the events."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.events: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        while True:
            event = await receive()
            self.events.append(event)
            if not event.get("more_body", False):
                break
        self.events.append(await receive())
        await send({"type": "http.response.start", "status": 204, "headers": []})

    @property
    def body(self) -> bytes:
        return b"".join(event.get("body", b"") for event in self.events)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.scopes[-1]["headers"])


@pytest.fixture
def app() -> Listening:
    return Listening()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("pieces", [1, 7])
async def test_a_request_comes_to_the_app_shorter(app: Listening, route: str, pieces: int) -> None:
    await post(Headroom(app), f"/team-1{route}", conversation(route, results(6)), pieces=pieces)

    assert sum(map(len, texts_of(route, app.body))) < sum(map(len, results(6))) / 2
    assert app.headers[b"content-length"] == str(len(app.body)).encode()
    assert app.headers[b"authorization"] == b"Bearer key"
    assert [event["type"] for event in app.events] == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/embeddings", []),
        ("/v1/messages", [(b"x-headroom-bypass", b"true")]),
        ("/v1/messages", [(b"content-type", b"text/plain")]),
    ],
    ids=["another route", "bypassed", "not JSON"],
)
async def test_A2_others_come_as_they_were_sent(
    app: Listening, path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    body = body_of(ROUTES[0], results(6))

    await post(Headroom(app), path, body, headers=headers, pieces=3)

    assert app.body == body
    assert len(app.events) == 4


async def test_A2_packed_bodies_come_as_they_were_sent(app: Listening) -> None:
    body = gzip.compress(body_of(ROUTES[0], results(6)))

    await post(Headroom(app), ROUTES[0], body, headers=[(b"content-encoding", b"gzip")])

    assert app.body == body


async def test_A2_what_needs_nothing_comes_in_the_pieces_in_which_it_was_sent(
    app: Listening,
) -> None:
    body = body_of(ROUTES[0], ["fine"])

    await post(Headroom(app), ROUTES[0], body, pieces=5)

    assert app.body == body
    assert len(app.events) == 6


async def test_L2_a_body_beyond_the_limit_is_not_held(app: Listening) -> None:
    body = body_of(ROUTES[0], results(6))

    await post(Headroom(app, longest_body_bytes=1000), ROUTES[0], body, pieces=9)

    assert app.body == body
    assert len(app.events) == 10


async def test_a_caller_that_leaves_is_told_to_the_app(app: Listening) -> None:
    waiting: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(_: Message) -> None:
        return None

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": ROUTES[0], "headers": headers}
    await Headroom(app)(scope, receive, send)

    assert [event["type"] for event in app.events][:2] == ["http.request", "http.disconnect"]


async def test_other_connections_are_none_of_its_business(app: Listening) -> None:
    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        return None

    scope = {"type": "lifespan"}
    await Headroom(app)(scope, receive, send)

    assert app.scopes == [scope]


async def test_routes_can_be_named(app: Listening) -> None:
    short = Headroom(app, routes={"/ask": "anthropic"})

    await post(short, "/ask", conversation(ROUTES[0], results(6)))

    assert len(app.body) < len(body_of(ROUTES[0], results(6))) / 2


async def test_replies_stream_through_it() -> None:
    provider = Provider()
    provider.next(Script((Say("Hello, dear world."),)))
    with running(provider) as url:
        body = conversation(ROUTES[0], results(6), stream=True)
        sent = await post(Headroom(relay(url)), ROUTES[0], body)

    said = b"".join(message.get("body", b"") for message in sent)
    assert sent[0]["status"] == 200
    assert said.startswith(b"event: message_start")
    assert said.endswith(b'{"type":"message_stop"}\n\n')


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def fastapi(provider: Provider) -> Iterator[Any]:
    with running(provider) as url, answering("fastapi_turns", url) as send:
        yield send


@needed
def test_it_is_a_middleware_of_fastapi(fastapi: Any, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),)))

    told = fastapi({"path": ROUTES[1], "body": conversation(ROUTES[1], results(6))})

    assert json.loads(told["body"])["choices"][0]["message"]["content"] == "Hello, dear world."
    assert sum(map(len, texts_of(ROUTES[1], provider.received[0].body))) < 10_000
