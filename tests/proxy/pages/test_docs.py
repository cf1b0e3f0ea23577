"""The description of our endpoints, where --docs asks for it."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from headroom.proxy.pages import WITH_DOCS, all_endpoints
from headroom.proxy.pages.docs import STYLE
from tests.proxy.house import get, house_of, post

PATHS = [name.encode() for name in WITH_DOCS]


async def test_the_document_names_every_endpoint_itself_included() -> None:
    async with house_of(docs=True) as house:
        answer = await house.ask(get(b"/openapi.json"))

    told = json.loads(answer.body)
    assert answer.status == 200
    assert answer.values(b"content-type") == [b"application/json"]
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {one.path for one in all_endpoints()}
    assert {"/docs", "/openapi.json", "/v1/retrieve/{hash}"} <= set(told["paths"])


async def test_S5_the_page_loads_nothing_and_runs_nothing() -> None:
    async with house_of(docs=True) as house:
        answer = await house.ask(get(b"/docs/"))

    page = answer.body.decode()
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest())
    assert answer.status == 200
    assert answer.values(b"content-type") == [b"text/html; charset=utf-8"]
    assert answer.values(b"content-security-policy") == [
        b"default-src 'none'; style-src 'sha256-%b'; frame-ancestors 'none'" % digest
    ]
    assert f"<style>{STYLE}</style>" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=.?(https?:)?//", page)


async def test_the_page_shows_each_endpoint_and_each_shape_once() -> None:
    async with house_of(docs=True) as house:
        told = json.loads((await house.ask(get(b"/openapi.json"))).body)
        page = (await house.ask(get(b"/docs"))).body.decode()

    for one in all_endpoints():
        assert page.count(f"<h2>{one.described.method.upper()} {one.path}</h2>") == 1
    for name in told["components"]["schemas"]:
        assert page.count(f'id="{name}"') == 1
    assert "`" not in page
    links = set(re.findall(r'href="#(\w+)"', page))
    assert links <= set(told["components"]["schemas"])


async def test_it_says_whether_callers_here_need_a_token() -> None:
    async with house_of(docs=True, api_key="callers") as house:
        answer = await house.ask(get(b"/openapi.json", b"x-headroom-api-key: callers"))

    assert {} not in json.loads(answer.body)["paths"]["/stats"]["get"]["security"]


@pytest.mark.parametrize("path", PATHS)
async def test_E7_it_is_for_callers_alone(path: bytes) -> None:
    async with house_of(docs=True, api_key="callers") as house:
        answers = [
            await house.ask(get(path)),
            await house.ask(get(path, b"x-headroom-api-key: wrong")),
            await house.ask(get(path, b"x-headroom-api-key: callers")),
        ]

    assert [answer.status for answer in answers] == [401, 401, 200]


@pytest.mark.parametrize("path", PATHS)
async def test_it_is_read_and_nothing_else(path: bytes) -> None:
    async with house_of(docs=True) as house:
        answer = await house.ask(post(path))

    assert answer.status == 405
    assert answer.values(b"allow") == [b"GET, HEAD"]


@pytest.mark.parametrize("path", [b"/redoc", b"/docs/oauth2-redirect"])
async def test_other_names_stay_away_with_it(path: bytes) -> None:
    async with house_of(docs=True) as house:
        answer = await house.ask(get(path))

        assert answer.status == 404
        assert house.upstream.seen == []


@pytest.mark.parametrize("path", PATHS)
async def test_E7_without_it_one_is_told_how_to_have_it(path: bytes) -> None:
    async with house_of() as house:
        answer = await house.ask(get(path))

    assert answer.status == 404
    assert "--docs" in json.loads(answer.body)["detail"]
