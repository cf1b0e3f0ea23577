from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom.proxy.http import Limits
from tests.proxy.house import House, get, hang, house_of, post, say_ok

REQUEST = post(b"/v1/files", b'{"a": 1}', b"x-api-key: k")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, len(REQUEST) - 1), max_size=6))
def test_a_request_reads_the_same_however_it_is_cut(cuts: list[int]) -> None:
    async def sent_in_pieces() -> bytes:
        async with house_of() as house:
            client = await house.connect()
            edges = [0, *sorted(cuts), len(REQUEST)]
            for start, end in itertools.pairwise(edges):
                client.writer.write(REQUEST[start:end])
                await asyncio.sleep(0)
            answer = await client.answer()
            return answer.body + house.upstream.seen[0].body

    assert asyncio.run(sent_in_pieces()) == b'{}{"a": 1}'


async def test_a_connection_far_beyond_the_limit_is_dropped() -> None:
    async with house_of(limits=Limits(connections=1)) as house:
        others = [await house.connect() for _ in range(2)]
        answer = await house.say(get(b"/livez"))

        assert answer == b""
        assert len(others) == 2


async def test_a_slow_application_is_not_the_slow_client_s_fault() -> None:
    limits = Limits(body_window_seconds=0.05)
    async with house_of(hang, limits=limits) as house:
        house.upstream.reads_bodies = False
        client = await house.connect()
        client.writer.write(
            b"POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 90000000\r\n\r\n"
        )
        sending = asyncio.ensure_future(_flood(client.writer))
        await house.upstream.next()
        # Several windows go by while the provider, not the client, holds things up.
        await asyncio.sleep(0.4)

        assert house.state.tasks
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_an_answer_before_the_end_of_an_upload_can_be_read() -> None:
    async with house_of(say_ok, limits=Limits(linger_seconds=0.2)) as house:
        house.upstream.reads_bodies = False
        client = await house.connect()
        client.writer.write(
            b"POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n"
            + b"x" * 50_000
        )
        answer = await client.answer()
        rest = await client.rest()

    assert (answer.status, rest) == (200, b"")


async def test_an_http_1_0_client_gets_no_chunks() -> None:
    reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

    async with house_of() as house:

        async def script(_seen: object, writer: asyncio.StreamWriter) -> None:
            writer.write(reply)

        house.upstream.script = script
        answer = await house.say(b"GET /v1/files HTTP/1.0\r\n\r\n")

    assert answer.endswith(b"connection: close\r\n\r\nabc")


LOOKS_LIKE_A_REQUEST = get(b"/v1/smuggled")
REFUSED = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\n"


async def test_B12_behind_a_refused_request_whose_body_is_short_the_next_one_is_answered(
    house: House,
) -> None:
    body = LOOKS_LIKE_A_REQUEST * 20
    client = await house.connect()
    client.writer.write(REFUSED + b"content-length: %d\r\n\r\n" % len(body) + body[:100])
    refused = await client.answer()
    client.writer.write(body[100:] + get(b"/v1/next") + get(b"/livez"))
    answers = [await client.answer() for _ in range(2)]

    assert (refused.status, refused.values(b"connection")) == (403, [])
    assert [answer.status for answer in answers] == [200, 200]
    assert [seen.line for seen in house.upstream.seen] == [b"GET /v1/next HTTP/1.1"]


async def test_B12_refused_requests_that_come_at_once_are_answered_one_by_one(
    house: House,
) -> None:
    whole = REFUSED + b"content-length: 2\r\n\r\n{}"
    client = await house.connect()
    client.writer.write(whole + get(b"/v1/next") + whole + get(b"/livez"))
    answers = [await client.answer() for _ in range(4)]

    assert [answer.status for answer in answers] == [403, 200, 403, 200]


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 65537\r\n",
        b"transfer-encoding: chunked\r\n",
        b"content-length: 20\r\nexpect: 100-continue\r\n",
    ],
)
async def test_B12_a_refused_request_whose_body_is_long_or_uncertain_ends_the_connection(
    framing: bytes, house: House
) -> None:
    client = await house.connect()
    client.writer.write(REFUSED + framing + b"\r\n")
    refused = await client.answer()
    client.writer.write(LOOKS_LIKE_A_REQUEST * 3)
    rest = await client.rest()

    assert (refused.status, refused.values(b"connection"), rest) == (403, [b"close"], b"")
    assert house.upstream.seen == []


async def test_B12_a_body_that_does_not_come_to_its_end_ends_the_connection() -> None:
    async with house_of(limits=Limits(linger_seconds=0.1)) as house:
        client = await house.connect()
        client.writer.write(REFUSED + b"content-length: 50\r\n\r\n{")
        refused = await client.answer()
        rest = await client.rest()

    assert (refused.status, rest) == (403, b"")
