from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.lists import rows as listing_rows

ROWS = st.tuples(
    st.sampled_from(["-rw-r--r--", "-rw-r--r--", "drwxr-xr-x", "lrwxrwxrwx", "-rw-r--r--@"]),
    st.integers(1, 12),
    st.sampled_from(["ada", "root"]),
    st.integers(0, 99_999),
    st.sampled_from(["Nov  3 09:12", "Nov 13 09:12", "Feb 28  2023"]),
    st.sampled_from(["a.py", "b c.py", "x -> y", "Nov 3 09:12 z", " e", "12 f", ""]),
)
BLOCKS = st.lists(ROWS, min_size=1, max_size=12)
OTHERS = st.sampled_from(
    ["", "total 8", "src:", "812 a.py", "\\x", "-rw-r--r-- 1 ada staff 1 Nov 3 09:12 x"]
)


def as_ls_writes(rows: list[tuple[str, int, str, int, str, str]], *, is_bsd: bool) -> list[str]:
    links = max(len(str(row[1])) for row in rows)
    owner = max(len(row[2]) for row in rows)
    size = max(len(str(row[3])) for row in rows)
    gap = "  " if is_bsd else " "
    mode = 11 if is_bsd else max(len(row[0]) for row in rows)
    return [
        f"{row[0]:<{mode}} {row[1]:>{links}} {row[2]:<{owner}}{gap}staff{gap}"
        f"{row[3]:>{size}} {row[4]} {row[5]}"
        for row in rows
    ]


@given(st.lists(st.tuples(BLOCKS, st.booleans(), OTHERS), max_size=5))
def test_rows_come_back_byte_for_byte(
    blocks: list[tuple[list[tuple[str, int, str, int, str, str]], bool, str]],
) -> None:
    lines = [
        line
        for rows, is_bsd, other in blocks
        for line in [*as_ls_writes(rows, is_bsd=is_bsd), other]
    ]

    found = listing_rows.encode(lines)

    if found is not None:
        header, body = found
        assert list(listing_rows.decode(header, body)) == lines


@pytest.mark.parametrize("is_bsd", [False, True])
def test_what_is_usual_is_said_once(is_bsd: bool) -> None:
    rows = [("-rw-r--r--", 1, "ada", 8 * i, "Nov  3 09:12", f"f{i}.py") for i in range(20)]

    found = listing_rows.encode(as_ls_writes(rows, is_bsd=is_bsd))

    assert found is not None
    header, body = found
    assert "-rw-r--r-- 1 ada staff SIZE Nov 3 09:12 NAME" in header
    assert body == [f"{8 * i} f{i}.py" for i in range(20)]


def test_rows_of_something_else_are_refused() -> None:
    with pytest.raises(ValueError, match="is not mode"):
        list(listing_rows.decode("[listing: rows without a mode are x SIZE y NAME]", ["1 a"]))
