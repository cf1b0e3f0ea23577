from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.proxy.house import (
    House,
    get,
    house_of,
    post,
    upstream_of,
)


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
