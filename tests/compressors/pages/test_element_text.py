from __future__ import annotations

from headroom.compressors.pages.element_folds import Gap
from headroom.compressors.pages.element_text import cut, with_short_values, without_numbers

TEXT = "<a>\n  <b/>\n  <b/>\n  <b/>\n</a>"
NUMBERED = "\n".join(f"{n:5d}→{line}" for n, line in enumerate(TEXT.split("\n"), 41))


def gap(text: str, start: str, end: str, said: str = "2 <b>", *, is_raw: bool = False) -> Gap:
    return Gap(text.index(start), text.rindex(end) + len(end), 2, said, is_raw)


def test_numbers_in_front_of_lines_are_no_part_of_the_text() -> None:
    source = without_numbers(NUMBERED)

    assert source.text == TEXT
    assert source.numbers == (41, 42, 43, 44, 45)
    assert source.prefixes[0] == "   41→"
    assert without_numbers(TEXT, 7).numbers == (7, 8, 9, 10, 11)


def test_a_gap_is_a_comment_with_the_lines_that_left() -> None:
    found = cut(without_numbers(TEXT), [gap(TEXT, "<b/>", "<b/>", "3 <b>")])

    assert found.text == "<a>\n  <!-- [… lines 2-4 left out: 3 <b>] -->\n</a>"
    assert found.lines == ((2, 4),)


def test_lines_that_stay_keep_the_numbers_that_were_shown() -> None:
    found = cut(without_numbers(NUMBERED), [gap(TEXT, "<b/>", "<b/>", "3 <b>")])

    assert found.text == ("   41→<a>\n   42→  <!-- [… lines 42-44 left out: 3 <b>] -->\n   45→</a>")
    assert found.lines == ((42, 44),)


def test_lines_of_which_something_stays_have_not_left() -> None:
    text = "<a>1\n2\n3</a>"

    found = cut(without_numbers(text), [gap(text, "1", "3", "3 characters")])

    assert found.text == "<a><!-- [… lines 1-3 left out: 3 characters] --></a>"
    assert found.lines == ((2, 2),)


def test_a_gap_within_a_line_names_no_lines() -> None:
    found = cut(without_numbers("<a><b/><b/></a>"), [gap("<a><b/><b/></a>", "<b/>", "<b/>")])

    assert found.text == "<a><!-- [… left out: 2 <b>] --></a>"
    assert found.lines == ()


def test_a_comment_holds_no_two_dashes() -> None:
    found = cut(without_numbers("<a><b/></a>"), [gap("<a><b/></a>", "<b/>", "<b/>", "9 <x--y>")])

    assert found.text == "<a><!-- [… left out: 9 <x- -y>] --></a>"


def test_a_gap_in_a_script_is_a_comment_of_scripts() -> None:
    text = "<script>one()</script>"

    found = cut(without_numbers(text), [gap(text, "one()", "one()", "5 characters", is_raw=True)])

    assert found.text == "<script>/* [… left out: 5 characters] */</script>"


def test_long_values_that_nobody_reads_are_named_with_their_length() -> None:
    path = f'<path id="a" d="M0 0 {"L1 2 " * 100}"/>'
    image = f"<img src='data:image/png;base64,{'A' * 400}' alt='a'/>"
    said = f'<p title="{"some words to read " * 20}"/>'
    blob = f"<data>\n{'QUJD' * 100}\n</data>"

    source, values = with_short_values(without_numbers(f"<x>{path}{image}{said}{blob}</x>"))

    assert source.text == (
        '<x><path id="a" d="[… 505 characters left out]"/>'
        "<img src='[… 422 characters left out]' alt='a'/>"
        f"{said}<data>\n[… 401 characters left out]</data></x>"
    )
    assert values == 3
    icon = f"<url>data:image/png;base64,{'QUJD' * 100}</url>"
    assert with_short_values(without_numbers(icon))[0].text == (
        "<url>[… 422 characters left out]</url>"
    )


def test_lines_below_a_long_value_keep_their_numbers() -> None:
    text = f"<x>\n<data>{(chr(10) + 'QUJD' * 19) * 10}</data>\n<b/>\n</x>"

    source, values = with_short_values(without_numbers(text))

    assert values == 1
    assert source.text.split("\n")[0] == "<x>"
    assert dict(zip(source.text.split("\n"), source.numbers, strict=True))["<b/>"] == 13


def test_a_value_with_other_quotes_inside_stays() -> None:
    text = f"""<p d="it's {"A" * 400}"/>"""

    assert with_short_values(without_numbers(text))[1] == 0
