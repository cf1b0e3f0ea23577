"""The figures are there, they are those of /stats, and they move."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.traffic import HOSTILE, House, call, send, told

Opening = Callable[..., Page]

PAINTED = """
(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3]) found += 1;
  }
  return found;
}
"""
"""How many pixels have the colour of what is drawn."""


def painted(page: Page, chart: str) -> int:
    found = page.locator(f"{chart} canvas").evaluate(PAINTED)
    assert isinstance(found, int)
    return found


def picture(page: Page, chart: str) -> str:
    found = page.locator(f"{chart} canvas").evaluate("(canvas) => canvas.toDataURL()")
    assert isinstance(found, str)
    return found


def row(page: Page, table: str, name: str) -> list[str]:
    """The cells of the row of this name."""
    found = page.locator(f"{table} tbody tr").filter(has=page.locator("th", has_text=name))
    return found.first.locator("th, td").all_inner_texts()


def test_figures_and_charts_are_there(opening: Opening, house: House) -> None:
    page = opening(house.url)
    expect(page.locator("#link")).to_have_text("live")
    expect(page.locator("#today .big")).to_contain_text("$")
    stats = told(house, "/stats")["lifetime"]

    assert f"{stats['requests']} requests" in page.inner_text("#lifetime")
    assert f"{stats['net']['saved_percent']:.0f} % of the bill" in page.inner_text("#lifetime")
    harm = page.inner_text("#harm")
    assert "Cache busts of ours\n0\n" in harm
    assert "Compression failures\n0\n" in harm
    assert painted(page, "#history") > 200
    assert painted(page, "#time") > 200
    assert "of $100.00, anew in" in page.inner_text("#budgets")
    assert "Mode\ntoken" in page.inner_text("#state")
    assert "Workers\n2" in page.inner_text("#state")


def test_S5_names_that_try_to_be_markup_are_text(opening: Opening, house: House) -> None:
    page = opening(house.url)
    expect(page.locator("#recent tbody tr").first).to_be_visible()

    assert row(page, "#where-table", HOSTILE)[0] == HOSTILE
    assert row(page, "#recent", "")[1] == HOSTILE
    page.locator("#recent tbody tr").first.click()
    expect(page.locator("#detail-title")).to_have_text(HOSTILE)
    expect(page.locator("dialog .blocks")).to_contain_text(HOSTILE)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("kind", "heading", "name"),
    [
        ("Models", "Model", "claude-opus-4-5"),
        ("Tools", "Tool", "Bash"),
        ("Kinds", "Kind of content", "records"),
        ("Passes", "Pass", "unchanged"),
    ],
)
def test_it_is_told_where_it_was_saved(
    kind: str, heading: str, name: str, opening: Opening, house: House
) -> None:
    page = opening(house.url)
    page.locator("#where").get_by_role("button", name=kind).click()

    expect(page.locator("#where-table thead th").first).to_have_text(heading)
    assert len(row(page, "#where-table", name)) > 3


def test_periods_and_units_switch_what_is_drawn(opening: Opening, house: House) -> None:
    page = opening(house.url)
    expect(page.locator("#history canvas")).to_be_visible()
    seen = {picture(page, "#history")}

    for series in ("Daily", "Weekly", "Monthly"):
        page.locator("#series").get_by_role("button", name=series).click()
        expect(page.locator("#series [aria-pressed=true]")).to_have_text(series)
        assert painted(page, "#history") > 200
        seen.add(picture(page, "#history"))
    page.locator("#unit").get_by_role("button", name="Tokens").click()
    seen.add(picture(page, "#history"))

    assert len(seen) == 5
    [month] = told(house, "/stats-history?history_mode=none")["series"]["monthly"]
    page.get_by_text("The same as a table").click()
    cells = page.locator("#history-table tbody tr").first.locator("th, td").all_inner_texts()
    assert cells[1] == f"{month['requests']:,}"
    assert cells[2] == in_short(month["tokens_before"])


def in_short(tokens: int) -> str:
    """As the page writes it."""
    if tokens < 10_000:
        return f"{tokens:,}"
    return f"{tokens / 1000:.1f}k" if tokens < 100_000 else f"{tokens / 1000:.0f}k"


def test_the_pointer_tells_of_one_bar(opening: Opening, house: House) -> None:
    page = opening(house.url)
    over = page.locator("#history .u-over")
    whole = page.inner_text("#history-now")
    box = over.bounding_box()
    assert box is not None
    over.hover(position={"x": box["width"] - 4, "y": box["height"] / 2})

    expect(page.locator("#history-now")).not_to_have_text(whole)
    assert "UTC" in page.inner_text("#history-now")


@pytest.mark.parametrize("series", ["Hourly", "Daily", "Weekly", "Monthly"])
@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_an_export_has_the_bytes_of_stats_history(
    kind: str, series: str, opening: Opening, house: House
) -> None:
    page = opening(house.url)
    page.locator("#series").get_by_role("button", name=series).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Export {kind}").click()
    saved = download.value.path().read_bytes()
    name = series.lower()
    _, body = call(house, "GET", f"/stats-history?format={kind.lower()}&series={name}")

    assert download.value.suggested_filename == f"headroom-stats-history-{name}.{kind.lower()}"
    if kind == "CSV":
        assert saved == body
    else:
        mine, other = json.loads(saved), json.loads(body)
        # It says when it was made.
        assert mine.pop("generated_at") <= other.pop("generated_at")
        assert mine == other


def test_a_request_through_whichever_worker_shows_up_by_itself(
    opening: Opening, house: House
) -> None:
    page = opening(house.url)
    expect(page.locator("#link")).to_have_text("live")
    first = page.locator("#recent tbody tr th").first
    before = first.locator("a").get_attribute("href")
    lifetime = page.inner_text("#lifetime")

    # As many new connections reach each of two workers.
    for number in range(12):
        send(house, [f"turn {number}"], model="gpt-live-model")

    expect(page.locator("#recent tbody td", has_text="gpt-live-model")).to_have_count(12)
    expect(first.locator("a")).not_to_have_attribute("href", str(before))
    expect(page.locator("#lifetime")).not_to_have_text(lifetime)


ENDS_AT_ONCE = "retry: 600000\n\nevent: hello\ndata: {}\n\n"


def test_a_stream_that_breaks_is_said_and_made_up_for(opening: Opening, house: House) -> None:
    page = opening(house.url, path="/dashboard/icon.svg")
    page.context.route(
        "**/dashboard/events",
        lambda route: route.fulfill(content_type="text/event-stream", body=ENDS_AT_ONCE),
    )
    page.goto(f"{house.url}/dashboard")
    expect(page.locator("#link")).to_have_text("reconnecting")
    lifetime = page.inner_text("#lifetime")

    send(house, ["while nobody was told"])

    expect(page.locator("#lifetime")).not_to_have_text(lifetime)


def test_what_goes_wrong_is_said(opening: Opening, house: House) -> None:
    stats = told(house, "/stats")
    stats["store"] |= {"status": "degraded", "current": False, "unwritten": 7}
    stats["budgets"] = None
    lifetime = stats["lifetime"]
    lifetime["busts"] |= {"ours": 3, "ours_tokens": 4_000}
    lifetime["net"] |= {"saved_usd": -0.5, "saved_percent": -20.0}
    page = opening(house.url, path="/dashboard/icon.svg")
    page.context.route("**/stats", lambda route: route.fulfill(json=stats))
    page.goto(f"{house.url}/dashboard")

    expect(page.get_by_role("alert")).to_contain_text("The store does not answer")
    assert "more than without Headroom, 20 % of the bill" in page.inner_text("#lifetime")
    assert "3\n4,000 tokens had to be read again" in page.inner_text("#harm .bad")
    assert "unknown" in page.inner_text("#budgets")
    assert "Not yet written\n7" in page.inner_text("#state.bad")


def test_what_caching_saved_that_clients_had_not_asked_for_stands_apart(
    opening: Opening, house: House
) -> None:
    stats = told(house, "/stats")
    stats["today"]["net"] |= {"saved_by_cache_marks_usd": 0.0, "cache_marked_requests": 0}
    net = stats["lifetime"]["net"]
    net |= {"actual_usd": 2.0, "counterfactual_usd": 10.0, "saved_usd": 8.0, "saved_percent": 80.0}
    net |= {"saved_by_cache_marks_usd": 7.0, "cache_marked_requests": 3}
    page = opening(house.url, path="/dashboard/icon.svg")
    page.context.route("**/stats", lambda route: route.fulfill(json=stats))
    page.goto(f"{house.url}/dashboard")

    expect(page.locator("#lifetime")).to_contain_text(
        "$1.00 by sending less, $7.00 by asking the provider to cache"
    )
    assert "caching alone\n$3.00" in page.inner_text("#lifetime")
    assert "in 3 of them Headroom set the cache marks" in page.inner_text("#lifetime")
    assert "by asking" not in page.inner_text("#today")


def test_an_older_history_is_told_apart(opening: Opening, house: House) -> None:
    stats = told(house, "/stats")
    stats["persistent_savings"]["lifetime"]["tokens_saved"] += 50_000
    stats["persistent_savings"]["lifetime"]["compression_savings_usd"] += 1.5
    page = opening(house.url, path="/dashboard/icon.svg")
    page.context.route("**/stats", lambda route: route.fulfill(json=stats))
    page.goto(f"{house.url}/dashboard")

    expect(page.locator("#lifetime")).to_contain_text(
        "an older history tells of 50.0k tokens and $1.50"
    )
