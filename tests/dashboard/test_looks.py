"""How the page looks and is used: themes, widths, keys, and before anything has happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from headroom.proxy.pages.dashboard import FOLDER
from tests.dashboard.traffic import House
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running

Opening = Callable[..., Page]
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_theme_is_the_systems_until_somebody_chooses(opening: Opening, house: House) -> None:
    dark, light = opening(house.url, theme="dark"), opening(house.url)
    expect(light.locator("#history canvas")).to_be_visible()
    assert dark.evaluate(BACKGROUND) != light.evaluate(BACKGROUND)

    light.locator("#theme").click()
    assert light.evaluate(BACKGROUND) == dark.evaluate(BACKGROUND)
    light.reload()
    assert light.evaluate(BACKGROUND) == dark.evaluate(BACKGROUND)
    expect(light.locator("#theme")).to_have_attribute("aria-label", "Switch to the light theme")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 768])
def test_nothing_is_wider_than_the_screen(
    width: int, theme: str, opening: Opening, house: House
) -> None:
    page = opening(house.url, width=width, theme=theme)
    expect(page.locator("#recent tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.locator("#recent tbody tr").first.click()
    expect(page.locator("dialog .blocks")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width


def test_all_of_it_can_be_reached_by_keys(opening: Opening, house: House) -> None:
    page = opening(house.url)
    expect(page.locator("#recent tbody tr").first).to_be_visible()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        if page.evaluate("document.activeElement.matches('#recent a')"):
            break
    page.keyboard.press("Enter")

    expect(page.locator("dialog .blocks")).to_be_visible()
    assert reached[0] == "To the recent requests"
    assert {"Dollars", "Daily", "Export CSV", "First byte", "Models"} <= set(reached)
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")


def test_pictures_and_tables_have_names(opening: Opening, house: House) -> None:
    page = opening(house.url)
    expect(page.locator("#recent tbody tr").first).to_be_visible()

    named = re.compile(r"without Headroom, \$[\d.]+ with")
    expect(page.locator("#history")).to_have_attribute("aria-label", named)
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("[role=group]:not([aria-label])").count() == 0
    assert page.locator("button:not([type])").count() == 0


def test_before_anything_happened_it_says_how_to_begin(tmp_path: Path, opening: Opening) -> None:
    with running(Provider()) as upstream, proxy_process(tmp_path, upstream) as url:
        page = opening(url)
        expect(page.locator("#empty")).to_be_visible()

        assert f"export ANTHROPIC_BASE_URL={url}\n" in page.inner_text("#empty")
        assert f"export OPENAI_BASE_URL={url}/v1" in page.inner_text("#empty")
        assert not page.locator("#filled").is_visible()
        page.goto("about:blank")


LINE = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")


def colours(theme: str) -> dict[str, str]:
    text = (FOLDER / "style.css").read_text()
    light, dark = re.findall(r":root[^{]*\{(.*?)\}", text, re.DOTALL)[:2]
    return dict(LINE.findall(light)) | (dict(LINE.findall(dark)) if theme == "dark" else {})


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "behind", "least"),
    [
        *((text, back, 4.5) for text in ("text", "muted", "bad") for back in ("page", "card")),
        ("bad", "bad-page", 4.5),
        ("text", "differs", 4.5),
        ("text", "none", 4.5),
        ("card", "accent", 4.5),
        # What is drawn, and not read.
        ("accent", "card", 3.0),
        ("accent", "page", 3.0),
        ("edge", "card", 3.0),
        ("edge", "page", 3.0),
    ],
)
def test_contrasts_are_those_of_WCAG_AA(front: str, behind: str, least: float, theme: str) -> None:
    found = colours(theme)
    one, other = sorted((luminance(found[front]), luminance(found[behind])))

    assert (other + 0.05) / (one + 0.05) >= least
