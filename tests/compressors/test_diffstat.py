"""Statistics of diffs: shorter, and all there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.diffstat import Diffstat
from tests.compressors.golden import cases, examples, is_shown, read

DIFFSTAT = Diffstat()

PATHS = st.builds(
    lambda parts, end: "/".join([*parts, end]),
    st.lists(st.sampled_from(["src", "app", ".github", "{a => b}", "a b", "#"]), max_size=3),
    st.sampled_from(["x.py", "y.py", "README", "z | 2 +", "", "./q", "\\w"]),
)
CHANGES = st.sampled_from(["1 +", "12 ++--", "0", "Bin 0 -> 12 bytes", "Bin", "400 +++---", "x"])
OTHERS = st.sampled_from(
    ["", "# src/", "a.py | 2 +-", "\\", " 2 files changed", "./x | 1 +", " x.py | 1 +", "\r"]
)


def stat(path: str, change: str, width: int = 16) -> str:
    return f" {path.ljust(width)} | {change}"


@pytest.mark.parametrize("case", cases("diffstat"), ids=lambda case: case.stem)
def test_statistics_look_as_reviewed_and_as_their_page_shows(case: Path) -> None:
    text = read(case)

    encoded = DIFFSTAT.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert DIFFSTAT.decode(encoded) == text
    assert is_shown(case, examples("diffstat"))


@given(st.lists(st.one_of(st.builds(stat, PATHS, CHANGES), OTHERS), min_size=8, max_size=40))
def test_statistics_come_back_byte_for_byte(lines: list[str]) -> None:
    text = "\n".join(lines)

    encoded = DIFFSTAT.encode(text, Origin())

    assert encoded is None or DIFFSTAT.decode(encoded) == text


def test_names_stand_below_their_directory() -> None:
    lines = [stat(f"src/shop/part_{n}.py", "2 +-", 60) for n in range(20)]

    encoded = DIFFSTAT.encode("\n".join(lines), Origin())

    assert encoded is not None
    assert encoded.split("\n") == [
        '[diffstat: "part_1.py" below "# src/shop/" is src/shop/part_1.py; columns 60, 1]',
        lines[0],
        "# src/shop/",
        *(f"part_{n}.py | 2 +-" for n in range(1, 19)),
        lines[19],
    ]


def test_lines_with_other_columns_are_left_as_they_are() -> None:
    lines = [stat(f"src/part_{n}.py", "2 +-", 60 if n % 2 else 30) for n in range(20)]

    encoded = DIFFSTAT.encode("\n".join(lines), Origin())

    assert encoded is not None
    assert [line for line in lines[1::2] if line in encoded] == lines[1::2]
    assert DIFFSTAT.decode(encoded) == "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(stat(f"src/part_{n}.py", "2 +-", 60) for n in range(7)),
        "\n".join(f"| a | {n} |" for n in range(40)),
        "\n".join(stat("x" * n, "2 +-", 900) for n in range(20)),
    ],
)
def test_what_is_no_long_list_of_files_is_left_alone(text: str) -> None:
    assert DIFFSTAT.encode(text, Origin()) is None


def test_what_it_did_not_write_is_refused() -> None:
    with pytest.raises(ValueError, match="not a diffstat"):
        DIFFSTAT.decode(" a.py | 2 +-")
