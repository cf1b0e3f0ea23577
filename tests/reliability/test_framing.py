"""B1 to B11 of the reliability contract: nothing is smuggled, nothing is steered."""

from __future__ import annotations

import pytest

from tests.proxy.house import OK, House, get, house_of, post, replying

HOST = b"host: localhost\r\n"
SMUGGLED = b"GET /v1/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n"


async def refused(house: House, request: bytes, *statuses: bytes) -> None:
    """The request gets one answer of these, the connection closes, upstream sees nothing."""
    answer = await house.say(request)
    assert answer.split(b" ")[1] in (statuses or (b"400",)), answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer
    assert house.upstream.seen == []


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 6\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 6\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    ],
)
async def test_B1_content_length_with_transfer_encoding_is_refused(
    house: House, head: bytes
) -> None:
    body = b"0\r\n\r\nX" + SMUGGLED

    await refused(house, b"POST /v1/messages HTTP/1.1\r\n" + HOST + head + b"\r\n" + body)


async def test_B1_http_1_0_with_transfer_encoding_is_refused(house: House) -> None:
    head = b"POST /v1/messages HTTP/1.0\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n"

    await refused(house, head + b"0\r\n\r\n" + SMUGGLED)


@pytest.mark.parametrize(
    "lengths",
    [
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: 5\r\ncontent-length: 5\r\n",
        b"content-length: 5, 5\r\n",
        b"content-length: +5\r\n",
        b"content-length: -5\r\n",
        b"content-length: 0x5\r\n",
        b"content-length: 5 5\r\n",
        b"content-length: 5.0\r\n",
        b"content-length: \r\n",
        b"content-length: 99999999999999999999999\r\n",
    ],
)
async def test_B2_duplicate_and_odd_lengths_are_refused(house: House, lengths: bytes) -> None:
    await refused(
        house, b"POST /v1/messages HTTP/1.1\r\n" + HOST + lengths + b"\r\nhello" + SMUGGLED
    )


@pytest.mark.parametrize(
    "coding",
    [
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: gzip, chunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding: identity\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding : chunked\r\n",
        b"transfer-encoding:\x0bchunked\r\n",
        b'transfer-encoding: "chunked"\r\n',
        b"x: y\rtransfer-encoding: chunked\r\n",
        b"transfer-encoding\r\n : chunked\r\n",
    ],
)
async def test_B3_obfuscated_transfer_encodings_are_refused(house: House, coding: bytes) -> None:
    head = b"POST /v1/messages HTTP/1.1\r\n" + HOST + coding + b"\r\n"

    await refused(house, head + b"0\r\n\r\n" + SMUGGLED)


@pytest.mark.parametrize(
    "header",
    [
        b"na me: x\r\n",
        b"na\x00me: x\r\n",
        b"name : x\r\n",
        b": x\r\n",
        b"name\r\n",
        b"name: x\r\n folded\r\n",
        b"name: a\x00b\r\n",
        b"name: a\rb\r\n",
        b"name: a\x01b\r\n",
        b"n\xc3\xa9: x\r\n",
    ],
)
async def test_B4_bad_header_bytes_are_refused(house: House, header: bytes) -> None:
    await refused(house, b"GET /v1/models HTTP/1.1\r\n" + HOST + header + b"\r\n")


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("path", [b"/v1/messages", b"/v1/files"])
async def test_B5_bad_chunk_sizes_are_refused(house: House, chunks: bytes, path: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n"

    await refused(house, head + chunks)


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/models HTTP/9.9\r\n",
        b"GET /v1/models HTTP/2.0\r\n",
        b"GET /v1/models HTTP/0.9\r\n",
        b"GET /v1/models HTTP/1.1 \r\n",
        b"GET /v1/models HTTPS/1.1\r\n",
        b"GET /v1/mod els HTTP/1.1\r\n",
        b"GET /v1/models#part HTTP/1.1\r\n",
        b"GET /v1/mod\xe9ls HTTP/1.1\r\n",
        b"G\x00T /v1/models HTTP/1.1\r\n",
        b"GET /v1/models\r\n",
    ],
)
async def test_B6_bad_request_lines_are_refused(house: House, line: bytes) -> None:
    await refused(house, line + HOST + b"\r\n", b"400", b"505")


@pytest.mark.parametrize("hosts", [b"", HOST + HOST, HOST + b"host: other\r\n"])
async def test_B6_a_request_names_exactly_one_host(house: House, hosts: bytes) -> None:
    await refused(house, b"GET /v1/models HTTP/1.1\r\n" + hosts + b"\r\n")


async def test_B7_hop_by_hop_and_our_own_headers_stay_here(house: House) -> None:
    sent = post(
        b"/v1/messages",
        b"{}",
        b"connection: keep-alive, x-private",
        b"x-private: 1",
        b"keep-alive: timeout=5",
        b"te: trailers",
        b"trailer: x",
        b"upgrade: h2c",
        b"proxy-authorization: Basic c2VjcmV0",
        b"proxy-connection: keep-alive",
        b"x-headroom-bypass: true",
        b"x-headroom-anything: 1",
        b"x-api-key: k",
        b"anthropic-beta: a",
        b"anthropic-beta: b",
    )

    await house.ask(sent)

    names = [name for name, _ in house.upstream.seen[0].headers]
    assert sorted(names) == [
        b"anthropic-beta", b"anthropic-beta", b"content-length", b"content-type", b"host",
        b"x-api-key",
    ]  # fmt: skip
    assert house.upstream.seen[0].values(b"anthropic-beta") == [b"a", b"b"]


