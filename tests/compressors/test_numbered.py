from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.numbered import Numbered
from tests.compressors.golden import cases, examples, is_shown, read

NUMBERED = Numbered()
HEADER = "[numbered: every 5th line shows its number]\n"

CONTENT = st.sampled_from(["x = 1", "", "    return", "7\tx", "[lines 1-9]", "\\", "\r", "10:a"])
OTHERS = st.sampled_from(["", "prose", "[lines 3-4]", "\\[lines 3-4]", "[lines 1-2, not padded]"])


@st.composite
def runs(draw: st.DrawFn) -> str:
    first = draw(st.integers(0, 12))
    width = draw(st.sampled_from([0, 0, 2, 4, 6]))
    separator = draw(st.sampled_from(["\t", "→", ":", "|", " |"]))
    contents = draw(st.lists(CONTENT, min_size=1, max_size=30))
    return "\n".join(
        f"{number:>{width}}{separator}{content}" for number, content in enumerate(contents, first)
    )


@pytest.mark.parametrize("case", cases("numbered"), ids=lambda case: case.stem)
def test_numbered_lines_look_as_reviewed(case: Path) -> None:
    text = read(case)

    encoded = NUMBERED.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert NUMBERED.decode(encoded) == text


@given(st.lists(st.one_of(runs(), runs(), OTHERS), max_size=8).map("\n".join))
def test_numbered_lines_come_back_byte_for_byte(text: str) -> None:
    encoded = NUMBERED.encode(text, Origin())

    assert encoded is None or NUMBERED.decode(encoded) == text


@given(st.text())
def test_any_text_comes_back_or_is_left_alone(text: str) -> None:
    encoded = NUMBERED.encode(text * 3, Origin())

    assert encoded is None or NUMBERED.decode(encoded) == text * 3


def test_every_content_line_stays_verbatim_and_every_fifth_number_shown() -> None:
    text = "".join(f"{number:6}\t    step({number})\n" for number in range(3, 60))

    encoded = NUMBERED.encode(text, Origin())

    assert encoded is not None
    shown = encoded.split("\n")
    assert shown[1:4] == ["[lines 3-59]", "3\t    step(3)", "    step(4)"]
    assert "55\t    step(55)" in shown


def test_a_numbered_list_in_prose_is_left_alone() -> None:
    text = "\n".join(f"{number}. Wash the dishes, then dry them." for number in range(1, 40))

    assert NUMBERED.encode(text, Origin()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1\tx",
        HEADER + "[lines 1-9]\n1\tx",
        HEADER + "[lines 4-9]\n1\tx",
        HEADER + "[lines 4-2]\n4\tx",
    ],
)
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        NUMBERED.decode(text)


def test_every_example_on_the_page_is_a_golden_file() -> None:
    shown = examples("numbered")

    assert shown
    assert sum(is_shown(case, shown) for case in cases("numbered")) * 2 == len(shown)
