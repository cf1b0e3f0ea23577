"""A proxy with traffic behind it, and a browser that notes all that goes wrong or leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.dashboard.traffic import House, talk
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running

CHROMIUM = Path("/usr/bin/chromium")
# Nothing of the browser's own may ask anybody anything.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE_MS = 15_000

SETTINGS = {
    "HEADROOM_CCR_OFFER": "always",
    "HEADROOM_STOP_AT_LOSS": "false",
    "HEADROOM_TOIN": "false",
    "HEADROOM_BUDGET": "100",
}

Opening = Callable[..., Page]


# While a browser is driven an event loop counts as running: it must be closed before others come.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A proxy of two workers that has carried two conversations."""
    workspace = tmp_path_factory.mktemp("workspace")
    with (
        running(Provider()) as upstream,
        proxy_process(workspace, upstream, "--workers", "2", variables=SETTINGS) as url,
    ):
        yield talk(url, workspace)


@pytest.fixture
def opening(browser: Browser) -> Iterator[Opening]:
    """Opens a page; whatever is wrong with one of them at the end fails the test."""
    wrong: list[str] = []
    asked: list[tuple[str, str]] = []
    contexts = []

    def opened(url: str, *, width: int = 1280, theme: str = "light", path: str = "/dashboard",
               motion: str = "reduce") -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]  # one of its words
            reduced_motion=motion,  # type: ignore[arg-type]
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (event) => console.error('policy', event.violatedDirective, event.blockedURI))"
        )
        page.on("console", lambda said: wrong.append(f"console {said.type}: {said.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        context.on("request", lambda request: asked.append((url, request.url)))
        page.goto(url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
    assert [to for url, to in asked if not to.startswith((url + "/", "blob:", "data:"))] == []
