from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import BadRequest, UpstreamError
from headroom.proxy.upstream import Upstream, reply_headers, upstream_headers
from tests.proxy.house import (
    NOWHERE,
    House,
    Seen,
    get,
    house_of,
    post,
    saying,
    settings_for,
    upstream_of,
)
from tests.proxy.test_record import record


def test_request_headers_keep_order_and_repeats() -> None:
    headers = [(b"b", b"1"), (b"a", b"2"), (b"b", b"3"), (b"host", b"x")]

    assert upstream_headers(headers) == [("b", "1"), ("a", "2"), ("b", "3")]


def test_the_content_encoding_goes_when_the_body_was_unpacked() -> None:
    headers = [(b"content-encoding", b"gzip"), (b"a", b"1")]

    assert upstream_headers(headers) == [("content-encoding", "gzip"), ("a", "1")]
    assert upstream_headers(headers, decoded=True) == [("a", "1")]


@given(st.binary(max_size=20))
def test_a_header_is_sent_exactly_or_refused(value: bytes) -> None:
    try:
        [(_, text)] = upstream_headers([(b"x-api-key", value)])
    except BadRequest:
        return

    assert text.encode() == value


def test_reply_headers_keep_their_bytes_order_and_repeats() -> None:
    headers = [(b"Set-Cookie", b"\xff"), (b"X", b"1"), (b"set-cookie", b"b")]

    assert reply_headers(headers) == [
        (b"set-cookie", b"\xff"), (b"x", b"1"), (b"set-cookie", b"b"),
    ]  # fmt: skip


async def test_a_path_prefix_of_the_upstream_is_kept() -> None:
    async with (
        upstream_of() as other,
        house_of(openai_api_url=f"{other.url}/gateway/openai") as house,
    ):
        await house.ask(get(b"/v1/models?limit=1"))

    assert other.seen[0].line == b"GET /gateway/openai/v1/models?limit=1 HTTP/1.1"


@pytest.mark.parametrize(
    ("path", "header", "name"),
    [
        (b"/v1/messages", b"x: 1", "anthropic"),
        (b"/v1/chat/completions", b"x: 1", "openai"),
        (b"/v1beta/models", b"x: 1", "gemini"),
        (b"/v1/models", b"x-api-key: k", "anthropic"),
    ],
)
async def test_each_provider_has_its_own_address(path: bytes, header: bytes, name: str) -> None:
    async with upstream_of() as other, _house_with(name, other.url) as house:
        answer = await house.ask(post(path, b"{}", header))

    assert answer.status == 200
    assert len(other.seen) == 1
    assert house.upstream.seen == []


def _house_with(provider: str, url: str) -> AbstractAsyncContextManager[House]:
    addresses: dict[str, Any] = {f"{provider}_api_url": url}
    return house_of(**addresses)


async def test_nothing_is_added_to_a_request() -> None:
    async with house_of() as house:
        await house.ask(get(b"/v1/models"))

    assert house.upstream.seen[0].headers == [
        (b"host", b"127.0.0.1:%d" % house.upstream.port),
    ]


async def test_cookies_of_one_reply_do_not_come_back_in_another_request() -> None:
    async with house_of() as house:
        house.upstream.script = _with_cookie
        await house.ask(get(b"/v1/models"))
        await house.ask(get(b"/v1/models"))

    assert house.upstream.seen[1].values(b"cookie") == []


async def _with_cookie(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    reply = b"HTTP/1.1 200 OK\r\nset-cookie: a=1; path=/\r\ncontent-length: 2\r\n\r\n{}"
    writer.write(reply)


@pytest.mark.parametrize(("reached", "leaves"), [(True, 1), (False, 0)])
async def test_M1_a_request_leaves_once_it_is_connected_and_not_before(
    reached: bool, leaves: int
) -> None:
    told: list[bool] = []
    call = record().call
    async with upstream_of(saying()) as provider:
        settings = settings_for(provider.url if reached else NOWHERE)
        async with Upstream(settings) as upstream:
            for body in (b"{}", b"x" * 600_000):
                with pytest.raises(UpstreamError):
                    await upstream.send(call, body, leaves=lambda: told.append(True))

    assert len(told) == 2 * leaves
