"""Pages that are still to come are answered by us, so that no key of ours reaches a provider."""

from __future__ import annotations

import msgspec
import pytest

from headroom.proxy.pages.announced import is_announced
from tests.proxy.house import get, house_of, post


@pytest.mark.parametrize("path", [b"/v1/telemetry/x?query=x", b"/v1/toin", b"//v1/toin/"])
async def test_an_announced_page_is_answered_with_one_sentence(path: bytes) -> None:
    async with house_of() as house:
        answer = await house.ask(get(path, b"authorization: Bearer our-own-key"))

        assert answer.status == 404
        assert "not part of this version" in msgspec.json.decode(answer.body)["detail"]
        assert house.upstream.seen == []


async def test_posts_to_them_are_answered_too() -> None:
    async with house_of() as house:
        answer = await house.ask(post(b"/v1/toin", b'{"hash":"a"}'))

        assert answer.status == 404
        assert house.upstream.seen == []


@pytest.mark.parametrize("name", ["/v1/models", "/statistics", "/v1/retrieval", "/", "/v1/files"])
def test_what_only_looks_alike_goes_to_the_provider(name: str) -> None:
    assert not is_announced(name)
