from __future__ import annotations

from typing import Any

import pytest

from headroom.errors import HeadroomError
from headroom.proxy.cycle import Cycle
from tests.proxy.house import get, house_of, replying


async def test_a_reply_with_a_length_keeps_it() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nX-Case: 1\r\n\r\nabc"
    async with house_of(replying(reply)) as house:
        answer = await house.ask(get(b"/v1/files"))

    assert answer.headers == [(b"content-length", b"3"), (b"x-case", b"1")]
    assert answer.body == b"abc"


async def test_a_reply_without_a_length_is_chunked() -> None:
    reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with house_of(replying(reply)) as house:
        answer = await house.ask(get(b"/v1/files"))

    assert answer.headers == [(b"transfer-encoding", b"chunked")]
    assert answer.body == b"abc"


def test_a_header_with_a_line_break_is_never_written() -> None:
    cycle = object.__new__(Cycle)
    cycle.keep_alive = True
    cycle.chunked_encoding = None
    cycle.waiting_for_100_continue = False
    cycle.scope = {"method": "GET", "http_version": "1.1"}  # type: ignore[typeddict-item]  # what is read
    headers: list[Any] = [(b"x", b"a\r\nset-cookie: b")]

    with pytest.raises(HeadroomError, match="line break"):
        cycle._write_head(200, headers)


@pytest.mark.parametrize("status", [299, 529, 600, 999])
async def test_a_status_without_a_name_passes(status: int) -> None:
    reply = b"HTTP/1.1 %d Odd\r\ncontent-length: 2\r\n\r\n{}" % status
    async with house_of(replying(reply)) as house:
        answer = await house.ask(get(b"/v1/files"))

    assert (answer.status, answer.body) == (status, b"{}")
