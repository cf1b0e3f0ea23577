from __future__ import annotations

import pytest

from headroom.compressors.pages.element_spans import (
    Spans,
    around,
    children_of,
    html_spans,
    xml_spans,
)


def xml(text: str) -> Spans:
    found = xml_spans(text)
    assert found is not None
    return found


def html(text: str) -> Spans:
    found = html_spans(text)
    assert found is not None
    return found


def shown(text: str, found: Spans) -> list[str]:
    return [text[span.start : span.end] for span in found.elements]


def test_elements_are_found_with_what_is_inside_them() -> None:
    text = '<a x="1>2"><b/><!-- <c> --><c>1<![CDATA[<d>]]></c ></a>'

    found = xml(text)

    assert shown(text, found) == [text, "<b/>", "<c>1<![CDATA[<d>]]></c >"]
    inside = [text[span.inner_start : span.inner_end] for span in found.elements]
    assert inside == ["<b/><!-- <c> --><c>1<![CDATA[<d>]]></c >", "", "1<![CDATA[<d>]]>"]
    assert [span.depth for span in found.elements] == [0, 1, 1]
    assert [text[slice(*comment)] for comment in found.comments] == ["<!-- <c> -->"]


def test_texts_belong_to_the_element_that_they_stand_in() -> None:
    text = "<a>1<b>2</b>3</a>"

    found = xml(text)

    assert [(text[start:end], owner) for start, end, owner in found.texts] == [
        ("<a>", 0),
        ("1", 0),
        ("<b>", 1),
        ("2", 1),
        ("3", 0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?>\n<!DOCTYPE a [ <!ENTITY b "c"> ]>\n<a/>\n',
        "\ufeff<a:b xmlns:a='x'>\n</a:b>",
        "<?pi?><!-- c --><a></a><!-- d -->",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg/>',
    ],
)
def test_what_may_stand_around_the_root_of_a_document_is_no_element(text: str) -> None:
    assert len(xml(text).elements) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "<a>", "<a></b>", "<a/><b/>", "a<a/>", "<a/>b", "<a b='c/>", '<a b="<"/>'),
        *("<a><!-- </a>", "<a><![CDATA[</a>", "<a><?b</a>", "<a><1/></a>", "</a>", "<!DOCTYPE a ["),
    ],
)
def test_what_is_not_well_formed_is_no_xml(text: str) -> None:
    assert xml_spans(text) is None


def test_html_is_taken_as_it_is_written_by_hand() -> None:
    text = "<DIV><br><p>a<p>b<ul><li>1<li>2</ul>c</i></DIV><p>d"

    found = html(text)

    assert shown(text, found) == [
        "<DIV><br><p>a<p>b<ul><li>1<li>2</ul>c</i></DIV>",
        "<br>",
        "<p>a",
        "<p>b",
        "<ul><li>1<li>2</ul>",
        "<li>1",
        "<li>2",
        "<p>d",
    ]


def test_the_text_of_a_script_is_no_markup() -> None:
    text = "<script>if (a < b) x('<p>')</script><p>c</p>"

    found = html(text)

    assert shown(text, found) == ["<script>if (a < b) x('<p>')</script>", "<p>c</p>"]
    assert [span.is_raw for span in found.elements] == [True, False]


def test_text_in_which_hardly_a_tag_is_one_is_no_html() -> None:
    assert html_spans("a < b << c\n" * 200) is None


def test_children_are_told_by_what_is_around_them() -> None:
    elements = xml("<a><b><c/></b><d/></a>").elements

    assert children_of(elements) == {-1: [0], 0: [1, 3], 1: [2]}
    assert list(around(elements, 2)) == [2, 1, 0]
