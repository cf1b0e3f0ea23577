"""The table of endpoints says what the registry says, and the levels are all explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from headroom.proxy.access import Level
from headroom.proxy.pages import ANNOUNCED, BELOW, PAGES, WITH_DOCS, Page, announced

TEXT = (Path(__file__).parents[2] / "docs" / "access.md").read_text()


def told() -> dict[str, tuple[str, str]]:
    """Methods and level of each endpoint, as the page has them."""
    rows = re.findall(r"^\| (`/[^|]*) \| ([^|]*) \| (open|caller|operator) \|$", TEXT, re.MULTILINE)
    return {
        name: (methods, level)
        for names, methods, level in rows
        for name in re.findall(r"`([^`]+)`", names)
    }


def is_so(page: Page) -> tuple[str, str]:
    methods = "any" if page.methods == announced.METHODS else ", ".join(page.methods)
    return methods, page.level


def test_each_endpoint_stands_on_the_page_with_its_methods_and_who_may_ask() -> None:
    registered = {**PAGES, **{f"{prefix}…": page for prefix, page in BELOW.items()}}

    assert told() == {name: is_so(page) for name, page in registered.items()}


def test_the_description_is_for_callers_where_it_is_given() -> None:
    said = "with `--docs`, `/openapi.json` and `/docs` describe these endpoints to callers"
    assert said in " ".join(TEXT.split())
    assert {is_so(page) for page in WITH_DOCS.values()} == {("GET, HEAD", "caller")}
    assert set(WITH_DOCS) == {"/docs", "/openapi.json"}


def test_each_level_is_explained() -> None:
    assert set(re.findall(r"^- \*\*(\w+)\*\*: ", TEXT, re.MULTILINE)) == set(get_args(Level))


def test_pages_that_are_still_to_come_are_not_for_strangers() -> None:
    assert ANNOUNCED.level == "caller"
