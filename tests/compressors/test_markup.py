from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.markup import Markup
from tests.compressors.golden import CASES, cases, read
from tests.support.at_length import at_length

MARKUP = Markup()
FETCH = Origin(tool="Bash", command="curl -si https://shop.example/")
ASKS: Mapping[str, Ask] = {
    "docs-page": Ask(FETCH, frozenset({"orders", "terms"})),
    "error-page": Ask(FETCH),
    "feed": Ask(FETCH, frozenset({"ferry", "17"}), room=3_000),
    "map": Ask(FETCH, room=1_200),
    "old-page": Ask(FETCH),
    "sign-in": Ask(FETCH),
    "test-report": Ask(Origin(tool="Bash", command="pytest --junit-xml=/dev/stdout"), room=1_500),
}
PAGE_ABOUT_IT = Path(__file__).parents[2] / "docs" / "reductions" / "markup.md"
PAGE = "<!DOCTYPE html><html><head><title>T</title></head><body>{}</body></html>"
PARAGRAPHS = "".join(
    f'<p class="text text--{n}">It was the day number {n}.</p>\n' for n in range(60)
)
POM = "\n".join(
    [
        '<?xml version="1.0"?>',
        "<project>",
        "  <dependencies>",
        *(
            f"    <dependency>\n      <groupId>org.example.group{n}</groupId>\n"
            f"      <artifactId>library-{n}</artifactId>\n    </dependency>"
            for n in range(200)
        ),
        "  </dependencies>",
        "</project>",
    ]
)


def reduced(name: str) -> Reduced:
    found = MARKUP.reduce(read(CASES / f"markup-{name}.in"), ASKS[name])
    assert found is not None
    return found


def shown(found: Reduced) -> str:
    """What is left, with the beginning of what the marker says where the marker goes."""
    said = f"[{found.gone} of {found.of} {found.unit} left out{found.told}]"
    return f"{found.before}\n{said}{found.after}"


def numbered(text: str) -> str:
    return "\n".join(f"{n:6d}\t{line}" for n, line in enumerate(text.split("\n"), 1))


def test_each_golden_input_is_asked_for() -> None:
    assert {path.stem.removeprefix("markup-") for path in cases("markup")} == set(ASKS)


@pytest.mark.parametrize("name", ASKS)
def test_golden_outputs_look_as_they_did(name: str) -> None:
    assert shown(reduced(name)) == read(CASES / f"markup-{name}.out")


@pytest.mark.parametrize("name", ["docs-page", "test-report"])
def test_the_page_about_it_shows_what_becomes_of_these(name: str) -> None:
    page = PAGE_ABOUT_IT.read_text()

    for suffix in ("in", "out"):
        assert read(CASES / f"markup-{name}.{suffix}").rstrip("\n") in page


@pytest.mark.parametrize("name", ["feed", "map", "test-report"])
def test_xml_that_lost_elements_is_still_xml(name: str) -> None:
    text = reduced(name).before

    ET.fromstring(text[text.index("<") :])


def test_what_stands_around_a_page_stays() -> None:
    text = f"HTTP/1.1 200 OK\nServer: shop\n\n{PAGE.format(PARAGRAPHS)}\n$ exit 0\n"

    found = MARKUP.reduce(text, Ask(FETCH))

    assert found is not None
    assert found.before.startswith("HTTP/1.1 200 OK\nServer: shop\n\nTitle: T\n\nIt was the day")
    assert found.after == "\n$ exit 0\n"


def test_a_page_of_which_not_all_was_printed_is_read_as_far_as_it_goes() -> None:
    found = MARKUP.reduce(PAGE.format(PARAGRAPHS)[:2_000], Ask(FETCH))

    assert found is not None
    assert "It was the day number 17." in found.before


@pytest.mark.parametrize(
    "before",
    ["<!-- saved from the web -->", '<?xml version="1.0"?>\n', "\ufeff", "<!-- a -->\n<!-- b -->"],
)
def test_what_may_stand_in_front_of_a_page_does_not_hide_it(before: str) -> None:
    assert MARKUP.reduce(before + PAGE.format(PARAGRAPHS), Ask(FETCH)) is not None


