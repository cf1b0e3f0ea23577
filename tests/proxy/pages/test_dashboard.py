"""The page's files as they are served: whole, by us alone, and to whom they are for."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import pytest

from headroom.proxy.pages.dashboard import FOLDER, KINDS, POLICY, files
from tests.proxy.house import get, house_of, post

OURS = sorted(path for path in FOLDER.rglob("*") if path.is_file() and "vendor" not in path.parts)
SCRIPTS = list(FOLDER.rglob("*.js"))
ELSEWHERE = b"via: 1.1 gateway"
MOST_BYTES = 150_000

VENDORED = {
    # npm uplot 1.6.32: dist/uPlot.iife.min.js, dist/uPlot.min.css, LICENSE
    "vendor/uplot.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "vendor/uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "vendor/uplot.LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


async def test_S5_E4_the_page_brings_all_that_it_loads_and_may_load_nothing_else() -> None:
    async with house_of() as house:
        page = await house.ask(get(b"/dashboard"))
        names = re.findall(r'(?:src|href)="([^"#]+)"', page.body.decode())
        loaded = [await house.ask(get(name.encode())) for name in names]

    assert page.status == 200
    assert page.values(b"content-type") == [b"text/html; charset=utf-8"]
    assert page.values(b"content-security-policy") == [POLICY]
    assert page.values(b"x-frame-options") == [b"DENY"]
    assert page.values(b"x-content-type-options") == [b"nosniff"]
    assert all(name.startswith("/dashboard/") for name in names)
    assert [one.status for one in loaded] == [200] * len(names)
    assert house.upstream.seen == []


def test_S5_the_policy_lets_in_nothing_from_elsewhere_and_nothing_in_line() -> None:
    rules = dict(rule.strip().partition(" ")[::2] for rule in POLICY.decode().split(";"))

    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in POLICY.decode()
    assert rules["require-trusted-types-for"] == "'script'"


async def test_a_file_that_did_not_change_is_not_sent_again() -> None:
    async with house_of() as house:
        first = await house.ask(get(b"/dashboard/style.css"))
        [etag] = first.values(b"etag")
        client = await house.connect()
        client.writer.write(get(b"/dashboard/style.css", b"if-none-match: " + etag))
        again = await client.head()
        client.close()
        other = await house.ask(get(b"/dashboard/style.css", b'if-none-match: "other"'))

    assert (first.status, again.status, other.status) == (200, 304, 200)
    assert again.values(b"etag") == [etag]
    assert first.values(b"cache-control") == [b"private, no-cache"]


@pytest.mark.parametrize(
    "path",
    [b"/dashboard/x.js", b"/dashboard/../settings.py", b"/dashboard/%2e%2e/settings.py",
     b"/dashboard/vendor", b"/dashboard/%2fetc/passwd"],
)  # fmt: skip
async def test_nothing_but_the_files_of_the_page_is_served(path: bytes) -> None:
    async with house_of() as house:
        answer = await house.ask(get(path))

    assert answer.status in (200, 404)
    assert b"def " not in answer.body
    assert b"root:" not in answer.body


async def test_the_page_is_read_and_nothing_else() -> None:
    async with house_of() as house:
        answer = await house.ask(post(b"/dashboard", b"{}"))

    assert answer.status == 405


async def test_E5_a_browser_elsewhere_is_asked_for_the_token_and_brings_it(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        here = await house.ask(get(b"/dashboard"))
        there = await house.ask(get(b"/dashboard", ELSEWHERE))
        token = (tmp_path / "token").read_bytes().strip()
        brought = b"authorization: Basic " + b64encode(b"me:" + token)
        opened = [
            await house.ask(get(path, ELSEWHERE, brought))
            for path in (b"/dashboard", b"/dashboard/app.js", b"/stats", b"/health")
        ]

    assert (here.status, there.status) == (200, 401)
    assert there.values(b"www-authenticate") == [b'Basic realm="headroom", charset="UTF-8"']
    assert [one.status for one in opened] == [200] * 4


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_wrote_is_what_they_published(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == VENDORED[name]


def test_every_file_of_others_is_known_by_its_hash() -> None:
    found = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "vendor").iterdir()}

    assert found == set(VENDORED)


def test_the_page_with_all_that_it_loads_is_small() -> None:
    assert sum(len(one.body) for one in files().values()) < MOST_BYTES
    assert {path.suffix for path in FOLDER.rglob("*") if path.is_file()} <= set(KINDS)


WRITES_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser"
    r"|createContextualFragment|srcdoc|setHTML"
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_S5_no_text_ever_becomes_markup(path: Path) -> None:
    assert WRITES_MARKUP.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_S5_nothing_is_asked_of_anybody_else(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")

    assert re.findall(r"https?://|//[a-z]+\.[a-z]", text) == []
    if path.suffix == ".html":
        assert re.findall(r"<style|style=| on\w+=|<script(?! src)", text) == []
