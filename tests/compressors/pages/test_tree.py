from __future__ import annotations

import sys

import pytest

from headroom.compressors.pages.tree import (
    DEEPEST,
    Element,
    as_meant,
    as_spelled,
    is_readable,
    read_page,
)

LINKS = "".join(f'<li><a href="/{n}">Part number {n}</a></li>' for n in range(20))


def page(html: str) -> Element:
    found = read_page(html)
    assert found is not None
    return found


def parts(html: str) -> list[str]:
    return [element.part for element in page(html).elements() if element.part]


def test_elements_have_their_attributes_and_texts_in_the_order_of_the_page() -> None:
    tree = page('<body><p class="a">one <b>two</b> three<p id=x>four')

    assert [one.tag for one in tree.elements()] == ["", "html", "head", "body", "p", "b", "p"]
    assert [one.attributes for one in tree.elements() if one.tag == "p"] == [
        {"class": "a"},
        {"id": "x"},
    ]
    assert "".join(tree.texts()) == "one two threefour"


def test_what_no_reader_sees_is_no_text() -> None:
    tree = page("<style>p {}</style><script>x()</script><p>seen<template>no</template>")

    assert "".join(tree.texts()) == "seen"


def test_characters_that_html_has_to_spell_stay_as_the_page_spells_them() -> None:
    (text,) = page("<p>a &amp; b & c &lt; d&nbsp;e &eacute; \u00a0").texts()

    assert as_spelled(text) == "a &amp; b & c &lt; d&nbsp;e é \u00a0"
    assert as_meant(text) == "a & b & c < d\u00a0e é \u00a0"


def test_addresses_have_the_characters_that_are_meant() -> None:
    tree = page('<a href="/?a=1&amp;b=2">x</a>')

    assert [one.attributes["href"] for one in tree.elements() if one.tag == "a"] == ["/?a=1&b=2"]


def test_boilerplate_is_what_looks_like_it_and_is_no_content_to_the_extractor() -> None:
    html = f"""<body><nav><ul>{LINKS}</ul></nav>
        <main><h1>Prices</h1><p>The price of shares of the company went up by the hour.</p>
        <div class="share-price"><p>Share price: 12 EUR, as of noon, in the main market</p></div>
        </main><footer><p>Imprint</p></footer></body>"""

    assert parts(html) == ["navigation", "footer"]


def test_what_is_hidden_is_a_part_that_may_leave() -> None:
    assert parts("<body><p>seen</p><div style='display:none'><p>not seen</p></div>") == [
        "hidden part"
    ]


def test_text_in_the_manner_of_our_questions_is_text() -> None:
    tree = page(f"<body><nav><ul>{LINKS}</ul></nav><main><p>⟦1⟧ is a sign, ⟦77⟧ as well</p></main>")

    assert "⟦1⟧ is a sign, ⟦77⟧ as well" in "".join(tree.texts())


def test_elements_that_are_very_deep_stand_beside_one_another() -> None:
    tree = page("<div>" * 300 + "deep")

    deepest, element = 0, tree
    while inner := [one for one in element.children if isinstance(one, Element)]:
        element, deepest = inner[-1], deepest + 1
    assert deepest <= DEEPEST + 2
    assert "".join(tree.texts()) == "deep"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 5_000 + "too deep",
        "<p " + " ".join(f"a{n}=1" for n in range(5_000)) + ">too many attributes",
        "<p>half of a pair: \ud800",
    ],
)
def test_what_cannot_be_read_in_time_or_at_all_is_no_page(html: str) -> None:
    assert read_page(html) is None


def test_a_long_attribute_is_readable() -> None:
    assert is_readable(f'<img src="data:image/png;base64,{"A" * 100_000}">')
    assert is_readable(f"<script>{'word ' * 5_000}</script>")


def test_a_page_is_not_read_where_the_extra_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resiliparse.parse.html", None)

    assert read_page("<p>text") is None
