"""`/debug/upstreams`: where requests go, and whether that can be reached from the proxy."""

from __future__ import annotations

import json

from headroom.proxy.pages import PAGES
from tests.proxy.house import get, house_of, replying

NO_KEY = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}"


async def test_each_provider_is_asked_once_without_a_key() -> None:
    async with house_of(replying(NO_KEY)) as house:
        answer = await house.ask(get(b"/debug/upstreams", b"x-api-key: sk-ant-canary"))
        heads = b"".join(seen.head for seen in house.upstream.seen)

    told = json.loads(answer.body)["upstreams"]
    assert [(one["provider"], one["status"], one["obstacle"]) for one in told] == [
        ("anthropic", 401, ""),
        ("openai", 401, ""),
        ("gemini", 401, ""),
    ]
    assert {one["url"] for one in told} == {house.upstream.url}
    assert b"canary" not in heads


async def test_none_is_asked_where_a_backend_stands_in_their_place() -> None:
    variables = {"AWS_BEARER_TOKEN_BEDROCK": "key"}
    async with house_of(backend="bedrock", region="eu-west-1", environ=variables) as house:
        answer = await house.ask(get(b"/debug/upstreams"))

    assert json.loads(answer.body)["upstreams"] == []
    assert house.upstream.seen == []


async def test_E7_only_the_operator_makes_it_ask() -> None:
    assert PAGES["/debug/upstreams"].level == "operator"
    async with house_of(replying(NO_KEY)) as house:
        afar = await house.ask(get(b"/debug/upstreams", b"x-forwarded-for: 10.0.0.1"))

    assert afar.status == 401
    assert house.upstream.seen == []
