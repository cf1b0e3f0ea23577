from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.listing import Listing
from tests.compressors.golden import cases, examples, is_shown, read

LISTING = Listing()


@pytest.mark.parametrize("case", cases("listing"), ids=lambda case: case.stem)
def test_listings_look_as_reviewed(case: Path) -> None:
    text = read(case)

    encoded = LISTING.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert LISTING.decode(encoded) == text


@given(st.text())
def test_any_text_comes_back_or_is_left_alone(text: str) -> None:
    encoded = LISTING.encode(text * 3, Origin())

    assert encoded is None or LISTING.decode(encoded) == text * 3


@pytest.mark.parametrize("before", ["", "OBSERVATION:\n"])
@pytest.mark.parametrize("after", ["", "\r\n", "\r\n$ ", "\r\n(open file: none)\n"])
def test_the_line_ends_of_a_terminal_come_back(before: str, after: str) -> None:
    text = before + "\r\n".join(f"/srv/shapes/area{i}.py" for i in range(20)) + after

    encoded = LISTING.encode(text, Origin())

    assert encoded is not None
    assert "\r" not in encoded
    assert LISTING.decode(encoded) == text


def test_line_ends_of_both_kinds_in_turn_come_back() -> None:
    text = "".join(f"/srv/shapes/area{i}.py\n/srv/shapes/line{i}.py\r\n" for i in range(20))

    encoded = LISTING.encode(text, Origin())

    assert encoded is not None
    assert LISTING.decode(encoded) == text


def test_line_ends_for_more_lines_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match="only 1"):
        LISTING.decode('[listing: "dir/: a b" is dir/a and dir/b] with CRLF from line 1 to 9\nx')


@pytest.mark.parametrize("text", ["", "a/: b", "[listing: x]\n"])
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="header line"):
        LISTING.decode(text)


def test_every_example_on_the_page_is_a_golden_file() -> None:
    shown = examples("listing")

    assert shown
    assert sum(is_shown(case, shown) for case in cases("listing")) * 2 == len(shown)
