from __future__ import annotations

import asyncio
from typing import Any

import pytest

from headroom.proxy.http import Limits
from headroom.proxy.server import create_app
from tests.proxy.house import NOWHERE, House, get, hang, house_of, post, settings_for
from tests.proxy.pages.test_stats import ended
from tests.proxy.talks import noting


async def test_the_probe_of_the_base_url_is_answered_here(house: House) -> None:
    client = await house.connect()
    client.writer.write(get(b"/", method=b"HEAD"))
    answer = await client.head()

    assert answer.status == 200
    assert house.upstream.seen == []


async def test_what_no_provider_need_be_asked_is_counted_as_no_request() -> None:
    page = b"origin: http://app.example"
    leave = (page, b"access-control-request-method: POST")
    async with house_of(allowed_origins=("http://app.example",)) as house:
        for question in (
            get(b"/", method=b"HEAD"), get(b"/v1/messages", *leave, method=b"OPTIONS")
        ):  # fmt: skip
            client = await house.connect()
            client.writer.write(question)
            await client.head()
        refused = get(b"/v1/messages", b"origin: http://evil.example", method=b"OPTIONS")
        await house.ask(refused)
        statistics = await ended(house, 1)

    assert (statistics["requests"]["total"], statistics["session"]["refused"]) == (1, 1)


@pytest.mark.parametrize(
    "method", [b"GET", b"OPTIONS", b"PUT", b"PATCH", b"DELETE", b"POST", b"PROPFIND"]
)
async def test_every_method_on_an_unknown_path_is_relayed(house: House, method: bytes) -> None:
    answer = await house.ask(get(b"/some/where?a=1", method=method))

    assert answer.status == 200
    assert house.upstream.seen[0].line == method + b" /some/where?a=1 HTTP/1.1"


@pytest.mark.parametrize("page", [b"/livez", b"/readyz", b"/health"])
async def test_our_pages_take_reading_methods_only(house: House, page: bytes) -> None:
    answer = await house.ask(post(page))

    assert answer.status == 405
    assert answer.values(b"allow") == [b"GET, HEAD"]
    assert house.upstream.seen == []


async def test_our_other_pages_answer_local_callers_only(house: House) -> None:
    answer = await house.ask(post(b"/v1/compress", b"{}", b"x-forwarded-for: 10.0.0.1"))

    assert answer.status == 401


@pytest.mark.parametrize("kind", [b"", b"text/plain", b"text/plain; application/json"])
async def test_E3_what_takes_json_wants_to_be_told_that_it_is(house: House, kind: bytes) -> None:
    answer = await house.ask(post(b"/v1/compress", b"{}", b"content-type: " + kind))

    assert answer.status == 415
    assert b"application/json" in answer.body


async def test_E3_the_charset_of_json_may_be_named(house: House) -> None:
    kind = b"content-type: Application/JSON; charset=utf-8"

    assert (await house.ask(post(b"/v1/compress", b"{}", kind))).status == 400


async def test_a_large_body_of_many_pieces_arrives_as_sent() -> None:
    body = bytes(range(256)) * 8192
    async with house_of() as house:
        answer = await house.ask(post(b"/v1/files", body))
        planned = await house.ask(post(b"/v1/messages", b'{"a":"' + b"x" * 2_000_000 + b'"}'))

    assert (answer.status, planned.status) == (200, 200)
    assert house.upstream.seen[0].body == body
    assert house.upstream.seen[1].body == b'{"a":"' + b"x" * 2_000_000 + b'"}'


async def test_a_chunked_body_is_relayed_chunked(house: House) -> None:
    head = b"PUT /v1/files/f HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"

    await house.ask(head + b"3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n")

    assert house.upstream.seen[0].body == b"abcdefg"
    assert house.upstream.seen[0].values(b"transfer-encoding") == [b"chunked"]


async def test_a_client_that_waits_for_100_continue_is_told_to_go_on(house: House) -> None:
    client = await house.connect()
    client.writer.write(
        b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n"
        b"content-length: 2\r\nexpect: 100-continue\r\n\r\n"
    )
    first = await client.head()
    client.writer.write(b"{}")
    answer = await client.answer()

    assert (first.status, answer.status) == (100, 200)
    assert house.upstream.seen[0].values(b"expect") == []


async def test_calls_in_a_row_on_one_connection_are_answered_in_order(house: House) -> None:
    client = await house.connect()
    client.writer.write(b"".join(get(b"/v1/files/%d" % number) for number in range(5)))
    for _ in range(5):
        assert (await client.answer()).status == 200

    lines = [seen.line for seen in house.upstream.seen]
    assert lines == [b"GET /v1/files/%d HTTP/1.1" % number for number in range(5)]


async def test_a_call_that_the_stop_ended_is_told_apart_from_a_client_that_left() -> None:
    async with house_of(hang, limits=Limits(drain_seconds=0.05)) as house:
        notebook = noting(house)
        staying, leaving = await house.connect(), await house.connect()
        leaving.writer.write(post())
        await house.upstream.next()
        leaving.writer.transport.abort()
        left = await notebook.next()
        staying.writer.write(post())
        await house.upstream.next()
        for connection in list(house.state.connections):
            connection.shutdown()
        stopped = await notebook.next()

    assert left.verdict == "client_left"
    assert stopped.verdict == "stopped"


async def test_a_lifespan_that_a_second_signal_cancels_ends_in_peace() -> None:
    app = create_app(settings_for(NOWHERE))
    told: asyncio.Queue[Any] = asyncio.Queue()
    signals: asyncio.Queue[Any] = asyncio.Queue()
    signals.put_nowait({"type": "lifespan.startup"})
    running = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, signals.get, told.put))
    assert (await told.get())["type"] == "lifespan.startup.complete"

    running.cancel()
    await running

    assert app.proxy is None


@pytest.mark.parametrize("path", [b"/livez", b"/health", b"/dashboard/app.js", b"/v1/retrieve/0"])
async def test_E4_pages_of_ours_stand_in_no_frame_and_load_nothing(
    house: House, path: bytes
) -> None:
    page = await house.ask(get(path))
    relayed = await house.ask(get(b"/v1/models"))

    policy = b"default-src 'none'; frame-ancestors 'none'"
    assert page.values(b"content-security-policy") == [policy]
    assert page.values(b"x-content-type-options") == [b"nosniff"]
    assert page.values(b"x-frame-options") == [b"DENY"]
    assert relayed.values(b"content-security-policy") == []


async def test_a_start_that_cannot_be_says_why_to_whatever_server_runs_it() -> None:
    app = create_app(settings_for(NOWHERE, backend="bedrock"), {})
    signals: asyncio.Queue[Any] = asyncio.Queue()
    told: asyncio.Queue[Any] = asyncio.Queue()
    signals.put_nowait({"type": "lifespan.startup"})

    await app({"type": "lifespan", "state": {}}, signals.get, told.put)

    failed = await told.get()
    assert failed["type"] == "lifespan.startup.failed"
    assert "The backend bedrock needs a region: set --region" in failed["message"]
