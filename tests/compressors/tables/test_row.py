from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.tables.grid_delimited import Delimited
from headroom.compressors.tables.row import folded, is_folded, is_row, parted, split, unfolded


def test_a_row_is_split_by_its_own_separator_or_by_ours() -> None:
    assert split('a,"b, c"', "", Delimited(","), 2) == ("a", '"b, c"')
    assert split("a b c d", " ", None, 3) == ("a", "b", "c d")
    assert split("a b c d", " ", None, 0) == ("a", "b", "c", "d")


def test_what_a_row_says_at_its_end_is_told_from_its_last_cell() -> None:
    assert parted("web 5d [STATE = Pending]", {"STATE"}) == ("web 5d", "STATE = Pending")
    assert parted("root [kthreadd]", {"STATE"}) == ("root [kthreadd]", "")
    assert parted("web 5d [STATE = Pending]", ()) == ("web 5d [STATE = Pending]", "")


@pytest.mark.parametrize("line", ["[a = b]", "\\x", "---", "|---|---|", "[… lines 3-9 left out]"])
def test_other_lines_are_no_rows(line: str) -> None:
    assert not is_row(line)


@given(st.lists(st.sampled_from(["7,Oslo,rain,4", "8,Bodø,fog,2", "---", "[a = b]", ""])))
def test_equal_rows_are_folded_and_unfolded(lines: list[str]) -> None:
    again = [row for line in folded(lines) for row, n in [unfolded(line)] for _ in range(n)]

    assert again == lines
    assert all(is_folded(line) or line in lines for line in folded(lines))
