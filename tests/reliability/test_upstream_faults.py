"""H1 to H9 of the reliability contract: what the provider does is what the client sees."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.proxy.house import (
    PATIENCE_S,
    House,
    Seen,
    get,
    hang,
    house_of,
    post,
    replying,
    say_ok,
    saying,
    upstream_of,
)
from tests.proxy.talks import noting

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b'event: ping\ndata: {"type":"ping"}\n\n'

PLANNED = [b"/v1/messages", b"/v1/chat/completions", b"/v1/responses"]
ALL = [*PLANNED, b"/v1/files"]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize("path", ALL)
async def test_H1_each_piece_of_a_stream_passes_at_once(path: bytes) -> None:
    gate = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        for part in (b"da", b"ta: 1\n", b"\ndata: 2\n\n"):
            gate.clear()
            writer.write(chunk(part))
            await gate.wait()
        writer.write(b"0\r\n\r\n")

    async with house_of(script) as house:
        client = await house.connect()
        client.writer.write(post(path, b'{"stream":true}'))
        await client.head()
        got = []
        for _ in range(3):
            got.append(await client.chunk())
            gate.set()
        end = await client.chunk()

    assert got == [b"da", b"ta: 1\n", b"\ndata: 2\n\n"]
    assert end == b""


async def test_H1_the_first_byte_is_hardly_later() -> None:
    async with house_of() as house:
        delays = []
        client = await house.connect()
        for _ in range(30):
            before = time.perf_counter()
            client.writer.write(post(b"/v1/messages"))
            await client.answer()
            delays.append(time.perf_counter() - before)

    assert sorted(delays)[15] < 0.020


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("status", [400, 401, 429, 500, 503, 529])
async def test_H2_an_error_of_the_provider_arrives_unchanged(path: bytes, status: int) -> None:
    body = b'{"type":"error", "error": {"type":"overloaded_error","message":"\\u00e9"}}\n'
    head = (
        b"HTTP/1.1 %d Whatever\r\ncontent-type: application/json\r\nretry-after: 17\r\n"
        b"request-id: req_1\r\nanthropic-ratelimit-requests-remaining: 0\r\n"
        b"x-should-retry: true\r\ncontent-length: %d\r\n\r\n"
    )
    async with house_of(replying(head % (status, len(body)) + body)) as house:
        answer = await house.ask(post(path))

    assert answer.status == status
    assert answer.body == body
    theirs = [pair for pair in answer.headers if not pair[0].startswith(b"x-headroom-")]
    assert theirs == [
        (b"content-type", b"application/json"),
        (b"retry-after", b"17"),
        (b"request-id", b"req_1"),
        (b"anthropic-ratelimit-requests-remaining", b"0"),
        (b"x-should-retry", b"true"),
        (b"content-length", b"%d" % len(body)),
    ]


async def test_H2_redirects_are_passed_on_not_followed() -> None:
    reply = b"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n"
    async with house_of(replying(reply)) as house:
        answer = await house.ask(post())

        assert answer.status == 307
        assert answer.values(b"location") == [b"http://127.0.0.1:1/x"]
        assert len(house.upstream.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", [b"/v1/messages", b"/v1/chat/completions", b"/v1/anything"])
async def test_D8_nothing_is_sent_where_a_provider_points_to(path: bytes, status: int) -> None:
    async with upstream_of() as elsewhere:
        reply = b"HTTP/1.1 %d X\r\nlocation: %b/x\r\ncontent-length: 0\r\n\r\n"
        async with house_of(replying(reply % (status, elsewhere.url.encode()))) as house:
            answer = await house.ask(post(path, b"{}", b"x-api-key: secret"))

            assert answer.status == status
            assert len(house.upstream.seen) == 1
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 204 No Content\r\nx: 1\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 12\r\n\r\n",
    ],
)
async def test_H2_replies_without_a_body_stay_without(reply: bytes) -> None:
    async with house_of(replying(reply)) as house:
        client = await house.connect()
        for _ in range(2):
            client.writer.write(get(b"/v1/files/x"))
            answer = await client.head()

            assert answer.status == int(reply.split()[1])
            assert answer.values(b"transfer-encoding") == []


async def test_H2_a_head_reply_keeps_its_length() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n"
    async with house_of(replying(reply)) as house:
        client = await house.connect()
        for _ in range(2):
            client.writer.write(get(b"/v1/files/x", method=b"HEAD"))
            answer = await client.head()

            assert answer.values(b"content-length") == [b"1234"]


@pytest.mark.parametrize("path", ALL)
async def test_H3_a_stream_cut_within_an_event_is_cut(path: bytes) -> None:
    async with house_of(saying(STREAM + chunk(EVENT) + chunk(b"data: {"))) as house:
        answer = await house.say(post(path, b'{"stream":true}'))

    assert not answer.endswith(b"0\r\n\r\n")
    assert EVENT in answer
    assert b"[DONE]" not in answer
    assert b"message_stop" not in answer
    assert b"error" not in answer


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        (b"/v1/messages", b'event: error\ndata: {"type":"error","error":{"type":"api_error"'),
        (b"/v1/chat/completions", b'data: {"error":{"message"'),
        (b"/v1/responses", b'event: error\ndata: {"type":"error"'),
    ],
)
async def test_H3_a_stream_cut_between_events_ends_with_an_error_event(
    path: bytes, sign: bytes
) -> None:
    async with house_of(saying(STREAM + chunk(EVENT))) as house:
        answer = await house.say(post(path, b'{"stream":true}'))

    assert sign in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert b"[DONE]" not in answer


async def test_H3_a_short_body_is_cut_short() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    async with house_of(saying(reply)) as house:
        answer = await house.say(post())

    assert b"content-length: 100\r\n" in answer
    assert answer.endswith(b"half")


async def test_H3_a_compressed_stream_gets_no_event_added() -> None:
    head = STREAM.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
    async with house_of(saying(head + chunk(b"\x1f\x8b\n\n"))) as house:
        answer = await house.say(post(b"/v1/messages", b'{"stream":true}'))

    assert answer.endswith(chunk(b"\x1f\x8b\n\n"))


@pytest.mark.parametrize("path", ALL)
async def test_H4_a_client_that_leaves_before_the_reply_cancels_the_call(path: bytes) -> None:
    async with house_of(hang) as house:
        client = await house.connect()
        client.writer.write(post(path))
        seen = await house.upstream.next()
        client.writer.close()

        await asyncio.wait_for(seen.gone.wait(), 2.0)


@pytest.mark.parametrize("path", ALL)
async def test_H4_a_client_that_leaves_a_stream_cancels_the_call(path: bytes) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunk(EVENT))
        await seen.gone.wait()

    async with house_of(script) as house:
        client = await house.connect()
        client.writer.write(post(path, b'{"stream":true}'))
        await client.head()
        await client.chunk()
        client.writer.close()

        await asyncio.wait_for((await house.upstream.next()).gone.wait(), 2.0)


async def test_H4_a_client_that_leaves_during_its_upload_cancels_the_call() -> None:
    async with house_of() as house:
        house.upstream.reads_bodies = False
        house.upstream.script = hang
        client = await house.connect()
        client.writer.write(
            b"POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf"
        )
        seen = await house.upstream.next()
        client.writer.close()

        await asyncio.wait_for(seen.gone.wait(), 2.0)


async def test_H4_a_connection_is_not_used_again_after_a_cancelled_call() -> None:
    async with house_of(hang) as house:
        client = await house.connect()
        client.writer.write(post())
        await house.upstream.next()
        client.writer.close()
        house.upstream.script = say_ok

        answer = await house.ask(post())

        assert answer.status == 200
        assert house.upstream.connections == 2


@pytest.mark.parametrize("path", ALL)
async def test_H5_a_post_that_may_have_arrived_is_sent_once(path: bytes) -> None:
    async with house_of(saying()) as house:
        answer = await house.ask(post(path))

        assert answer.status == 502
        assert len(house.upstream.seen) == 1


async def test_H5_a_post_on_a_reused_connection_is_not_sent_again() -> None:
    async with house_of() as house:
        client = await house.connect()
        client.writer.write(post())
        first = await client.answer()
        house.upstream.script = saying()
        client.writer.write(post())
        second = await client.answer()

        assert (first.status, second.status) == (200, 502)
        assert len(house.upstream.seen) == 2
        assert house.upstream.connections == 1


async def test_H5_a_connection_that_the_provider_closed_while_idle_is_replaced() -> None:
    async def once(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with house_of(once) as house:
        answers = []
        for _ in range(3):
            answers.append((await house.ask(post())).status)
            # The end of the idle connection arrives in a later turn of the loop.
            await _until_closed(house)

    assert answers == [200, 200, 200]


async def _until_closed(house: House) -> None:
    await asyncio.gather(*house.upstream.tasks)
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("path", ALL)
async def test_H6_a_reset_is_502_in_the_providers_shape(path: bytes) -> None:
    async def reset(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with house_of(reset) as house:
        answer = await house.ask(post(path))

    told = json.loads(answer.body)
    assert answer.status == 502
    expected = "api_error" if path == b"/v1/messages" else "server_error"
    assert told["error"]["type"] == expected
    assert b"127.0.0.1" not in answer.body


async def test_H6_a_refused_connection_is_502() -> None:
    async with house_of(openai_api_url="http://127.0.0.1:1") as house:
        answer = await house.ask(post(b"/v1/chat/completions"))
        other = await house.ask(post(b"/v1/messages"))

    assert (answer.status, other.status) == (502, 200)


async def test_H6_a_reply_that_is_not_http_is_502() -> None:
    async with house_of(saying(b"NONSENSE\r\n\r\n")) as house:
        answer = await house.ask(post())

    assert answer.status == 502


@pytest.mark.parametrize("path", ALL)
async def test_H7_a_provider_that_hangs_is_504_at_the_configured_time(path: bytes) -> None:
    async with house_of(hang, request_timeout_seconds=0.2) as house:
        before = time.perf_counter()
        answer = await house.ask(post(path))
        waited = time.perf_counter() - before

    assert answer.status == 504
    assert 0.15 < waited < 2.0


async def test_H7_a_stream_that_falls_silent_is_cut_at_the_idle_time() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + chunk(EVENT))
        await seen.gone.wait()

    async with house_of(script, idle_timeout_seconds=0.2) as house:
        answer = await asyncio.wait_for(
            house.say(post(b"/v1/messages", b'{"stream":true}')), PATIENCE_S
        )

    assert b"timeout_error" in answer
    assert not answer.endswith(b"0\r\n\r\n")


async def test_H8_other_calls_go_on_while_the_provider_hangs() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await (hang if b"x-hang" in seen.head else say_ok)(seen, writer)

    async with house_of(script) as house:
        stuck = [await house.connect() for _ in range(20)]
        for number, client in enumerate(stuck):
            # The very same request would wait for the first.
            client.writer.write(post(b"/v1/messages", b"{}", b"x-hang: %d" % number))
            await house.upstream.next()

        answer = await house.ask(post())

    assert answer.status == 200


async def test_H9_liveness_and_readiness_do_not_depend_on_the_provider() -> None:
    async with house_of(anthropic_api_url="http://127.0.0.1:1") as house:
        for page in (b"/livez", b"/readyz", b"/health"):
            assert (await house.ask(get(page))).status == 200


@pytest.mark.parametrize("missing", [5, 97, 500])
async def test_H3_a_stream_of_a_fixed_length_is_never_filled_up(missing: int) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
    async with house_of(saying(head % (len(EVENT) + missing) + EVENT)) as house:
        notebook = noting(house)
        answer = await house.say(post(b"/v1/messages", b'{"stream":true}'))
        outcome = await notebook.next()

    assert answer.endswith(EVENT)
    assert outcome.verdict == "cut"