def test_a_part_of_a_page_is_read_as_one() -> None:
    rows = "".join(
        f'<tr class="row row--{n % 2}"><td class="cell">{n}</td><td class="cell">open</td></tr>\n'
        for n in range(40)
    )

    found = MARKUP.reduce(f'<table class="orders">\n{rows}</table>', Ask(FETCH))

    assert found is not None
    assert "| 7 | open |" in found.before


@pytest.mark.parametrize(
    "template", ["<p>{{ name }}</p>", "<p>{% if x %}</p>", '<p v-if="x">', "<p className='x'>"]
)
def test_a_template_is_no_page(template: str) -> None:
    text = f"<div>{template * 100}{PARAGRAPHS}</div>"

    assert MARKUP.reduce(text, Ask(FETCH)) is None


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Read", path="/srv/shop/index.html"),
        Origin(tool="Bash", command="cat templates/index.html"),
        Origin(tool="Bash", command="cd web && sed -n 1,200p index.html"),
    ],
)
def test_a_page_that_was_read_from_a_file_is_source_and_stays_as_it_is(origin: Origin) -> None:
    assert MARKUP.reduce(PAGE.format(PARAGRAPHS), Ask(origin)) is None
    assert MARKUP.reduce(numbered(PAGE.format(PARAGRAPHS)), Ask(origin)) is None


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Bash", command="curl -so page.html https://x.example && cat page.html"),
        Origin(tool="WebFetch", path="https://shop.example/"),
        Origin(),
    ],
)
def test_a_page_that_was_fetched_is_there_to_be_read(origin: Origin) -> None:
    assert MARKUP.reduce(PAGE.format(PARAGRAPHS), Ask(origin)) is not None


def test_long_sources_lose_elements_and_keep_their_line_numbers() -> None:
    ask = Ask(Origin(tool="Read", path="/srv/shop/pom.xml"), frozenset({"library-150"}))

    found = MARKUP.reduce(numbered(POM), ask)

    assert found is not None
    lines = numbered(POM).split("\n")
    first, second = (line for line in found.before.split("\n") if line not in lines)
    assert first.startswith("   196\t    <!-- [… lines 196-603 left out: 102 <dependency>; named")
    assert second.startswith("   608\t    <!-- [… lines 608-799 left out: 48 <dependency>; named")
    assert "library-77" in first
    assert found.gone_lines == ((196, 603), (608, 799))
    assert "library-150<" in found.before


def test_lines_are_counted_from_the_top_of_the_output() -> None:
    found = MARKUP.reduce(f"$ mvn help:effective-pom\n\n{POM}", Ask(room=1_000))

    assert found is not None
    assert "<!-- [… lines 18-801 left out: 196 <dependency>; named there: org." in found.before
    assert found.gone_lines == ((18, 801),)


def test_long_html_sources_keep_their_form() -> None:
    script = "".join(f"  function step{n}() {{ return {n}; }}\n" for n in range(400))
    head = "<!DOCTYPE html>\n<html>\n<body>"
    text = f"{head}\n<script>\n{script}</script>\n{PARAGRAPHS}</body>\n</html>"

    found = MARKUP.reduce(text, Ask(Origin(tool="Read", path="index.html")))

    assert found is not None
    assert "<script>/* [… lines 4-404 left out: 14,581 characters; named" in found.before
    assert '<p class="text text--3">It was the day number 3.</p>\n' in found.before


@pytest.mark.parametrize(
    "path", ["app/cart.tsx", "app/cart.vue", "cart.component.ts", "cart.svelte", "cart.php"]
)
def test_other_sources_are_left_to_others(path: str) -> None:
    text = f"<div>{PARAGRAPHS * 10}</div>"

    assert MARKUP.reduce(text, Ask(Origin(tool="Read", path=path))) is None


