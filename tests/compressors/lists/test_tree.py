from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.lists import tree as listing_tree

PIECES = st.sampled_from(
    [
        "├── ",
        "└── ",
        "│   ",
        "    ",
        "│\u00a0\u00a0 ",
        "|-- ",
        "`-- ",
        "|   ",
        "a",
        " b",
        "c.py",
        "\\",
        "é",
    ]
)
LINES = st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=40)


def drawn(depths: list[int]) -> list[str]:
    """A tree of names with these depths, drawn line by line from its end."""
    rows = []
    below: set[int] = set()
    for number, depth in reversed(list(enumerate(depths))):
        below = {level for level in below if level <= depth}
        above = "".join("│   " if level in below else "    " for level in range(1, depth))
        rows.append(f"{above}{'├── ' if depth in below else '└── '}name{number}")
        below.add(depth)
    return rows[::-1]


@given(LINES)
def test_lines_with_strokes_come_back_byte_for_byte(lines: list[str]) -> None:
    found = listing_tree.encode(lines)

    if found is not None:
        header, body = found
        assert list(listing_tree.decode(header, body)) == lines


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_a_tree_becomes_its_indentation(depths: list[int]) -> None:
    lines = ["root", *drawn(depths), "", "3 directories"]

    found = listing_tree.encode(lines)

    assert found is not None
    header, body = found
    names = [" " * depth + f"name{number}" for number, depth in enumerate(depths)]
    assert body == ["root", *names, "", "3 directories"]
    assert list(listing_tree.decode(header, body)) == lines


def test_a_tree_of_unknown_strokes_or_depth_is_refused() -> None:
    with pytest.raises(ValueError, match="drawn like that"):
        list(listing_tree.decode("[listing: indentation is the tree, in ink]", ["a"]))
    with pytest.raises(ValueError, match="levels deep"):
        list(listing_tree.decode("[listing: indentation is the tree]", [" " * 99 + "a"]))
