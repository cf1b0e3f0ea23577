"""A request opens to its blocks; its texts to who may read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, HttpCredentials, Page, expect

from tests.dashboard.traffic import NEEDLE, House
from tests.proxy.talks import table
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running

Opening = Callable[..., Page]


def opened(page: Page, house: House) -> None:
    """Open the request whose last result was cut down."""
    page.evaluate(f"location.hash = 'request={house.request}'")
    expect(page.locator("dialog .blocks")).to_be_visible()


def unlocked(page: Page, token: str) -> None:
    page.get_by_label("Operator’s token").fill(token)
    page.get_by_role("button", name="Unlock").click()


def test_a_request_opens_to_its_blocks_and_closes(opening: Opening, house: House) -> None:
    page = opening(house.url)
    page.locator("#recent tbody tr").first.click()
    expect(page.locator("dialog .blocks")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).not_to_be_visible()
    opened(page, house)

    assert "#request=hr_" in page.url
    blocks = page.inner_text("dialog .blocks")
    assert "Bash" in blocks
    assert "→" in blocks
    assert "new blocks became shorter" in page.inner_text("dialog")
    assert "made shorter, HTTP 200" in page.inner_text("dialog .facts")
    assert re.search(r"(found again|begun|not used)", page.inner_text("dialog .facts"))
    page.get_by_role("button", name="Show 1 that stayed").click()
    assert "tool call" in page.inner_text("dialog .blocks")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(page).to_have_url(f"{house.url}/dashboard")


def test_a_request_has_an_address_of_its_own(opening: Opening, house: House) -> None:
    page = opening(house.url, path=f"/dashboard#request={house.request}")

    expect(page.locator("dialog .id")).to_have_text(house.request)


def test_what_nobody_knows_any_more_says_so(opening: Opening, house: House) -> None:
    page = opening(house.url)
    page.route("**/dashboard/requests/**", lambda route: route.fulfill(
        status=200, content_type="application/json",
        body='{"request": null, "blocks": [], "untold_blocks": 0, "may_read": false}',
    ))  # fmt: skip
    page.evaluate("location.hash = 'request=hr_gone'")

    expect(page.locator("dialog")).to_contain_text("Nothing new was sent")


def test_D3_a_stranger_sees_no_text_and_no_way_to_it(opening: Opening, house: House) -> None:
    page = opening(house.url)
    opened(page, house)
    expect(page.get_by_label("Operator’s token")).to_be_visible()

    assert page.locator("dialog tr.opens").count() == 0
    unlocked(page, "wrong")
    expect(page.locator("dialog .lock")).to_contain_text("This token does not open it.")
    assert page.locator("dialog tr.opens").count() == 0
    assert NEEDLE not in page.content()
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


def test_E7_the_operator_sees_before_and_after_side_by_side(opening: Opening, house: House) -> None:
    page = opening(house.url)
    opened(page, house)
    unlocked(page, house.operators_token)
    page.locator("dialog tr.opens").first.click()
    expect(page.locator("dialog .sides")).to_be_visible()

    rows = page.locator("dialog .sides tbody:not(.fold) tr")
    before = "\n".join(rows.locator("td:nth-child(1)").all_inner_texts()).strip("\n")
    after = "\n".join(rows.locator("td:nth-child(2)").all_inner_texts()).strip("\n")
    assert before == table(1)
    assert 0 < len(after) < len(before)
    assert NEEDLE in after
    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_label("Operator’s token")).to_be_visible()
    assert NEEDLE not in page.content()


def test_E7_a_token_in_the_address_is_taken_out_of_it(opening: Opening, house: House) -> None:
    page = opening(house.url, path=f"/dashboard#token={house.operators_token}")
    expect(page.locator("#recent tbody tr").first).to_be_visible()

    assert page.url == f"{house.url}/dashboard"
    assert page.evaluate("localStorage.length") == 0
    opened(page, house)
    assert page.locator("dialog tr.opens").count() > 0
    assert house.operators_token not in page.content()


def test_E5_with_a_token_set_a_browser_brings_it_along_for_all_of_the_page(
    tmp_path: Path, browser: Browser
) -> None:
    variables = {"HEADROOM_API_KEY": "CALLERS"}
    with (
        running(Provider()) as upstream,
        proxy_process(tmp_path, upstream, variables=variables) as url,
    ):
        with browser.new_context() as stranger:
            assert stranger.request.get(f"{url}/dashboard").status == 401
        typed = HttpCredentials(username="me", password="CALLERS")
        with browser.new_context(http_credentials=typed) as friend:
            page = friend.new_page()
            page.goto(f"{url}/dashboard")
            expect(page.locator("#link")).to_have_text("live")
            expect(page.locator("#empty")).to_be_visible()