@pytest.mark.parametrize(
    "text",
    [
        "<r>" + "<i>1</i>" * 2_000,
        "<r>" + "<i>1</b>" * 2_000 + "</r>",
        "<a/>" * 3_000,
        f"<observation>\n<output>{'QUJD' * 2_000}</output>\n</observation>",
        "if a < b and c > d: pass\n" * 500,
        "+<!DOCTYPE html>\n+<html>\n" + "+<p>text</p>\n" * 800,
        "index.html:1:<!DOCTYPE html>\n" + "index.html:2:<p>text</p>\n" * 800,
    ],
)
def test_what_is_no_markup_of_its_own_is_left_alone(text: str) -> None:
    assert MARKUP.reduce(text, Ask()) is None


def test_pages_are_left_alone_where_the_extra_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resiliparse.parse.html", None)

    assert MARKUP.reduce(PAGE.format(PARAGRAPHS), Ask(FETCH)) is None
    assert MARKUP.reduce(POM, Ask(room=1_000)) is not None


TAGS = st.sampled_from(
    ["p", "div", "nav", "table", "tr", "td", "ul", "li", "a", "b", "pre", "h1", "form", "br", "x:y"]
)
PIECES = st.one_of(
    st.builds(lambda tag: f"<{tag}>", TAGS),
    st.builds(lambda tag: f"</{tag}>", TAGS),
    st.builds(lambda tag: f"<{tag} class='footer' hidden href=\"/a?b&amp;c\">", TAGS),
    st.sampled_from(
        ["<!--", "-->", "&nbsp;", "&lt;", "<![CDATA[", "]]>", "|", "`", "\ud800", "⟦0⟧"]
    ),
    st.text(max_size=12),
)
SOUP = st.lists(PIECES, min_size=1, max_size=60).map("".join)


@settings(max_examples=at_length(120), deadline=None)
@given(soup=SOUP, words=st.frozensets(st.sampled_from(["a", "text", "footer"])))
def test_any_soup_of_tags_is_read_the_same_every_time(soup: str, words: frozenset[str]) -> None:
    text = f"<html>{soup}{PARAGRAPHS}"

    found = MARKUP.reduce(text, Ask(FETCH, words))

    assert MARKUP.reduce(text, Ask(FETCH, words)) == found
    if found is not None:
        assert len(found.before) + len(found.after) < len(text)


ELEMENTS: st.SearchStrategy[ET.Element] = st.recursive(
    st.builds(
        lambda tag, text: _element(tag, text, []),
        st.sampled_from(["item", "name", "a--b"]),
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=200),
    ),
    lambda inner: st.builds(
        lambda tag, text, children, times: _element(tag, text, children * times),
        st.sampled_from(["list", "group"]),
        st.sampled_from(["", "\n  ", "said"]),
        st.lists(inner, max_size=3),
        st.integers(1, 4),
    ),
    max_leaves=8,
)


def _element(tag: str, text: str, children: list[ET.Element]) -> ET.Element:
    element = ET.Element(tag, {"class": text[:5]} if text else {})
    element.text = text
    element.extend(children)
    return element


@settings(max_examples=at_length(80), deadline=None)
@given(elements=st.lists(ELEMENTS, min_size=1, max_size=3), room=st.integers(1, 4_000))
def test_what_is_left_of_any_xml_is_xml_and_stood_there(
    elements: list[ET.Element], room: int
) -> None:
    root = _element("root", "\n", [one for one in elements for _ in range(10)])
    text = ET.tostring(root, encoding="unicode")

    found = MARKUP.reduce(text, Ask(words=frozenset({"said"}), room=room))

    if found is not None:
        ET.fromstring(found.before)
        assert all(piece in text for piece in _kept(found.before))


def _kept(before: str) -> list[str]:
    return [piece.rpartition(" -->")[2] for piece in before.split("<!-- [… ")]


def update() -> None:
    """Write what becomes of the inputs today; review it as a diff."""
    for name in ASKS:
        (CASES / f"markup-{name}.out").write_bytes(shown(reduced(name)).encode())


if __name__ == "__main__":
    update()
