from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from headroom.errors import TooLarge
from headroom.proxy.call import Call, ClientLeft, read_body, read_head, while_there


def call(
    *messages: dict[str, Any],
    headers: Any = (),
    query: bytes = b"",
    path: bytes = b"/chat/completions",
) -> Call:
    waiting: Iterator[dict[str, Any]] = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    scope = {
        "method": "POST",
        "raw_path": path,
        "query_string": query,
        "headers": list(headers),
    }
    return read_head(scope, receive)


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_the_target_keeps_the_query_as_sent() -> None:
    assert call(query=b"beta=true&a=1&a=2").target == b"/v1/chat/completions?beta=true&a=1&a=2"
    assert call().target == b"/v1/chat/completions"


@pytest.mark.parametrize(
    ("header", "bypass"),
    [
        ((b"x-headroom-bypass", b"true"), True),
        ((b"x-headroom-bypass", b"1"), True),
        ((b"x-headroom-bypass", b"false"), False),
        ((b"x-headroom-mode", b"Passthrough"), True),
        ((b"x-headroom-mode", b"audit"), True),
        ((b"x-headroom-mode", b"simulate"), True),
        ((b"x-headroom-mode", b"optimize"), False),
        ((b"x-headroom-mode", b"token"), False),
        ((b"other", b"true"), False),
    ],
)
def test_a_caller_can_ask_to_be_left_alone(header: tuple[bytes, bytes], bypass: bool) -> None:
    assert call(headers=[header]).wants_bypass is bypass


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        (b"alt=sse", False),
        (b"key=k&alt=sse", False),
        (b"", True),
        (b"alt=json", True),
        (b"alt=SSE", True),
        (b"$alt=sse", True),
        # Which of them counts is for the provider to say.
        (b"alt=sse&alt=json", True),
        (b"alt=sse&$alt=json", True),
    ],
)
def test_a_stream_of_geminis_comes_as_events_where_it_surely_does(
    query: bytes, listed: bool
) -> None:
    path = b"/v1beta/models/gemini-2.5-pro:"

    assert call(query=query, path=path + b"streamGenerateContent").wants_list is listed
    assert not call(query=query, path=path + b"generateContent").wants_list


async def test_a_body_in_one_piece_is_the_very_same_object() -> None:
    body = b'{"model": "m"}'

    assert await read_body(call(part(body)), limit=100) is body


async def test_a_body_in_pieces_is_joined() -> None:
    pieces = [part(b"a", more=True), part(b"", more=True), part(b"b")]

    assert await read_body(call(*pieces), limit=2) == b"ab"


async def test_a_declared_length_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match="3 bytes"):
        await read_body(call(headers=[(b"content-length", b"3")]), limit=2)


@pytest.mark.parametrize(
    "pieces", [[part(b"abc")], [part(b"abc", more=True)], [part(b"ab", more=True), part(b"c")]]
)
async def test_a_body_beyond_the_limit_is_refused(pieces: list[dict[str, Any]]) -> None:
    with pytest.raises(TooLarge):
        await read_body(call(*pieces), limit=2)


@pytest.mark.parametrize("before", [[], [part(b"a", more=True)]])
async def test_a_client_that_leaves_has_no_body(before: list[dict[str, Any]]) -> None:
    with pytest.raises(ClientLeft):
        await read_body(call(*before, {"type": "http.disconnect"}), limit=2)


async def test_what_is_done_while_the_client_is_there_gives_what_it_gives() -> None:
    async def work() -> int:
        return 7

    # A server may say anything but that the client has left.
    assert await while_there(call(part(b"")), work()) == 7


async def test_once_the_client_has_left_the_work_is_given_up() -> None:
    given_up = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    with pytest.raises(ClientLeft):
        await while_there(call({"type": "http.disconnect"}), work())

    assert given_up.is_set()


async def test_what_fails_meanwhile_fails_here() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await while_there(call(part(b"")), work())
