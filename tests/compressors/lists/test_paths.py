from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.lists import paths as listing_paths

PATHS = st.builds(
    lambda lead, parts: lead + "/".join(parts),
    st.sampled_from(
        ["", "", "/", "./", "/srv/long/root/", "\tmodified:   ", "M  ", "\\", "…/", " "]
    ),
    st.lists(st.sampled_from(["a", "b", "src", "c.py", "d e", "", ".", "x:", "…"]), max_size=4),
)
OTHERS = st.sampled_from(["", " names", "a/: b c", "…/x", "\\", "prose with a/slash in it"])
LINES = st.lists(st.one_of(PATHS, PATHS, OTHERS), max_size=60)


@given(LINES)
def test_paths_come_back_byte_for_byte(lines: list[str]) -> None:
    found = listing_paths.encode(lines)

    if found is not None:
        assert list(listing_paths.decode(*found)) == lines


@given(LINES)
def test_paths_below_one_root_come_back_byte_for_byte(lines: list[str]) -> None:
    lines = ["/home/ada/shapes/" + line if "/" in line else line for line in lines]

    found = listing_paths.encode(lines)

    if found is not None:
        assert list(listing_paths.decode(*found)) == lines


def test_a_long_row_of_names_goes_on_on_the_next_line() -> None:
    lines = [f"./src/module_{number:03}.py" for number in range(30)]

    found = listing_paths.encode(lines)

    assert found is not None
    header, body = found
    assert len(body) > 3
    assert all(len(row) <= listing_paths.WIDTH for row in body)
    assert all(row.startswith(" module_") for row in body[1:])
    assert list(listing_paths.decode(header, body)) == lines


def test_prose_is_not_likely_a_list_of_paths() -> None:
    assert not listing_paths.is_likely(["read and/or write", "see docs/guide.md", "x"] * 20)
