from __future__ import annotations

import pytest

from headroom.compressors.pages.controls import CONTROLS, control, form
from headroom.compressors.pages.tree import Element, read_page


def element(html: str, tag: str) -> Element:
    page = read_page(html)
    assert page is not None
    return next(one for one in page.elements() if one.tag == tag)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            '<input class=x type="text" name="q" value="a">',
            '<input type="text" name="q" value="a">',
        ),
        ("<input type=checkbox name=c checked>", '<input type="checkbox" name="c" checked>'),
        ("<textarea name=t>one\n two</textarea>", '<textarea name="t">one two</textarea>'),
        ("<button class=x> Send <b>it</b></button>", "[Send it]"),
        ("<button name=go value=1>Go</button>", '<button name="go" value="1">Go</button>'),
        (
            "<select name=s><option value=1>One<option value=2 selected>Two</select>",
            '<select name="s"><option value="1">One<option value="2" selected>Two</select>',
        ),
    ],
)
def test_a_control_is_shown_with_its_name_and_value(html: str, shown: str) -> None:
    tag = next(one for one in CONTROLS if f"<{one}" in html)

    assert control(element(html, tag)) == shown


def test_of_many_options_the_first_and_the_selected_are_shown() -> None:
    options = "".join(f"<option{' selected' * (n == 50)}>{n}" for n in range(100))

    shown = control(element(f"<select name=s>{options}</select>", "select"))

    assert shown == (
        '<select name="s"><option>0<option>1<option>2<option>3<option>4<option selected>50'
        "[… 94 of 100 options left out]</select>"
    )


def test_a_very_long_value_is_named_with_its_length() -> None:
    html = f"<input type=hidden name=state value={'A' * 3_000}>"

    assert control(element(html, "input")) == (
        '<input type="hidden" name="state" value="[… 3,000 characters left out]">'
    )


def test_a_form_says_where_it_is_sent() -> None:
    html = "<form class=x action='/a?b&amp;c' method=post></form>"

    assert form(element(html, "form")) == '<form action="/a?b&c" method="post">'
