from __future__ import annotations

import pytest

from tests.proxy.house import House, get, post


@pytest.mark.parametrize(
    "path", [b"/docs", b"/docs/", b"/docs/oauth2-redirect", b"/redoc", b"/openapi.json?a=1"]
)
async def test_E7_documentation_pages_are_not_there_and_no_provider_is_asked(
    house: House, path: bytes
) -> None:
    answers = [await house.ask(get(path)), await house.ask(post(path))]

    assert [answer.status for answer in answers] == [404, 404]
    assert house.upstream.seen == []


@pytest.mark.parametrize("path", [b"/docs2", b"/v1/docs", b"/openapi.yaml"])
async def test_what_only_looks_alike_goes_to_the_provider(house: House, path: bytes) -> None:
    assert (await house.ask(get(path))).status == 200
    assert len(house.upstream.seen) == 1
