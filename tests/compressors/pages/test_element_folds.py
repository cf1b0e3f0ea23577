from __future__ import annotations

import pytest

from headroom.compressors.pages.element_folds import gaps
from headroom.compressors.pages.element_spans import html_spans, xml_spans


def folded(text: str, room: int, *asked: str) -> str:
    """The text with what is said of each gap in its place."""
    spans = xml_spans(text) or html_spans(text)
    assert spans is not None
    pieces, at = [], 0
    for gap in gaps(text, spans, frozenset(asked), room):
        pieces += [text[at : gap.start], f"[{gap.said}]"]
        at = gap.end
    return "".join([*pieces, text[at:]])


def rows(count: int, text: str = "a row with a few words in it") -> str:
    return "".join(f"<row n='{n}'>{text}</row>\n" for n in range(count))


def test_of_elements_that_repeat_as_many_stay_as_have_room() -> None:
    text = f"<t>\n{rows(100)}</t>"

    assert folded(text, 10_000) == text
    assert folded(text, 3_600) == f"<t>\n{rows(48)}[51 <row>]\n{text.split(chr(10))[100]}\n</t>"
    assert folded(text, 1_200) == f"<t>\n{rows(12)}[87 <row>]\n{text.split(chr(10))[100]}\n</t>"


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("<row n='70'>the lighthouse</row>", ["lighthouse"]),
        ("<row n='70'><failure>x</failure></row>", []),
        ("<row n='70' level='ERROR'>x</row>", []),
    ],
)
def test_what_was_asked_for_and_what_failed_stay(row: str, asked: list[str]) -> None:
    text = f"<t>\n{rows(60)}{row}\n{rows(60)}</t>"

    assert row in folded(text, 400, *asked)


def test_a_word_of_every_row_keeps_none() -> None:
    text = f"<t>\n{rows(100)}</t>"

    assert folded(text, 400, "row", "words") == folded(text, 400)


def test_failures_beyond_number_are_told_by_the_first_of_them() -> None:
    text = f"<t>\n{rows(200, '<error>it failed once more</error>')}</t>"

    assert len(folded(text, 400)) < 1_500


def test_counts_of_none_are_no_failures() -> None:
    text = f"<t>\n{rows(50)}<suite errors='0' failures=\"0\">{'x' * 40}</suite>\n{rows(50)}</t>"

    assert folded(text, 400).count("<suite") == 1
    text = text.replace("<suite", "<row").replace("</suite", "</row")
    assert "errors" not in folded(text, 400)


def test_long_texts_leave_before_what_says_what_they_are() -> None:
    items = "".join(
        f"<item><name>{n}</name><text>{'word ' * 100}</text></item>\n" for n in range(20)
    )

    shown = folded(f"<t>\n{items}</t>", 3_000)

    assert shown.count("<text>[500 characters]</text>") == 20
    assert "<name>11</name>" in shown


def test_where_that_is_not_enough_what_lies_deep_inside_leaves() -> None:
    words = "<c>some words</c><d/><e/>" * 7
    groups = "".join(f"<g{n}><a><b>{n}{words}</b></a></g{n}>\n" for n in range(60))

    shown = folded(f"<t>\n{groups}</t>", 3_000, "59")

    assert "<g7>[1 <a>]</g7>" in shown
    assert f"<g59><a><b>59{words}</b></a></g59>" in shown


def test_elements_with_text_between_them_are_not_one_gap() -> None:
    text = f"<t>\n{rows(20)} and then {rows(20)}</t>"

    assert " and then " in folded(text, 400)


def test_different_elements_that_leave_side_by_side_are_one_gap() -> None:
    pairs = "".join(
        f"<name>some longer name {n}</name><size>size {n} is big</size>" for n in range(40)
    )

    assert "[36 <name>, 36 <size>]" in folded(f"<t>{pairs}</t>", 400)


def test_the_names_in_what_leaves_stay() -> None:
    names = "".join(f"<row>library-{n} of the long list of them</row>\n" for n in range(60))

    shown = folded(f"<t>\n{names}<row>x--library</row>{names}</t>", 1_000)

    assert "<row>; named there: library-12, library-13, library-14, " in shown
    assert "x--library" not in shown


def test_a_long_comment_leaves() -> None:
    text = f"<t><!-- {'licence ' * 100}--><!-- short -->{rows(3)}</t>"

    assert folded(text, 5_000) == f"<t>[a comment of 808 characters]<!-- short -->{rows(3)}</t>"


def test_the_text_of_a_script_leaves_as_text() -> None:
    text = f"<div><script>{'x(); ' * 400}</script><p>a</p></div>"
    spans = html_spans(text)
    assert spans is not None

    (gap,) = gaps(text, spans, frozenset(), 500)

    assert (gap.said, gap.is_raw, gap.elements) == ("2,000 characters", True, 0)
