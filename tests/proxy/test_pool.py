from __future__ import annotations

import asyncio

import pytest

from headroom.errors import UpstreamError
from headroom.proxy.manner import Manner
from headroom.proxy.upstream import Upstream
from tests.proxy.drafts import record
from tests.proxy.house import (
    NOWHERE,
    Seen,
    get,
    house_of,
    saying,
    settings_for,
    upstream_of,
)


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
                    await upstream.send(call, body, Manner(leaves=lambda: told.append(True)))

    assert len(told) == 2 * leaves
