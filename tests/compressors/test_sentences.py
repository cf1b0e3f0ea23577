from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.sentences import prose_of, sentences


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("It was late. The lamp was lit.\n", ["It was late. ", "The lamp was lit.\n"]),
        (
            'He asked: "Is it on?" She nodded! Then…',
            ['He asked: "Is it on?" ', "She nodded! ", "Then…"],
        ),
        ("See Dr. Reid and A. Stevenson, e.g. The Bell.", None),
        (
            "Version 3.4.4 of lib.so is in use. It works.",
            ["Version 3.4.4 of lib.so is in use. ", "It works."],
        ),
        ("it stops. and goes on in small letters", None),
        ("No. Yes. Both are short, this is not.", None),
        ("灯台は高い。海は静かだ。", ["灯台は高い。海は静かだ。"]),
        (
            "その灯台はとても古くて高い。海はいつも静かだ。",
            ["その灯台はとても古くて高い。", "海はいつも静かだ。"],
        ),
        ("", None),
    ],
)
def test_a_sentence_ends_where_one_ends(line: str, found: list[str] | None) -> None:
    assert sentences(line) == (found or [line])


def test_what_gives_a_text_its_form_is_told_apart() -> None:
    text = (
        "# Lamps\n"
        "They burn oil. They are cleaned each day.\n"
        "\n"
        "| a | b |\n"
        "```sh\n"
        "make lamp. And so on.\n"
        "```\n"
        "<house-rule>\n"
        "Never go up alone. Never.\n"
        "</house-rule>\n"
        "    indented code\n"
        "- An item of a list.\n"
        "---\n"
    )

    prose = prose_of(text)

    shown = [(unit.text, unit.number, unit.is_part) for unit in prose.units]
    assert [one for n, one in enumerate(shown) if n not in prose.form] == [
        ("They burn oil. ", 2, True),
        ("They are cleaned each day.\n", 2, True),
        ("\n", 3, False),
        ("- An item of a list.\n", 12, False),
    ]


def test_how_much_of_a_text_are_sentences_is_told() -> None:
    assert prose_of("The lamp was lit at dusk. It burned all night.\n" * 9).share == 1.0
    assert prose_of("x = 1\ny = f(x)\n" * 9).share == 0.0


@given(st.text(alphabet=st.sampled_from("aB.!? \n\t#|`<>-_1é。"), max_size=300))
def test_the_units_of_any_text_are_the_text(text: str) -> None:
    assert "".join(unit.text for unit in prose_of(text).units) == text
