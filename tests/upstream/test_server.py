"""The simulator's own HTTP: what comes in is kept as it came, what goes out stops where told."""

from __future__ import annotations

import gzip
import http.client
import itertools
import socket
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstream import Cut, Failure, Gate, Hold, Provider, Reply, Say, Script, running

BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}]}'

HEAD = b"POST /v1/messages?x=%2F HTTP/1.1\r\nHost: h\r\nX-API-Key: key\r\nX-Two: 1\r\nx-two: 2\r\n"


def connect(url: str) -> socket.socket:
    parts = urllib.parse.urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10.0)


def everything(connection: socket.socket) -> bytes:
    """All bytes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_is_recorded_as_it_came() -> None:
    with running(provider := Provider()) as url, connect(url) as connection:
        length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(BODY)
        connection.sendall(HEAD + length + BODY)
        everything(connection)

    received = provider.received[0]
    assert received.target == b"/v1/messages?x=%2F"
    assert received.headers[2:4] == ((b"X-Two", b"1"), (b"x-two", b"2"))
    assert received.body == BODY


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, len(BODY)), max_size=4))
def test_a_body_in_chunks_is_put_together(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]
    chunks = [BODY[a:b] for a, b in itertools.pairwise(edges) if a < b]
    encoded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)

    with running(provider := Provider()) as url, connect(url) as connection:
        more = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        connection.sendall(HEAD + more + encoded + b"0\r\n\r\n")
        reply = everything(connection)

    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert provider.received[0].body == BODY


@contextmanager
def asked(url: str, body: bytes = BODY, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """The reply to a message; the connection is closed at the end."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10.0)
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST", "/v1/messages", body, {"x-api-key": "key", **more})
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def test_a_compressed_request_is_read() -> None:
    packed = gzip.compress(BODY)

    with running(Provider()) as url, asked(url, packed, content_encoding="gzip") as response:
        response.read()

    assert response.status == 200


def test_a_stream_that_is_cut_ends_without_its_last_chunk() -> None:
    provider = Provider(otherwise=Script((Say("Hello, dear world."),), cut_after=3))
    streamed = BODY[:-1] + b',"stream":true}'

    with (
        running(provider) as url,
        asked(url, streamed) as response,
        pytest.raises(http.client.IncompleteRead) as broken,
    ):
        response.read()

    assert broken.value.partial.count(b"event: ") == 3


def test_a_whole_reply_that_is_cut_is_shorter_than_announced() -> None:
    reply = Reply(200, (("content-length", "10"),), (b"abc", Cut()))

    with (
        running(Provider(otherwise=reply)) as url,
        asked(url) as response,
        pytest.raises(http.client.IncompleteRead),
    ):
        response.read()


def test_a_reply_waits_at_its_gate() -> None:
    gate = Gate()
    reply = Reply(200, (), (b"first ", Hold(gate), b"second"), chunked=True)

    with running(Provider(otherwise=reply)) as url, asked(url) as response:
        first = response.read1()
        gate.open()
        rest = response.read()

    assert (first, rest) == (b"first ", b"second")


def test_a_client_that_leaves_is_noticed() -> None:
    gate = Gate()
    provider = Provider(otherwise=Reply(200, (), (b"first ", Hold(gate)), chunked=True))

    with running(provider) as url:
        with asked(url) as response:
            response.read1()
        left = provider.received[0].left.wait(10.0)

    assert left


def test_an_error_has_the_shape_and_headers_of_the_provider() -> None:
    with running(Provider(otherwise=Failure(529, retry_after="3"))) as url, asked(url) as response:
        body = response.read()

    assert response.status == 529
    assert response.headers["retry-after"] == "3"
    assert response.headers["request-id"] == "req_000001"
    assert body == (
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},'
        b'"request_id":"req_000001"}'
    )
