"""Layouts of JSON: guessed from a text, named in a header, written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from headroom.compressors.jsontree.style import (
    Style,
    escaped,
    guess_style,
    render,
    respelled,
    unescaped,
)
from headroom.compressors.jsontree.text import Forest

LAYOUTS = {
    '{"a": [1, 2], "b": {}}': "",
    '{"a":[1,2],"b":{}}': "tight",
    "[1, 2]": "",
    "[1,2]": "tight",
    '{\n  "a": [\n    1\n  ],\n  "b": {}\n}': "indent=2",
    '{\r\n\t"a": [\r\n\t\t1\r\n\t]\r\n}': "indent=tab crlf",
    '{\n  "a" : 1\n}': "indent=2 colon=_:_",
    '{\n "a": [1, 2],\n "b": []\n}': "indent=1 inline",
    '{\n "a": [ 1, 2 ]\n}': "indent=1 inline-spaced",
    '{\n  "a": [\n\n  ],\n  "b": 1\n}': "indent=2 open",
    '["\\u00fc", "\\ud83d\\ude00"]': "ascii",
    '["\\u00FC"]': "tight ASCII",
    '["\\u003cb\\u003e"]': "tight html",
    '["a\\/b"]': "tight slash",
}


@pytest.mark.parametrize(("text", "words"), LAYOUTS.items())
def test_a_layout_is_guessed_named_and_written_again(text: str, words: str) -> None:
    root = Forest().parse(text)
    style = guess_style(text)

    assert style.words() == words
    assert Style.read(words) == style
    assert root is not None
    assert render(root, style) == text


@given(some.text(max_size=30), some.sampled_from(list(LAYOUTS.values())))
def test_what_is_shown_can_be_hidden_again(text: str, words: str) -> None:
    style = Style.read(words)
    body = style.hide(escaped(text))

    assert style.hide(style.show(body)) == body


def test_letters_are_shown_for_their_escapes() -> None:
    assert (
        Style(escaped=("ascii",)).show("Z\\u00fcrich \\ud83d\\ude00 \\ud83d") == "Zürich 😀 \\ud83d"
    )


def test_strings_with_unusual_escapes_have_no_lines() -> None:
    assert unescaped('one\\ntwo \\"three\\"') == 'one\ntwo "three"'
    assert unescaped("one\\u000atwo") is None


def test_a_tree_can_change_its_spelling() -> None:
    root = Forest().parse('[{"ä": ["ö", 1]}]')
    assert root is not None

    changed = respelled(root, Style(), Style(escaped=("ascii",)))

    assert render(changed, Style()) == '[{"\\u00e4": ["\\u00f6", 1]}]'


def test_a_text_is_spelled_as_strings_of_the_document_are() -> None:
    assert Style(escaped=("ascii",)).spelled('"ä"\n') == '"\\"\\u00e4\\"\\n"'
