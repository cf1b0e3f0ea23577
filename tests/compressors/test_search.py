from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.base import Origin
from headroom.compressors.search import Search
from tests.compressors.golden import cases, examples, is_shown, read

SEARCH = Search()

PATHS = st.sampled_from(
    ["src/a.py", "src/b.py", "./lib/x y/c.rs", "C:\\w\\d.cs", "a-1-b/e.go", "Makefile", "a/#"]
)
MATCHES = st.builds(
    lambda path, mark, number, text: f"{path}{mark}{number}{mark}{text}",
    PATHS,
    st.sampled_from([":", ":", ":", "-"]),
    st.integers(0, 300),
    st.sampled_from(["def f():", "", " # x", "12:34", ":", "\r"]),
)
BARE = st.builds("{}:{}".format, PATHS, st.sampled_from(["x = 1", "12-x", "", "a:b", "3:4"]))
OTHERS = st.sampled_from(
    [
        "--",
        "",
        "#",
        "# src/",
        "# src/a.py",
        "\\",
        "\\# x",
        "12:neither",
        ":x",
        "name:3:x",
        "é\u2028",
    ]
)
HEADER = '[search: "7:text" below "# dir/file" is line 7 of dir/file]\n'


@pytest.mark.parametrize("case", cases("search"), ids=lambda case: case.stem)
def test_search_results_look_as_reviewed(case: Path) -> None:
    text = read(case)

    encoded = SEARCH.encode(text, Origin())

    assert encoded == read(case.with_suffix(".out"))
    assert SEARCH.decode(encoded) == text


@given(st.lists(st.one_of(MATCHES, MATCHES, OTHERS), max_size=60).map("\n".join))
def test_numbered_matches_come_back_byte_for_byte(text: str) -> None:
    encoded = SEARCH.encode(text, Origin())

    assert encoded is None or SEARCH.decode(encoded) == text


@given(st.lists(st.one_of(BARE, BARE, OTHERS), max_size=60).map("\n".join))
def test_matches_without_numbers_come_back_byte_for_byte(text: str) -> None:
    encoded = SEARCH.encode(text, Origin())

    assert encoded is None or SEARCH.decode(encoded) == text


@given(st.text())
def test_any_text_comes_back_or_is_left_alone(text: str) -> None:
    encoded = SEARCH.encode(text * 3, Origin())

    assert encoded is None or SEARCH.decode(encoded) == text * 3


def test_times_and_ports_are_not_line_numbers() -> None:
    text = "".join(f"host.example.org:{80 - i}:up\n" for i in range(40))

    assert SEARCH.encode(text, Origin()) is None


def test_every_path_and_every_match_stays_readable() -> None:
    text = "".join(f"src/room{i // 9}.py:{i}:chair {i}\n" for i in range(90))

    encoded = SEARCH.encode(text, Origin())

    assert encoded is not None
    shown = encoded.split("\n")
    assert all(f"# src/room{i}.py" in shown for i in range(10))
    assert all(f"{i}:chair {i}" in shown for i in range(90))


@pytest.mark.parametrize("text", ["", "# a\n1:x", "[search: something else]\n", HEADER[:-1]])
def test_text_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="header line"):
        SEARCH.decode(text)


def test_every_example_on_the_page_is_a_golden_file() -> None:
    shown = examples("search")

    assert shown
    assert sum(is_shown(case, shown) for case in cases("search")) * 2 == len(shown)
