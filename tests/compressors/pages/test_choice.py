from __future__ import annotations

from headroom.compressors.base import Ask, Reduced
from headroom.compressors.pages.choice import reduced_page

SECTIONS = "".join(
    f"<h2>Chapter {n}</h2><p>What chapter {n} is about.</p>"
    + f"<p>{f'A long story {n}, told at length. ' * 8}</p>" * 4
    for n in range(12)
)
LONG = f"<title>Book</title><main><h1>A book</h1>{SECTIONS}</main>"


def page(html: str, ask: Ask | None = None, *, room: int = 100_000) -> Reduced:
    found = reduced_page(html, ask or Ask(), room)
    assert found is not None
    return found


def test_the_content_of_a_page_stays_beyond_the_room() -> None:
    found = page(LONG, room=4_000)

    assert found.before.count("A long story") == 12 * 8 * 4
    assert found.told == "; the rest is shown as Markdown"


def test_of_a_page_far_too_long_headings_and_beginnings_stay() -> None:
    found = page(LONG, room=500)

    assert len(found.before) < 4_000
    assert all(f"## Chapter {n}" in found.before for n in range(12))
    assert "What chapter 7 is about." in found.before
    assert "[… left out: 1,0" in found.before
    assert found.told.startswith(" and 11,")
    assert found.told.endswith(" characters of the content; the rest is shown as Markdown")


def test_what_was_asked_for_stays_first_of_all() -> None:
    html = LONG.replace("A long story 8, told", "The lamp of Skerry Point, told", 1)

    found = page(html, Ask(words=frozenset({"skerry", "story"})), room=200)

    assert "Skerry Point" in found.before


def test_names_in_what_leaves_stay() -> None:
    html = LONG.replace("A long story 9, told", "Built with libmast-3.4.4, told", 1)

    assert "; named there: libmast-3.4.4]" in page(html, room=500).before


def test_failures_stay_before_what_tells_nothing() -> None:
    html = LONG.replace("A long story 9, told", "Error: disk full, told", 1)

    assert "Error: disk full" in page(html, room=500).before


def test_pictures_are_shown_with_their_address_for_who_asks_for_pictures() -> None:
    html = f"<img src=/lamp.png alt=Lamp>{LONG}"

    assert "![Lamp](/lamp.png)" in page(html, Ask(words=frozenset({"images"}))).before
    assert "![Lamp](/lamp.png)" not in page(html).before


def test_a_page_that_says_next_to_nothing_names_its_scripts() -> None:
    scripts = "<script src=/assets/app.js></script><script>x</script>"

    found = page(f"<title>App</title><div id=root></div>{scripts}")

    assert found.before == 'Title: App\n\n<script src="/assets/app.js">'
    assert (found.gone, found.unit) == (2, "elements")


def test_a_page_of_nothing_is_left_alone() -> None:
    assert reduced_page("<script>x()</script>", Ask(), 1_000) is None


def test_the_marker_says_how_many_of_each_sort_left() -> None:
    html = "".join(f"<{tag}></{tag}>" for tag in ("script", "script", "style", "svg", "canvas"))

    found = page(f"{html}<iframe></iframe><video></video><p>text")

    assert found.told == (
        " (script 2, canvas 1, iframe 1, style 1, others 2); the rest is shown as Markdown"
    )
    assert (found.gone, found.of) == (7, 11)
