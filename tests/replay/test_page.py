from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

from headroom.outcome import Rewrite
from headroom.replay.page import as_page
from headroom.replay.summary import summarise
from tests.replay.measures import NAME, measure, summary

VOID = {"meta", "line"}


class _Strict(HTMLParser):
    """Fails on tags that are not closed in order; keeps tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _parsed(page: str) -> _Strict:
    parser = _Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_is_well_formed_and_complete() -> None:
    page = as_page(summary(), way="offline")

    _parsed(page)
    assert "$" not in re.sub(r"\$[\d,.]+", "", page)
    assert "Headroom would" in page
    assert "a-model-of-our-own" in page


def test_the_page_needs_nothing_from_anywhere() -> None:
    tags = _parsed(as_page(summary(), way="offline")).tags

    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in tags)
    assert not any(name in ("src", "href") for _, attributes in tags for name in attributes)


def test_everything_from_the_sessions_is_escaped() -> None:
    page = as_page(summary(), way="<i>offline</i>")

    assert NAME not in page
    assert "&lt;script&gt;" in page
    assert "<i>offline" not in page


def test_light_and_dark_and_a_phone_are_served() -> None:
    page = as_page(summary(), way="offline")

    assert "prefers-color-scheme: dark" in page
    assert "width=device-width" in page


def test_a_page_about_nothing_is_a_page() -> None:
    page = as_page(summarise([]), way="offline")

    _parsed(page)
    assert "No turn was measured." in page


def test_announced_rewrites_have_tiles_of_their_own() -> None:
    rewriting = dataclasses.replace(measure(), rewrites=(Rewrite("paying", 1_500),))

    assert "<b>1</b><span>announced rewrites</span>" in as_page(summarise([rewriting]), way="x")
    assert "announced rewrites" not in as_page(summary(), way="x")
