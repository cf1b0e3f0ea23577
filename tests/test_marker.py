from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from headroom.marker import LONGEST_TOLD, Marker, find_markers, is_key, key_of


def test_a_marker_says_what_is_gone_and_where_the_original_is() -> None:
    marker = Marker(412, 530, "rows", ", kept are rows 1-118", "0123456789abcdef01234567")

    assert str(marker) == (
        "[412 of 530 rows left out, kept are rows 1-118. Original kept: "
        "headroom_retrieve hash=0123456789abcdef01234567]"
    )


def test_where_the_model_has_no_tool_the_marker_names_none() -> None:
    marker = Marker(
        2, 9, "rows", "; to see them, read lines 3-4 of a.json", "0" * 24, by_tool=False
    )

    assert str(marker) == (
        "[2 of 9 rows left out; to see them, read lines 3-4 of a.json. Original kept: "
        "hash=000000000000000000000000]"
    )


@given(
    st.text(
        alphabet=st.characters(exclude_characters="[]\n", codec="utf-8"),
        max_size=LONGEST_TOLD,
    ),
    st.integers(0, 10**12 - 1),
    st.text(),
    st.text(),
    st.booleans(),
)
def test_what_was_written_is_read(
    told: str, gone: int, before: str, after: str, by_tool: bool
) -> None:
    marker = Marker(gone, 7, "lines", told, key_of(told), by_tool=by_tool)

    assert marker in find_markers(f"{before}\n{marker}\n{after}")


def test_D3_a_key_is_24_digits_of_the_sha_256_of_the_bytes() -> None:
    text = "größer\r\n\x00"

    assert key_of(text) == hashlib.sha256(text.encode()).hexdigest()[:24]
    assert is_key(key_of(text))


def test_D3_nothing_else_has_the_shape_of_a_key() -> None:
    others = ["", "a" * 23, "a" * 25, "A" * 24, "g" * 24, "a" * 24 + "\n", "١" * 24]

    assert not any(is_key(each) for each in others)


def test_a_marker_does_not_reach_over_a_line_or_a_bracket() -> None:
    end = f". Original kept: headroom_retrieve hash={'0' * 24}]"

    assert not find_markers(f"[1 of 2 rows left out\n{end}")
    assert not find_markers(f"[1 of 2 rows left out [x]{end}")