async def test_B7_hop_by_hop_headers_of_the_reply_are_not_relayed() -> None:
    reply = (
        b"HTTP/1.1 200 OK\r\nConnection: x-private\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\n"
        b"Proxy-Authenticate: Basic\r\nTrailer: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
        b"Request-Id: r\r\nContent-Length: 2\r\n\r\n{}"
    )
    async with house_of(replying(reply)) as house:
        answer = await house.ask(get(b"/v1/models"))

    assert answer.headers == [
        (b"set-cookie", b"a"),
        (b"set-cookie", b"b"),
        (b"request-id", b"r"),
        (b"content-length", b"2"),
    ]


async def test_B8_a_head_beyond_32_kb_is_refused(house: House) -> None:
    await refused(house, get(b"/v1/models", b"x: " + b"a" * 33_000), b"431")
    await refused(house, get(b"/v1/models", b"x: " + b"a" * 300_000), b"431")
    await refused(house, get(b"/v1/models?" + b"q" * 33_000), b"431")


async def test_B8_more_than_100_headers_are_refused(house: House) -> None:
    await refused(house, get(b"/v1/models", *[b"a: b"] * 101), b"431")
    await refused(house, get(b"/v1/models", *[b"a: b"] * 20_000), b"431")


async def test_B8_a_head_within_both_limits_is_taken(house: House) -> None:
    answer = await house.ask(get(b"/v1/models", *[b"a: " + b"b" * 300] * 98))

    assert answer.status == 200


@pytest.mark.parametrize(
    "target",
    [
        b"http://127.0.0.1:1/v1/models",
        b"http://evil.example/v1/models",
        b"evil.example/v1/models",
        b"@evil.example/v1/models",
        b"*",
    ],
)
async def test_B9_a_target_that_is_no_path_is_refused(house: House, target: bytes) -> None:
    await refused(house, get(target))


@pytest.mark.parametrize(
    "target",
    [
        b"//evil.example/v1/models",
        b"/@evil.example/v1/models",
        b"/\\evil.example/v1/models",
        b"/v1/../../v1/models",
        b"/v1/files/a%2Fb%2f..",
        b"/v1/files/%0d%0aHost:%20evil/x?a=%0d%0ab",
        b"/v1/files?b=2&a=1&a=2&b=&c",
        b'/v1/files/"<>^`{|}[]',
        b"/v1/files/%C3%A9%zz?q=%",
        b"/v1/files;p=1?x=/?y",
        b"/:80/x",
    ],
)
async def test_B9_a_path_is_forwarded_as_sent_to_the_configured_host(
    house: House, target: bytes
) -> None:
    answer = await house.ask(get(target))

    seen = house.upstream.seen[0]
    assert answer.status == 200
    assert seen.line == b"GET " + target + b" HTTP/1.1"
    assert seen.values(b"host") == [b"127.0.0.1:%d" % house.upstream.port]


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT"])
async def test_B10_trace_and_connect_are_refused(house: House, method: bytes) -> None:
    target = b"evil.example:443" if method == b"CONNECT" else b"/v1/models"

    await refused(house, get(target, method=method) + SMUGGLED, b"405")


async def test_B10_a_refused_method_is_answered_with_those_that_are_taken(house: House) -> None:
    answer = await house.ask(get(b"/stats", method=b"TRACE"))

    assert answer.status == 405
    assert answer.values(b"allow") == [b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]


async def test_B11_utf8_credentials_are_forwarded_as_they_came(house: House) -> None:
    answer = await house.ask(post(b"/v1/messages", b"{}", "x-api-key: schlüssel".encode()))

    assert answer.status == 200
    assert house.upstream.seen[0].values(b"x-api-key") == ["schlüssel".encode()]


async def test_B11_credentials_that_are_no_text_are_refused_not_a_fault(house: House) -> None:
    answer = await house.ask(post(b"/v1/messages", b"{}", b"x-api-key: \xff\xfe"))

    assert answer.status == 400
    assert b"invalid_request_error" in answer.body
    assert house.upstream.seen == []


async def test_bytes_after_an_upgrade_are_never_a_request(house: House) -> None:
    request = get(b"/v1/models", b"connection: upgrade", b"upgrade: h2c")

    answer = await house.say(request + SMUGGLED)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert [seen.line for seen in house.upstream.seen] == [b"GET /v1/models HTTP/1.1"]


async def test_a_bad_request_behind_a_good_one_does_not_mix_into_its_reply(house: House) -> None:
    answer = await house.say(get(b"/v1/models") + b"NONSENSE\r\n\r\n")

    assert answer.startswith(OK.split(b"\r\n", 1)[0])
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"{}")
